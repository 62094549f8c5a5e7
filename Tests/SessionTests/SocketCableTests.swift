import Foundation
import Testing

/// A program at the other end of the cable: a virtual machine's network, or a test of its own.
@Suite(.serialized) struct SocketCableTests {
    let dock: Dock
    init() throws { dock = try Dock() }

    /// A connected Unix socket, with a receive time-out of five seconds.
    func connect(_ path: String, _ type: Int32) throws -> Int32 {
        let socket = Foundation.socket(AF_UNIX, type, 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { room in
            for (k, octet) in path.utf8.enumerated() where k < room.count - 1 { unsafe room[k] = octet }
        }
        var patience = timeval(tv_sec: 5, tv_usec: 0)
        unsafe setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        let connected = try eventually { () throws -> Bool in
            unsafe withUnsafePointer(to: &address) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe Foundation.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
                }
            }
        }
        guard connected else { throw Problem("cannot connect to \(path)") }
        return socket
    }

    func read(_ socket: Int32, _ most: Int) -> [UInt8] {
        var octets = [UInt8](repeating: 0, count: most)
        let count = unsafe recv(socket, &octets, most, 0)
        return Array(octets.prefix(max(count, 0)))
    }

    /// A stack whose NIC has the cable `specification`, addressed 10.8.0.1.
    func stack(_ specification: String) throws {
        try dock.good("nic", "add", "em-s", "sim:82540em", "--cable", specification)
        try dock.good("io-pkt-v4-hc", "-i8", "-ptcpip", "prefix=/s8")
        try dock.good("mount", "-Tio-pkt8", try Drivers.path("e1000"))
    }

    /// Who-has 10.8.0.1, from 10.8.0.9.
    let question: [UInt8] = [UInt8](repeating: 0xff, count: 6) + [2, 0, 0, 0, 0, 9, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 9, 10, 8, 0, 9]
        + [0, 0, 0, 0, 0, 0, 10, 8, 0, 1] + [UInt8](repeating: 0, count: 18)

    func isAnswer(_ frame: [UInt8]) -> Bool {
        frame.count >= 42 && frame[12...13] == [8, 6] && frame[20...21] == [0, 2] && frame[28...31] == [10, 8, 0, 1] && frame[38...41] == [10, 8, 0, 9]
    }

    @Test func `seqpacket carries a frame a message`() throws {
        defer { dock.close() }
        let path = dock.folder.appending(path: "wire").path()
        try stack("seqpacket:\(path)")
        let socket = try connect(path, Int32(SOCK_SEQPACKET.rawValue))
        defer { close(socket) }
        try dock.good("ifconfig", "em0", "10.8.0.1/24", sock: "/s8")
        try dock.good("if_up", "-l", "em0", sock: "/s8")
        #expect(eventually {
            unsafe send(socket, question, question.count, 0)
            return (0..<4).contains { _ in isAnswer(read(socket, 2000)) }
        })
    }

    @Test func `stream carries QEMU's length before each frame`() throws {
        defer { dock.close() }
        let path = dock.folder.appending(path: "wire").path()
        try stack("stream:\(path)")
        let socket = try connect(path, Int32(SOCK_STREAM.rawValue))
        defer { close(socket) }
        try dock.good("ifconfig", "em0", "10.8.0.1/24", sock: "/s8")
        try dock.good("if_up", "-l", "em0", sock: "/s8")
        #expect(eventually {
            let framed: [UInt8] = [0, 0, 0, UInt8(question.count)] + question
            unsafe send(socket, framed, framed.count, 0)
            return (0..<4).contains { _ in
                let head = read(socket, 4)
                guard head.count == 4 else { return false }
                return isAnswer(read(socket, Int(head[2]) << 8 | Int(head[3])))
            }
        })
    }
}
