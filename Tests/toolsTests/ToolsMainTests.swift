import Testing

@testable import tools

struct ToolsMainTests {
    let scratch = Scratch()

    @Test func `every tool has help with an example and its exit status`() {
        for entry in ToolTable.tools {
            let run = runTool(entry.type.toolName, ["--help"], in: scratch)
            #expect(run.exit == 0 && run.complaint == "")
            #expect(run.output.contains("Example"), "\(entry.type.toolName)")
            #expect(run.output.contains("Exit status:"), "\(entry.type.toolName)")
        }
    }

    /// A word that only that shell's scripts have: without it a tool may have guessed the shell from SHELL.
    @Test(arguments: [("bash", "complete -o filenames -F"), ("zsh", "#compdef"), ("fish", "complete -c")])
    func `every tool prints its completion script for the shell that was asked for`(shell: String, mark: String) {
        for entry in ToolTable.tools {
            let name = entry.type.toolName
            let run = runTool(name, ["--generate-completion-script", shell], in: scratch)
            #expect(run.exit == 0 && run.output.contains(name) && run.output.contains(mark), "\(name)")
        }
    }

    @Test func `drydock runs a tool by its name, and says what it does not know`() {
        #expect(runTool("drydock", ["ifconfig", "-C"], in: scratch) == ToolRunOutcome(exit: 0, output: "vlan\n", complaint: ""))
        #expect(runTool("drydock", ["frob"], in: scratch)
            == ToolRunOutcome(exit: 64, output: "", complaint: "drydock: frob: unknown command; see: drydock --help\n"))
        #expect(runTool("frob", [], in: scratch).exit == 64)
        #expect(runTool("drydock", ["--version"], in: scratch).output == "0.1.0\n")
        #expect(runTool("drydock", [], in: scratch).output.contains("drydock demo"))
    }

    @Test func `an unknown option is one line and no usage screen`() {
        #expect(runTool("nicinfo", ["--frob"], in: scratch)
            == ToolRunOutcome(exit: 64, output: "", complaint: "nicinfo: Unknown option '--frob'. Did you mean '--json'? see: nicinfo --help\n"))
    }

    @Test(arguments: [(0.0, 3, "0.000"), (1.2345, 3, "1.235"), (-0.5, 1, "-0.5"), (12, 0, "12"), (.infinity, 2, "-"), (0.9996, 3, "1.000")])
    func `numbers have as many decimals as asked`(value: Double, places: Int, text: String) { #expect(Number.fixed(value, places) == text) }

    @Test(arguments: [(5, "5s"), (65, "1m05s"), (3725, "1h02m05s"), (90061, "1d01h01m01s")])
    func `durations are short`(seconds: Int, text: String) { #expect(Number.duration(seconds) == text) }

    @Test(arguments: [("255.255.255.0", 24), ("0xffff0000", 16), ("0.0.0.0", 0), ("255.255.255.255", 32), ("255.0.255.0", nil), ("x", nil)])
    func `masks become lengths`(mask: String, length: Int?) { #expect(AddressText.length(netmask: mask) == length) }

    @Test(arguments: [("10.1.2.3", 24, "10.1.2.0/24"), ("10.1.2.3", 0, "0.0.0.0/0"), ("fe80::ff:1%em0", 64, "fe80::/64"), ("fd00:1:2:3:4::1", 72, "fd00:1:2:3::/72")])
    func `networks are cut at their length`(address: String, length: Int, network: String) { #expect(AddressText.network(address, length) == network) }
}
