import Host
import Testing

@testable import tools

struct EnvTests {
    let scratch = Scratch()

    @Test func `the text for a shell puts the links first, once, and survives quotes`() {
        #expect(Env.text(.bash, links: "/run/it's/bin", completion: "/run/c.bash") == """
            case ":$PATH:" in '/run/it'\\''s/bin':*|:'/run/it'\\''s/bin':*) ;; *) export PATH='/run/it'\\''s/bin':"$PATH" ;; esac
            hash -r 2>/dev/null
            [ -z "${BASH_VERSION-}" ] || . '/run/c.bash'

            """)
        #expect(Env.text(.fish, links: "/run/it's\\x", completion: nil) == "set -gx PATH '/run/it\\'s\\\\x' $PATH\n")
    }

    @Test(arguments: [("/bin/bash", Env.Shell.bash), ("/usr/bin/zsh", .zsh), ("/usr/bin/fish", .fish), ("/bin/tcsh", .sh), (nil, .sh)] as [(String?, Env.Shell)])
    func `the shell is guessed from SHELL`(path: String?, shell: Env.Shell) { #expect(Env.guess(path) == shell) }

    @Test(arguments: ["sh", "bash"]) func `the text works in a real shell, twice`(shell: String) throws {
        let run = runTool("drydock", ["env", "--shell", shell], in: scratch)
        #expect(run.exit == 0 && run.complaint == "")
        let file = try scratch.file("env.txt", run.output)
        let probe = "cd /; . \(file) && . \(file) && command -v ping && command -v io-pkt-v6-hc && printf '%s\\n' \"$PATH\""
        let outcome = try Subprocess.run("/bin/\(shell)", [shell, "-c", probe], environment: ["PATH=/usr/bin:/bin"], time: .seconds(20))
        #expect(outcome.ending == .exited(0))
        #expect(outcome.output == "\(scratch.path)/bin/ping\n\(scratch.path)/bin/io-pkt-v6-hc\n\(scratch.path)/bin:/usr/bin:/bin\n")
        #expect(outcome.complaint == "")
    }

    @Test func `links lead to the program, and one that leads elsewhere is put right`() throws {
        try Links.make(in: "\(scratch.path)/bin", to: "/old/drydock")
        try Links.make(in: "\(scratch.path)/bin", to: "/new/drydock")
        #expect(Links.names.allSatisfy { Paths.link("\(scratch.path)/bin/\($0)") == "/new/drydock" })
        #expect(FileSystem.names(in: "\(scratch.path)/bin").count == Links.names.count)
    }

    @Test func `bash knows the completion of every tool`() throws {
        let run = runTool("drydock", ["completions", "bash"], in: scratch)
        let file = try scratch.file("complete.bash", run.output)
        let outcome = try Subprocess.run("/bin/bash", ["bash", "-c", ". \(file) && complete -p"], time: .seconds(20))
        #expect(outcome.ending == .exited(0))
        for name in Links.completed.map({ $0.toolName }) { #expect(outcome.output.contains(" \(name)\n"), "\(name)") }
    }

    @Test(arguments: ["a b", "it's", "", "$x", "a\nb"]) func `quoted words are read back by a shell`(word: String) throws {
        let outcome = try Subprocess.run("/bin/sh", ["sh", "-c", "printf %s \(ShellText.quotedIfNeeded(word))"], time: .seconds(10))
        #expect(outcome.output == word)
    }
}
