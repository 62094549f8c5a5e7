import Host
import Messages
import Testing
import Wire

@testable import tools

struct PingTests {
    let scratch = Scratch()

    /// Answers an echo request as a host would.
    static func echo(_ datagram: [UInt8]) -> [UInt8] {
        var answer = datagram
        let header = DatagramHeader.octets
        // Type 0 instead of 8: the checksum grows by 0x0800. RFC 1624.
        answer[header] = 0
        let sum = (Int(answer[header + 2]) << 8 | Int(answer[header + 3])) + 0x0800
        let folded = (sum & 0xffff) + (sum >> 16)
        answer[header + 2] = UInt8(folded >> 8)
        answer[header + 3] = UInt8(folded & 0xff)
        answer[1] = 64
        return answer
    }

    @Test func `requests through a socket come back, counted and timed`() throws {
        let stack = try FakeStack(in: scratch) { request in
            if case .openSocket = request { return .socket { [Self.echo($0)] } }
            return .reply(.done)
        }
        defer { stack.end() }
        let run = runTool("ping", ["-c", "3", "-i", "0.01", "-s", "32", "-T", "9", "-D", "10.1.0.1"], in: scratch, sock: "/sock2")
        #expect(run.exit == 0)
        #expect(run.complaint == "")
        let lines = run.output.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.first == "PING 10.1.0.1 (10.1.0.1): 32 data bytes")
        #expect(lines.filter { $0.hasPrefix("40 bytes from 10.1.0.1: icmp_seq=") && $0.hasSuffix(" ms") }.count == 3)
        #expect(lines.contains("----10.1.0.1 PING Statistics----"))
        #expect(lines.contains("3 packets transmitted, 3 packets received, 0% packet loss"))
        var options = SocketOptions()
        (options.timeToLive, options.dontFragment) = (9, true)
        #expect(stack.requests == [.openSocket(SocketRequest(family: .inet, kind: .icmp, options: options))])
    }

    @Test func `no reply at all is exit code 1`() throws {
        let stack = try FakeStack(in: scratch) { request in
            if case .openSocket = request { return .socket { _ in [] } }
            return .reply(.done)
        }
        defer { stack.end() }
        let run = runTool("ping", ["-c", "1", "-w", "0.05", "-q", "10.1.0.1"], in: scratch, sock: "/sock2")
        #expect(run == ToolRunOutcome(exit: 1, output: """
            PING 10.1.0.1 (10.1.0.1): 56 data bytes

            ----10.1.0.1 PING Statistics----
            1 packets transmitted, 0 packets received, 100% packet loss

            """, complaint: ""))
    }

    @Test func `an error that the stack reports is printed and counted`() throws {
        let stack = try FakeStack(in: scratch) { request in
            guard case .openSocket = request else { return .reply(.done) }
            return .socket { datagram in
                var answer = Array(datagram[..<DatagramHeader.octets])
                answer[3] = DatagramHeader.Flags.error.rawValue
                answer[6] = UInt8(Errno.hostUnreachable.rawValue)
                return [answer]
            }
        }
        defer { stack.end() }
        let run = runTool("ping", ["-c", "1", "-w", "0.05", "10.1.0.1"], in: scratch, sock: "/sock2")
        #expect(run.exit == 1)
        #expect(run.output.contains("\nping: 10.1.0.1: No route to host\n"))
        #expect(run.output.contains("0 packets received, +1 errors, 100% packet loss"))
    }

    @Test func `JSON is the summary and nothing else`() throws {
        let stack = try FakeStack(in: scratch) { request in
            if case .openSocket = request { return .socket { [Self.echo($0)] } }
            return .reply(.done)
        }
        defer { stack.end() }
        let run = runTool("ping", ["-c", "1", "--json", "10.1.0.1"], in: scratch, sock: "/sock2")
        #expect(run.exit == 0 && run.output.hasPrefix("{") && run.output.contains("\"received\" : 1"))
    }

    @Test(arguments: [
        (["host.example"], "ping: host.example: that is not an address, and names are not looked up; as in: ping 10.1.0.1\n"),
        (["-6", "10.1.0.1"], "ping: 10.1.0.1: that is no IPv6 address; leave -6 out\n"),
        (["-c", "0", "10.1.0.1"], "ping: -c 0: give a number from 1; see: ping --help\n"),
        (["-s", "65508", "10.1.0.1"], "ping: -s 65508: give 0 to 65507 octets; see: ping --help\n"),
        (["-p", "zz", "10.1.0.1"], "ping: -p zz: give 1 to 32 hexadecimal digits; see: ping --help\n"),
        (["-f", "-i", "1", "10.1.0.1"], "ping: -f and -i exclude each other; see: ping --help\n"),
    ])
    func `wrong words are refused in one line with exit code 2`(words: [String], line: String) {
        #expect(runTool("ping", words, in: scratch) == ToolRunOutcome(exit: 2, output: "", complaint: line))
    }

    @Test func `ping6 takes no IPv4 address`() {
        #expect(runTool("ping6", ["10.1.0.1"], in: scratch).exit == 2)
    }
}
