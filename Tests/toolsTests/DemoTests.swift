import Host
import Testing

@testable import tools

struct DemoTests {
    @Test func `lines are taken apart as a shell would`() {
        let line = DemoLine("SOCK=/sock2 mount -Tio-pkt2 $DRIVERS/devnp-e1000.so", drivers: "/d")
        #expect(line.sock == "/sock2")
        #expect(line.words == ["mount", "-Tio-pkt2", "/d/devnp-e1000.so"])
        #expect(line.text == "SOCK=/sock2 mount -Tio-pkt2 /d/devnp-e1000.so")
        #expect(DemoLine("nic list", drivers: "/d").sock == nil)
    }

    @Test func `every command of the story is one that has a link`() {
        for act in DemoScript.chapters.flatMap(\.acts) {
            let lines = switch act {
            case .command(let line, _), .watch(let line): [line]
            case .crash(let lines, _): lines
            case .watched: [String]()
            }
            for line in lines { #expect(Links.names.contains(DemoLine(line, drivers: "").words[0]), "\(line)") }
        }
    }

    @Test func `the story holds the article's commands as printed`() {
        let lines = DemoScript.chapters.flatMap(\.acts).compactMap { act in if case .command(let line, _) = act { line } else { nil } }
        #expect(lines.contains("io-pkt-v6-hc -i2 -ptcpip prefix=/sock2"))
        #expect(lines.contains { $0.hasPrefix("mount -Tio-pkt2 ") })
        #expect(lines.contains { $0.hasPrefix("SOCK=/sock2 ifconfig em0 ") })
        #expect(lines.contains { $0.hasPrefix("SOCK=/sock2 ping ") })
    }

    @Test func `a driver folder without drivers ends it at once, and nothing is left`() {
        let scratch = Scratch()
        let before = FileSystem.names(in: "/tmp").filter { $0.hasPrefix("drydock-demo.") }
        let run = runTool("drydock", ["demo", "--drivers", scratch.path], in: scratch)
        #expect(run.exit == 1)
        #expect(run.complaint == "demo: --drivers \(scratch.path): there is no devnp-e1000.so; build it: swift build -c release --package-path Drivers\n")
        #expect(FileSystem.names(in: "/tmp").filter { $0.hasPrefix("drydock-demo.") } == before)
    }

    @Test func `sources are found above the program`() throws {
        let scratch = Scratch()
        try FileSystem.makeFolder("\(scratch.path)/Drivers")
        _ = try scratch.file("Drivers/Package.swift", "")
        #expect(DemoDrivers.sourceFolder("\(scratch.path)/.build/debug/drydock") == scratch.path)
        #expect(DemoDrivers.sourceFolder("/usr/bin/drydock") == nil)
    }
}

struct SubprocessTests {
    @Test func `both streams and the exit code are reported`() throws {
        let run = try Subprocess.run("/bin/sh", ["sh", "-c", "echo out; echo err >&2; exit 7"], time: .seconds(10))
        #expect(run.ending == .exited(7) && run.output == "out\n" && run.complaint == "err\n")
    }

    @Test func `what takes too long is ended`() throws {
        let run = try Subprocess.run("/bin/sleep", ["sleep", "60"], time: .milliseconds(50))
        #expect(run.ending == .killed(.kill))
    }

    @Test func `more text than a pipe holds arrives whole`() throws {
        let run = try Subprocess.run("/bin/sh", ["sh", "-c", "head -c 300000 /dev/zero | tr '\\\\0' x"], time: .seconds(20))
        #expect(run.ending == .exited(0) && run.output.utf8.count == 300_000)
    }
}
