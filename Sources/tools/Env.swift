internal import ArgumentParser
internal import Glibc
internal import Host

/// `drydock env`: prints what a shell must run so that it finds the tools.
struct Env: Tool {
    enum Shell: String, CaseIterable, ExpressibleByArgument { case sh, bash, zsh, fish }

    static let configuration = CommandConfiguration(
        commandName: "env",
        abstract: "Print the shell text that puts the tools first on PATH.",
        discussion: """
            Makes a folder with links to this program, one a tool, and prints the text that puts it first on PATH and loads
            completion. mount, ping, ifconfig and the others of that shell are then ours.

            Examples:
              eval "$(drydock env)"
              drydock env --shell fish | source

            Exit status: 0 done; 1 failed; 64 wrong words.
            """)

    @Option(help: "The shell that will read it; without it SHELL says.") var shell: Shell?

    func perform(in world: World) throws(ToolFailure) -> Int32 {
        guard let program = Paths.ourselves else {
            throw ToolFailure("/proc/self/exe", "cannot be read", "mount /proc")
        }
        let folder = try world.runtime().path
        let links = try Links.make(in: "\(folder)/bin", to: program)
        let shell = shell ?? Env.guess(world.variable("SHELL"))
        var completion: String?
        if let source = Completions.script(shell, Links.completed) {
            let file = "\(folder)/completion.\(shell.rawValue)"
            do { try FileSystem.replace(file, with: Array(source.utf8)) } catch {
                throw ToolFailure(file, error.number.description, "check the folder, or set DRYDOCK_RUNTIME_DIR to another")
            }
            completion = file
        }
        return world.print(Env.text(shell, links: links, completion: completion))
    }

    static func guess(_ path: String?) -> Shell { path.map(Paths.name(of:)).flatMap(Shell.init(rawValue:)) ?? .sh }

    /// - Parameter completion: a file to be read; nil: none.
    static func text(_ shell: Shell, links: String, completion: String?) -> String {
        switch shell {
        case .fish:
            let load = completion.map { "source \(ShellText.quotedForFish($0))\n" } ?? ""
            return "set -gx PATH \(ShellText.quotedForFish(links)) $PATH\n\(load)"
        case .sh, .bash, .zsh:
            let word = ShellText.quoted(links)
            // Run twice it changes nothing; `hash -r` because a shell remembers where it found ping.
            var text = "case \":$PATH:\" in \(word):*|:\(word):*) ;; *) export PATH=\(word):\"$PATH\" ;; esac\nhash -r 2>/dev/null\n"
            let version = shell == .bash ? "BASH_VERSION" : "ZSH_VERSION"
            if let completion { text += "[ -z \"${\(version)-}\" ] || . \(ShellText.quoted(completion))\n" }
            return text
        }
    }
}

/// The folder of links to this program.
enum Links {
    static let stacks = ["io-pkt-v4", "io-pkt-v4-hc", "io-pkt-v6-hc"]
    /// Every name that is a link.
    static var names: [String] { ToolTable.tools.filter(\.isLinked).map { $0.type.toolName } + ["ping6", "drydock"] + stacks }
    /// Those whose completion is loaded.
    static var completed: [any Tool.Type] { ToolTable.tools.filter(\.isLinked).map { $0.type } }

    /// Makes the folder right: links of ours that lead elsewhere are replaced, nothing else is touched.
    @discardableResult static func make(in folder: String, to program: String) throws(ToolFailure) -> String {
        do throws(SystemError) {
            try FileSystem.makeFolder(folder)
            for name in names {
                let path = "\(folder)/\(name)"
                guard Paths.link(path) != program else { continue }
                // In one step, so that a shell that looks meanwhile finds the old or the new.
                let fresh = "\(path).new"
                FileSystem.remove(fresh)
                guard unsafe symlink(program, fresh) == 0, unsafe rename(fresh, path) == 0 else {
                    throw SystemError("symlink", .last)
                }
            }
        } catch {
            throw ToolFailure(folder, error.description, "check the folder, or set DRYDOCK_RUNTIME_DIR to another")
        }
        return folder
    }
}
