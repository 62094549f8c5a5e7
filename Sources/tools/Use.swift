internal import ArgumentParser
internal import Host

/// `use`: what a driver says about its options.
struct Use: Tool {
    static let configuration = CommandConfiguration(
        commandName: "use",
        abstract: "Print what a driver says about itself and its options.",
        discussion: """
            The library is loaded in a process of its own, so that a driver which crashes while it is loaded harms nothing.

            Example:
              use devnp-e1000.so

            Exit status: 0 done; 1 the file is no driver; 64 wrong words.
            """)

    @Flag(help: .hidden) var here = false
    @Flag(help: "Print JSON.") var json = false
    @Argument(help: "The driver: a shared library.", completion: .file(extensions: ["so"])) var file: String

    func perform(in world: World) throws(ToolFailure) -> Int32 {
        // As on QNX, any of our commands says how it is used; a driver's file has a slash or an ending.
        if let tool = ToolTable.find(file) { return world.print(tool.helpMessage()) }
        let path = Paths.absolute(file)
        if here { return world.print(JSONText.render(try DriverFace(path))) }
        let face = try askChild(path)
        return world.print(json ? JSONText.render(face) : face.text(Paths.name(of: path)))
    }

    /// Loads the driver in a child and reads what it prints.
    private func askChild(_ path: String) throws(ToolFailure) -> DriverFace {
        let run: Subprocess.Outcome
        do {
            run = try Subprocess.run(Spawn.ourselves, ["drydock", "use", "--here", path], time: .seconds(10))
        } catch { throw ToolFailure(path, error.description, "") }
        switch run.ending {
        case .exited(0):
            if let face = DriverFace(json: run.output) { return face }
            throw ToolFailure(path, "the driver printed something of its own while it was loaded", "remove that from its constructors")
        case .exited:
            // The child's own sentence: it names the file.
            let sentence = run.complaint.split(separator: "\n").first.map(String.init) ?? "it cannot be loaded"
            throw ToolFailure("", sentence.hasPrefix("use: ") ? String(sentence.dropFirst(5)) : sentence, "")
        case .killed(.kill): throw ToolFailure(path, "loading it took longer than 10 s", "see what its constructors wait for")
        case .killed(let signal): throw ToolFailure(path, "the driver crashed while it was loaded: \(signal)", "see its constructors")
        case .unknown: throw ToolFailure(path, "the process that loaded it is gone", "try again")
        }
    }
}
