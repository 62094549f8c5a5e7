internal import ArgumentParser
internal import Cores
internal import Dossier
internal import Glibc
internal import Host
internal import Messages

/// `drydock postmortem`: what died and why.
struct Postmortem: Tool {
    static let configuration = CommandConfiguration(
        commandName: "postmortem",
        abstract: "Explain a crash: what died and why, where, and what device and driver were doing.",
        discussion: """
            Without a word the newest crash is explained; /sock2 stands for the newest of that stack. The dossier is read from the
            crash's folder alone, so a folder from elsewhere can be given. Each crash's folder holds the same as dossier.txt,
            dossier.json and dossier.html, and the last frames as frames.pcapng.

            Examples:
              drydock postmortem
              drydock postmortem --list
              drydock postmortem /sock2 --json
              drydock postmortem --html > crash.html

            Exit status: 0 done; 1 failed; 64 wrong words.
            """)

    @Flag(help: "List the crashes that are kept, the newest last.") var list = false
    @Flag(help: "Print JSON.") var json = false
    @Flag(help: "Print one page of HTML, which needs nothing else.") var html = false
    @Flag(help: "Write the dossier's files into the crash's folder, and print nothing.") var write = false
    @Option(help: .hidden) var then: String?
    @Argument(help: "A crash's folder or its name, or a stack's prefix.", completion: .directory) var crash: String?

    func validate() throws {
        if [list, json, html, write].filter({ $0 }).count > 1, !(list && json && !html && !write) {
            throw ValidationError("--list, --json, --html and --write: one of them; --list --json lists as JSON")
        }
    }

    func perform(in world: World) throws(ToolFailure) -> Int32 {
        if let then {
            let log = LogFile(FileDescriptor(owning: 2), name: "on_crash")
            return Aftermath(command: then).run(crash, environment: world.environment) { log.write($0) }
        }
        let kept = CrashList(world)
        if list { return world.print(json ? JSONText.render(kept.rows) : CrashList.table(kept.rows)) }
        let folder = CrashFolder(try kept.folder(crash))
        let builder = DossierBuilder(folder, commands: InstancePlan.read(folder.path).map(PlanText.commands))
        if write {
            limitOurselves()
            do { try builder.write() } catch { throw ToolFailure(folder.path, "the dossier cannot be written: \(error)", "see whether the disk is full") }
            return Exit.success
        }
        let dossier = builder.build()
        return world.print(json ? DossierWriter.json(dossier) : html ? DossierPage.render(dossier) : DossierText.render(dossier))
    }

    /// Nobody waits for the writer, and so it ends itself: after ten seconds, or when it would write or take too much. What lives on goes
    /// first.
    private func limitOurselves() {
        alarm(10)
        Scheduling.giveWay()
        var file = rlimit(rlim_cur: 16 << 20, rlim_max: 16 << 20), memory = rlimit(rlim_cur: 4 << 30, rlim_max: 4 << 30)
        unsafe setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &file)
        unsafe setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &memory)
    }
}

/// The crashes that are kept.
struct CrashList {
    struct Row: Codable, Equatable {
        var name: String
        var folder: String
        /// The first sentence, where a dossier has been written; else the cause.
        var sentence: String
    }

    /// nil: nobody knows where they would be.
    let base: String?
    let names: [String]

    init(_ world: World) {
        base = CrashStore.standardPath(world.variable)
        names = base.map { CrashStore(path: $0).names() } ?? []
    }

    var rows: [Row] {
        guard let base else { return [] }
        return names.map { name in
            let folder = "\(base)/\(name)"
            let first = FileSystem.text("\(folder)/\(CrashFolder.text)", limit: 4 << 20)?.prefix { $0 != "\n" }
            return Row(name: name, folder: folder, sentence: first.map(String.init) ?? Tombstone.read(folder)?.cause ?? "it left no word of how")
        }
    }

    static func table(_ rows: [Row]) -> String {
        rows.isEmpty ? "no crash is kept\n" : rows.map { "\($0.name)\n    \($0.sentence)\n" }.joined()
    }

    /// What the user named, or the newest.
    func folder(_ word: String?) throws(ToolFailure) -> String {
        if let word, FileSystem.exists("\(word)/\(Tombstone.file)") || FileSystem.exists("\(word)/\(Tombstone.recorderFile)") { return word }
        guard let base, !names.isEmpty else {
            throw ToolFailure(word ?? "crashes", "no crash is kept" + (base.map { " in \($0)" } ?? ""), "give a folder: drydock postmortem FOLDER")
        }
        guard let word else { return "\(base)/\(names[names.count - 1])" }
        if names.contains(word) { return "\(base)/\(word)" }
        // The instance's part of a name is all but the time and the process.
        let wanted = FolderName(prefix: word).map { String($0.text.map { $0.isLetter || $0.isNumber || "-_.".contains($0) ? $0 : "_" }) }
        guard let newest = names.last(where: { $0.split(separator: "-").dropLast(2).joined(separator: "-") == wanted }) else {
            throw ToolFailure(word, "no crash of that name, prefix or folder is kept", "see them: drydock postmortem --list")
        }
        return "\(base)/\(newest)"
    }
}
