internal import ArgumentParser
internal import Glibc
internal import Host
internal import runner

/// `drydock run`: a program that was not written for us, with its sockets from a stack.
struct Run: Tool {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a program on a stack.",
        usage: "drydock run [--by preload|notify|both] [--dns ADDRESS] [--] PROGRAM [ARGUMENT ...]",
        discussion: """
            The program's sockets of IPv4 and IPv6 are the stack's that SOCK selects; all else stays the kernel's. Two ways lead
            there: a library that is preloaded (preload: fast, for programs that are linked dynamically) and the kernel's
            notification of their system calls (notify: for all). Without --by both are used, each as far as it can be.
            The program keeps its terminal, its signals and its descriptors; its children run on the stack as well.

            Examples:
              SOCK=/sock2 drydock run curl http://10.1.0.1/
              SOCK=/sock2 drydock run --dns 10.1.0.1 -- ssh user@example.org

            DRYDOCK_PRELOAD names the library, where it is neither beside this program nor in the source tree.

            Exit status: the program's own; 128 and a signal's number when that ended it; 126 it cannot be executed; 127 there is
            no such program; 1 the stack is not there, or no way leads to it; 64 wrong words.
            """)

    @Option(help: "How the program is brought to the stack: preload, notify or both.") var by: RunPlan.Way?
    @Option(help: ArgumentHelp("The name server, in a resolv.conf of the program's own.", valueName: "address")) var dns: String?
    @Argument(parsing: .captureForPassthrough, help: ArgumentHelp("The program and its arguments.", valueName: "program")) var words: [String]

    func validate() throws {
        // Behind the program's name they are the program's.
        if words.first == "--help" || words.first == "-h" { throw CleanExit.helpRequest(self) }
        guard words.first(where: { $0 != "--" }) != nil else { throw ValidationError("no program was given") }
        if let dns, AddressText.family(dns) == nil { throw ValidationError("--dns \(dns): that is no address; a name server is named by one") }
    }

    func perform(in world: World) throws(ToolFailure) -> Int32 {
        let words = self.words.first == "--" ? Array(self.words.dropFirst()) : self.words
        let program = try ProgramFile.find(words[0], in: world)
        let calls = try Self.calls(world)
        let library = PreloadLibrary.find(in: world)
        let plan = try RunPlan(by, program: program, library: library, notifier: RunNotifier.isThere)
        if let dns { try Resolver.use(dns, try world.runtime().folder(.stack, try world.selected())) }
        let environment = plan.environment(world.environment, calls: calls)
        if plan.notifies {
            let isWanted = by != nil || plan.library == nil
            // Tells the library that somebody answers what it leaves to the kernel.
            let status = try RunNotifier.run(program.path, words, environment + ["DRYDOCK_NOTIFIED=1"], calls: calls, isWanted: isWanted)
            if let status { return status }
        }
        do throws(SystemError) { try Self.become(program.path, words, environment) } catch {
            throw ToolFailure(words[0], error.number.description, "", exit: 126)
        }
    }

    private static func become(_ path: String, _ words: [String], _ environment: [String]) throws(SystemError) -> Never {
        do throws(SystemError) { try Spawn.become(path, arguments: words, environment: environment) } catch {
            // A script that does not say so is the shell's.
            guard error.number.rawValue == ENOEXEC else { throw error }
            try Spawn.become("/bin/sh", arguments: ["sh", path] + words.dropFirst(), environment: environment)
        }
    }

    /// The path where the stack takes programs' calls.
    static func calls(_ world: World) throws(ToolFailure) -> String {
        // Says what became of the stack when it is not there.
        let client = try world.stack()
        let path = try world.runtime().folder(.stack, client.name) + "/dev/socket/call"
        guard FileSystem.exists(path) else {
            throw ToolFailure(client.title, "it takes no calls of programs", "start it anew: it is of an older build")
        }
        guard path.utf8.count <= RunPlan.longestPath else {
            throw ToolFailure(path, "it has more than \(RunPlan.longestPath) octets, which no socket's address can", "set DRYDOCK_RUNTIME_DIR to a shorter folder")
        }
        return path
    }
}

/// The notifier, as this command uses it.
enum RunNotifier {
    static let isThere = Runner.knowsMachine

    /// Runs the program to its end.
    ///
    /// - Parameter isWanted: false: there is another way, where the kernel does not allow this one.
    /// - Returns: its exit status; nil: it has not been started.
    static func run(_ path: String, _ words: [String], _ environment: [String], calls: String, isWanted: Bool) throws(ToolFailure) -> Int32? {
        do throws(SystemError) {
            return try Runner.run(RunOrder(path: path, arguments: words, environment: environment, calls: calls))
        } catch {
            if error.call.description == "execve" { throw ToolFailure(words[0], error.number.description, "", exit: 126) }
            guard isWanted else { return nil }
            let fix = error.number == .busy ? "it is run by drydock run already" : "use --by preload"
            throw ToolFailure("--by notify", "the kernel does not hand system calls over: \(error)", fix)
        }
    }
}
