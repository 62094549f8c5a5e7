import Foundation
import Host
import Messages
import Testing

@testable import tools

struct ExtcapTests {
    let scratch = Scratch()

    private static func target(_ cable: String?, interface: String? = nil, of stack: FolderName? = nil) -> CaptureTarget {
        var status = NicTests.status
        status.cable = cable
        return CaptureTarget(status, interface: interface, of: stack)
    }

    @Test func `interfaces are lines that Wireshark reads, without those that cannot be captured`() {
        let stack: FolderName? = FolderName(prefix: "/sock2")
        let text = ExtcapText.interfaces([
            Self.target("nic:em-b", interface: "em0", of: stack), Self.target(nil, interface: "em1", of: .standard),
            Self.target("stream:/tmp/{x}"), CaptureTarget("tap0", of: .standard, hardware: "devnp-tap.so", obstacle: "not ours"),
        ])
        #expect(text == """
            extcap {version=0.1.0}{display=Drydock}
            interface {value=drydock:sock2:em0}{display=Drydock em0 of /sock2: sim:82540em, cable nic:em-b}
            interface {value=drydock:default:em1}{display=Drydock em1 of the default stack: sim:82540em, no cable}
            interface {value=drydock:em-a}{display=Drydock NIC em-a: sim:82540em, cable stream:/tmp/(x)}

            """)
    }

    @Test func `without anything to capture there is an extcap all the same`() {
        #expect(runTool("extcap", ["--extcap-interfaces", "--extcap-version=4.0"], in: scratch)
            == ToolRunOutcome(exit: 0, output: "extcap {version=0.1.0}{display=Drydock}\n", complaint: ""))
    }

    @Test(arguments: [
        (["--extcap-interface", "drydock:em-a", "--extcap-dlts"], 1, "drydock:em-a: there is no such interface any more; refresh the list of interfaces"),
        ([], 64, "nothing is asked for; to make Wireshark ask: drydock extcap --install"),
        (["--capture", "--extcap-interface", "drydock:em-a"], 64, "--capture: --fifo is missing; see: extcap --help"),
        (["/tmp", "--extcap-interfaces"], 64, "/tmp: a folder belongs to --install; see: extcap --help"),
        (["--extcap-interface", "x", "--extcap-config", "--snapshot-length", "9999999"], 64, "--snapshot-length 9999999: give a number from 0 to 1048576; see: extcap --help"),
    ])
    func `what cannot be is refused in one line`(words: [String], exit: Int32, line: String) {
        #expect(runTool("extcap", words, in: scratch) == ToolRunOutcome(exit: exit, output: "", complaint: "extcap: \(line)\n"))
    }

    @Test func `the script is written where it is wanted, again and again, and over nothing else`() throws {
        let folder = "\(scratch.path)/a/b"
        for _ in 0..<2 { #expect(runTool("extcap", ["--install", folder], in: scratch) == ToolRunOutcome(exit: 0, output: "\(folder)/drydock\n", complaint: "")) }
        #expect(FileManager.default.isExecutableFile(atPath: "\(folder)/drydock"))
        let text = try #require(FileSystem.text("\(folder)/drydock"))
        #expect(text.hasPrefix("#!/bin/sh\n") && text.contains("DRYDOCK_RUNTIME_DIR='\(scratch.path)'\n") && text.hasSuffix(" extcap \"$@\"\n"))
        try FileSystem.replace("\(folder)/drydock", with: Array("mine".utf8))
        #expect(runTool("extcap", ["--install", folder], in: scratch).complaint.hasPrefix("extcap: \(folder)/drydock: it is somebody else's; "))
        #expect(FileSystem.text("\(folder)/drydock") == "mine")
    }

    @Test func `a path with a quote does not leave the script's quotes`() {
        #expect(ExtcapScript.text("/a'b/drydock", runtime: nil).hasSuffix("exec '/a'\\''b/drydock' extcap \"$@\"\n"))
    }
}

struct FrameFilterTests {
    /// `icmp`, as tcpdump 4.99 compiles it.
    private static let icmp = "6\n40 0 0 12\n21 0 3 2048\n48 0 0 23\n21 0 1 1\n6 0 0 262144\n6 0 0 0\n"
    /// `udp port 53` over IPv4 without fragments' offsets: with an index register and a load relative to it.
    private static let port = "11\n40 0 0 12\n21 0 8 2048\n48 0 0 23\n21 0 6 17\n40 0 0 20\n69 4 0 8191\n177 0 0 14\n72 0 0 16\n21 0 1 53\n6 0 0 262144\n6 0 0 0\n"

    private func frame(_ octets: [Int: UInt8], count: Int = 60, sent: Bool = false) -> FrameFilter.Frame {
        var all = [UInt8](repeating: 0, count: count)
        for (place, octet) in octets { all[place] = octet }
        return FrameFilter.Frame(octets: all[...], length: count, wasSent: sent)
    }

    @Test func `frames are told apart by their octets`() throws {
        let filter = try #require(FrameFilter(Self.icmp))
        #expect(filter.admits(frame([12: 8, 23: 1])))
        #expect(!filter.admits(frame([12: 8, 23: 6])) && !filter.admits(frame([12: 8, 13: 6, 23: 1])))
        #expect(!filter.admits(frame([12: 8], count: 20)), "too short to be looked into")
    }

    @Test func `a header's length moves what comes behind it`() throws {
        let filter = try #require(FrameFilter(Self.port))
        #expect(filter.admits(frame([12: 8, 14: 0x45, 23: 17, 37: 53])))
        #expect(filter.admits(frame([12: 8, 14: 0x46, 23: 17, 41: 53])))
        #expect(!filter.admits(frame([12: 8, 14: 0x46, 23: 17, 37: 53])))
        #expect(!filter.admits(frame([12: 8, 14: 0x45, 21: 1, 23: 17, 37: 53])), "a later fragment has no port")
    }

    @Test func `the direction can be asked for`() throws {
        let outbound = try #require(FrameFilter("4\n40 0 0 4294963204\n21 0 1 4\n6 0 0 262144\n6 0 0 0\n"))
        #expect(outbound.admits(frame([:], sent: true)) && !outbound.admits(frame([:], sent: false)))
    }

    @Test(arguments: ["", "1\n", "1\n6 0 0\n", "2\n6 0 0 0\n", "1\n6 0 0 x\n", "1\n6 256 0 0\n", "0\n"]) func `other text is no program`(text: String) {
        #expect(FrameFilter(text) == nil)
    }

    @Test func `whatever a program does, it ends and stays within the frame`() throws {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<5000 {
            let lines = (0..<Int.random(in: 1...30)).map { _ in
                "\(UInt16.random(in: 0...255)) \(UInt8.random(in: 0...255)) \(UInt8.random(in: 0...255)) \(Bool.random() ? UInt32.random(in: 0...80) : UInt32.random(in: 0...UInt32.max))"
            }
            let filter = try #require(FrameFilter("\(lines.count)\n" + lines.joined(separator: "\n")))
            _ = filter.admits(frame([12: 8, 14: 0x45], count: Int.random(in: 20...64), sent: Bool.random(using: &random)))
        }
    }
}
