internal import ArgumentParser
internal import Host
internal import Messages

/// `drydock events`: what becomes of a stack, as it happens.
struct Events: Tool {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "Tell when a stack dies, is restored, and is given up.",
        discussion: """
            One line an event: those that were, then those that come, each once, until the instance ends.

            Examples:
              drydock events /sock2
              drydock events --json /sock2 | while read -r line; do ...; done

            Exit status: 0 the instance ended in order, or --past; 1 it was given up, or its supervisor died; 64 wrong words.
            """)

    @Flag(help: "Print JSON, an object a line.") var json = false
    @Flag(help: "Those that were, and do not wait for others.") var past = false
    @Argument(help: "A prefix; without it SOCK says which stack.") var prefix: String?

    func perform(in world: World) throws(ToolFailure) -> Int32 {
        let name = try name(world), runtime = try world.runtime()
        let folder = runtime.folder(.stack, name)
        let supervisor = runtime.live(.stack, name).flatMap { try? ProcessHandle($0.pid) }
        var reader = EventReader(folder)
        guard let supervisor else {
            guard FileSystem.exists("\(folder)/\(InstanceEvent.file)") || FileSystem.exists("\(folder)/\(Tombstone.file)") else {
                throw ToolFailure(StackClient.title(name), "no such stack", "see which there are: drydock instances")
            }
            print(&reader, world)
            return past ? Exit.success : ending(folder)
        }
        print(&reader, world)
        while !past {
            let isOver = supervisor.waitForEnd(Deadline(in: .milliseconds(100)))
            print(&reader, world)
            if isOver { return ending(folder) }
        }
        return Exit.success
    }

    private func name(_ world: World) throws(ToolFailure) -> FolderName {
        guard let prefix else { return try world.selected() }
        guard let name = FolderName(prefix: prefix) else {
            throw ToolFailure(prefix, "that is not a prefix", "it begins with a slash: drydock events /sock2", exit: 64)
        }
        return name
    }

    /// Those that have not been seen.
    private func print(_ reader: inout EventReader, _ world: World) {
        for event in reader.take() {
            if json, let octets = try? Body.encode(event) {
                world.output(String(decoding: octets, as: UTF8.self) + "\n")
            } else { world.output(Self.line(event) + "\n") }
        }
    }

    static func line(_ event: InstanceEvent) -> String {
        "\(event.kind.rawValue) pid \(event.pid)" + (event.why.map { ": \($0)" } ?? "") + (event.crash.map { "; why: drydock postmortem \($0)" } ?? "")
    }

    /// An instance that ends in order takes its folder along.
    private func ending(_ folder: String) -> Int32 { FileSystem.exists("\(folder)/log") ? Exit.failure : Exit.success }
}

/// Reads an instance's events as they come, each once.
struct EventReader: ~Copyable {
    private let path: String
    private var seen = 0
    /// The file as it was opened last: its end can be read after its name has gone.
    private var held = FileDescriptor(owning: -1)

    init(_ folder: String) {
        path = "\(folder)/\(InstanceEvent.file)"
    }

    /// Those that came since: the rest of the file that is held, then those of the file that has the name now.
    mutating func take() -> [InstanceEvent] {
        var fresh = rest(held)
        if let now = try? FileSystem.reading(path) {
            fresh += rest(now)
            held = consume now
        }
        return fresh.filter { event in
            guard event.number > seen else { return false }
            seen = event.number
            return true
        }
    }

    private func rest(_ file: borrowing FileDescriptor) -> [InstanceEvent] {
        InstanceEvent.lines(String(decoding: (try? file.readAll(limit: 1 << 20)) ?? [], as: UTF8.self))
    }
}
