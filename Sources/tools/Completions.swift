internal import ArgumentParser

/// `drydock completions`: completion scripts of all tools at once.
struct Completions: Tool {
    enum Shell: String, CaseIterable, ExpressibleByArgument { case bash, zsh, fish }

    static let configuration = CommandConfiguration(
        commandName: "completions",
        abstract: "Print the completion script of a shell, for all tools.",
        discussion: """
            drydock env loads it already. Each tool prints its own with --generate-completion-script SHELL.

            Example:
              drydock completions bash > ~/.local/share/bash-completion/completions/drydock

            Exit status: 0 done; 64 wrong words.
            """)

    @Argument(help: "bash, zsh or fish.") var shell: Shell

    func perform(in world: World) throws(ToolFailure) -> Int32 {
        world.print(Completions.script(Env.Shell(rawValue: shell.rawValue) ?? .bash, Links.completed) ?? "")
    }

    /// Nil for a shell that has none.
    static func script(_ shell: Env.Shell, _ tools: [any Tool.Type]) -> String? {
        let parts: [String]
        switch shell {
        case .sh: return nil
        case .bash: parts = tools.map { $0.completionScript(for: .bash) }
        case .fish: parts = tools.map { $0.completionScript(for: .fish) }
        // A script for zsh is an autoloaded function that calls itself at its end; sourced, it must be defined and registered instead.
        case .zsh: return "autoload -Uz compinit; (( ${+functions[compdef]} )) || compinit\n" + tools.map(zsh).joined(separator: "\n")
        }
        return parts.joined(separator: "\n") + "\n"
    }

    private static func zsh(_ tool: any Tool.Type) -> String {
        let name = tool.toolName
        let lines = tool.completionScript(for: .zsh).split(separator: "\n", omittingEmptySubsequences: false)
        // The head `#compdef NAME` and the closing call are for fpath only.
        let body = lines.filter { !$0.hasPrefix("#compdef") && $0 != "_\(name)" && $0 != "_\(name) \"$@\"" }
        return body.joined(separator: "\n") + "\ncompdef _\(name.split(separator: "-").joined(separator: "-")) \(name)\n"
    }
}
