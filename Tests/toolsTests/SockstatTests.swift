import Glibc
import Messages
import Testing

@testable import tools

struct SockstatTests {
    let scratch = Scratch()

    private func stack() throws -> FakeStack {
        try FakeStack(in: scratch, prefix: "/sock2") { request in
            guard case .sockets = request else { return .reply(.done) }
            func socket(_ proto: String, _ local: String, _ port: UInt16, _ remote: SocketAddress?, _ pid: Int32, _ state: String?) -> SocketReport {
                SocketReport(id: 1, protocol: proto, local: SocketAddress(address: local, port: port), remote: remote, receiveQueue: 0, sendQueue: 0,
                             dropped: 0, pid: pid, state: state)
            }
            return .reply(.sockets([
                socket("udp", "0.0.0.0", 53, nil, getpid(), nil),
                socket("tcp", "0.0.0.0", 80, nil, getpid(), "LISTEN"),
                socket("tcp6", "fd00::2", 80, SocketAddress(address: "fd00::1", port: 49152), 0, "TIME_WAIT"),
            ]))
        }
    }

    private func lines(_ words: [String]) -> [String] {
        runTool("sockstat", words, in: scratch, sock: "/sock2").output.split(separator: "\n").map(String.init)
    }

    @Test func `every socket has its process, or a dash`() throws {
        let stack = try stack()
        defer { stack.end() }
        let all = lines([])
        #expect(all.count == 4)
        #expect(all[0].hasPrefix("USER     COMMAND         PID"))
        #expect(all[1].contains("\(getpid())") && all[1].contains("udp4") && all[1].contains("*:53"))
        #expect(all[3].hasPrefix("-        -               -") && all[3].hasSuffix("fd00::1:49152"))
    }

    @Test func `they are chosen by family, by state, by port and by protocol`() throws {
        let stack = try stack()
        defer { stack.end() }
        #expect(lines(["-4"]).count == 3)
        #expect(lines(["-6"]).count == 2)
        #expect(lines(["-4", "-6"]).count == 4)
        #expect(lines(["-c"]).count == 2)
        #expect(lines(["-l"]).count == 3)
        #expect(lines(["-p", "53,49152"]).count == 3)
        #expect(lines(["-P", "tcp"]).count == 3)
        #expect(runTool("sockstat", ["-p", "http"], in: scratch, sock: "/sock2").exit == 64)
    }
}
