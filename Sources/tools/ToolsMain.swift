internal import ArgumentParser
internal import FoundationEssentials
internal import Glibc
internal import Host

/// Runs a user's command.
///
/// - Parameter name: what the program was called: `ping`, or `drydock` with the tool as first argument.
/// - Parameter arguments: the words behind it.
/// - Returns: the process's exit code.
public func toolsMain(name: String, arguments: [String]) -> Int32 {
    ToolRun.run(name, arguments, World(environment: ProcessInfo.processInfo.environment, output: Output.standard, complaint: Output.complaint))
}

/// Whether `name` is a command that ``toolsMain(name:arguments:)`` knows.
public func isTool(_ name: String) -> Bool {
    name == "drydock" || name == "ping6" || ToolTable.find(name) != nil
}

enum ToolRun {
    static func run(_ name: String, _ arguments: [String], _ world: World) -> Int32 {
        switch name {
        case "ping6": return run(Ping.self, ["-6"] + arguments, world)
        case "drydock":
            guard let first = arguments.first, isTool(first), first != "drydock" else { return root(arguments, world) }
            return run(first, Array(arguments.dropFirst()), world)
        default:
            guard let tool = ToolTable.find(name) else {
                world.complaint(ToolFailure(name, "unknown command", "see: drydock --help").text("drydock"))
                return 64
            }
            return run(tool, arguments, world)
        }
    }

    private static func run<T: Tool>(_ type: T.Type, _ arguments: [String], _ world: World) -> Int32 {
        let tool: T
        // Tools that take BSD's bare words make them positional, which would take a shell's name from this option.
        let asksForScript = arguments.first?.hasPrefix("--generate-completion-script") ?? false
        do { tool = try T.parse(asksForScript ? arguments : T.normalised(arguments)) } catch { return refuse(type, T.toolName, error, T.usageExit, world) }
        do { return try tool.perform(in: world) } catch {
            world.complaint(error.text(T.toolName))
            return error.exit
        }
    }

    /// `drydock --help`, `--version`, or a word that is no tool.
    private static func root(_ arguments: [String], _ world: World) -> Int32 {
        do { _ = try Drydock.parseAsRoot(arguments) } catch {
            if let word = arguments.first, !word.hasPrefix("-"), word != "help" {
                world.complaint(ToolFailure(word, "unknown command", "see: drydock --help").text("drydock"))
                return 64
            }
            return refuse(Drydock.self, "drydock", error, 64, world)
        }
        return world.print(Drydock.helpMessage())
    }

    /// Help and completion scripts succeed; anything else becomes one line.
    private static func refuse(_ type: any ParsableCommand.Type, _ name: String, _ error: any Error, _ exit: Int32, _ world: World) -> Int32 {
        guard type.exitCode(for: error) != .success else { return world.print(type.fullMessage(for: error) + "\n") }
        let message = type.message(for: error).split(separator: "\n").joined(separator: " ")
        let hint = message.contains(";") ? "" : message.hasSuffix("?") ? " see: \(name) --help" : "; see: \(name) --help"
        world.complaint("\(name): \(message)\(hint)\n")
        return exit
    }
}

/// Where the process's text goes.
enum Output {
    static let standard: @Sendable (String) -> Void = { write($0, 1) }
    static let complaint: @Sendable (String) -> Void = { write($0, 2) }

    private static func write(_ text: String, _ raw: Int32) {
        guard !text.isEmpty else { return }
        let descriptor = FileDescriptor(owning: raw)
        try? descriptor.write(Array(text.utf8))
        _ = descriptor.surrender()
    }
}
