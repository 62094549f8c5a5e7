import CCalls
import Glibc
import Host
import Messages
import Stack
import Testing
import Wire

@testable import netd

/// Datagram sockets as programs have them.
struct ProgramDatagramTests {
    private func bound(_ rig: ProgramRig, _ port: UInt16) throws -> ProgramSocket {
        let socket = try rig.open(AF_INET, SOCK_DGRAM)
        #expect(try rig.call(DRYDOCK_CALL_BIND, socket.number) { $0.address = .loopback(port) }.error == 0)
        return socket
    }

    private func datagram(_ text: String, to port: UInt16, local: IPv4Address? = nil) -> [UInt8] {
        var head = [UInt8](repeating: 0, count: DatagramHeader.octets)
        let header = DatagramHeader(address: .v4(IPv4Address(127, 0, 0, 1)), port: port, local: local.map { .v4($0) })
        var span = head.mutableSpan
        var raw = unsafe span.mutableBytes
        header.write(into: &raw)
        return head + Array(text.utf8)
    }

    private func split(_ octets: [UInt8]?) throws -> (header: DatagramHeader, text: String) {
        let octets = try #require(octets)
        let header = try #require(unsafe DatagramHeader(octets.span.bytes))
        return (header, String(decoding: octets.dropFirst(DatagramHeader.octets), as: UTF8.self))
    }

    private func set(_ rig: ProgramRig, _ socket: ProgramSocket, _ level: Int32, _ name: Int32, _ value: Int32) throws -> Int32 {
        try rig.call(DRYDOCK_CALL_SET_OPTION, socket.number) {
            ($0.a, $0.b, $0.length) = (level, name, 4)
            unsafe withUnsafeMutableBytes(of: &$0.data) { unsafe $0.storeBytes(of: value, as: Int32.self) }
        }.error
    }

    @Test func `a datagram says whence it came, whereto, and through what`() throws {
        let rig = try ProgramRig(), server = try bound(rig, 53), client = try rig.open(AF_INET, SOCK_DGRAM)
        client.write(datagram("who?", to: 53))
        rig.run()
        let (header, text) = try split(server.read())
        #expect(text == "who?")
        #expect(header.address == .v4(IPv4Address(127, 0, 0, 1)) && header.local == .v4(IPv4Address(127, 0, 0, 1)))
        #expect(header.interface == 1)
        server.write(datagram("me", to: header.port))
        rig.run()
        #expect(try split(client.read()).text == "me")
    }

    @Test func `a datagram leaves from the address that is asked for, if it is ours`() throws {
        let rig = try ProgramRig(), server = try bound(rig, 53), client = try rig.open(AF_INET, SOCK_DGRAM)
        client.write(datagram("x", to: 53, local: IPv4Address(127, 0, 0, 1)))
        rig.run()
        #expect(try split(server.read()).header.address == .v4(IPv4Address(127, 0, 0, 1)))
        client.write(datagram("x", to: 53, local: IPv4Address(9, 9, 9, 9)))
        rig.run()
        let (header, _) = try split(client.read())
        #expect(header.flags.contains(.error) && header.error == UInt16(EADDRNOTAVAIL))
        #expect(server.read() == nil)
    }

    @Test func `a bare socket has datagrams and nothing else`() throws {
        let rig = try ProgramRig(), server = try bound(rig, 53), client = try rig.open(AF_INET, SOCK_DGRAM)
        let answer = try rig.call(DRYDOCK_CALL_CONNECT, client.number) { ($0.address, $0.a) = (.loopback(53), Int32(DRYDOCK_CONNECT_BARE)) }
        #expect(answer.error == 0)
        client.write(Array("plain".utf8))
        rig.run()
        let (header, text) = try split(server.read())
        #expect(text == "plain")
        server.write(datagram("back", to: header.port))
        rig.run()
        #expect(client.read() == Array("back".utf8))
    }

    @Test func `nobody there is heard of by the connected, and by who asks for errors`() throws {
        let rig = try ProgramRig()
        let silent = try rig.open(AF_INET, SOCK_DGRAM), asks = try rig.open(AF_INET, SOCK_DGRAM), connected = try rig.open(AF_INET, SOCK_DGRAM)
        #expect(try set(rig, asks, Int32(IPPROTO_IP), IP_RECVERR, 1) == 0)
        #expect(try rig.call(DRYDOCK_CALL_CONNECT, connected.number) { $0.address = .loopback(99) }.error == 0)
        for socket in [silent, asks, connected] { socket.write(datagram("x", to: 99)) }
        rig.run()
        #expect(silent.read() == nil)
        for socket in [asks, connected] {
            let header = try split(socket.read()).header
            #expect(header.flags.contains(.error) && header.error == UInt16(ECONNREFUSED) && header.port == 99)
        }
    }

    @Test func `sockets that share a port share the load, and a peer stays with one`() throws {
        let rig = try ProgramRig()
        let servers = try (0..<4).map { _ in
            let socket = try rig.open(AF_INET, SOCK_DGRAM)
            #expect(try set(rig, socket, SOL_SOCKET, SO_REUSEPORT, 1) == 0)
            #expect(try rig.call(DRYDOCK_CALL_BIND, socket.number) { $0.address = .loopback(53) }.error == 0)
            return socket
        }
        var served: [Int] = []
        for _ in 0..<24 {
            let client = try rig.open(AF_INET, SOCK_DGRAM)
            var by: Set<Int> = []
            for _ in 0..<3 {
                client.write(datagram("x", to: 53))
                rig.run(3)
                for (index, server) in servers.enumerated() where server.read() != nil { by.insert(index) }
            }
            #expect(by.count == 1, "one client, one server")
            served += by
        }
        #expect(Set(served).count >= 3, "24 clients go to more than two of four servers")
        let alone = try rig.open(AF_INET, SOCK_DGRAM)
        #expect(try rig.call(DRYDOCK_CALL_BIND, alone.number) { $0.address = .loopback(53) }.error == EADDRINUSE)
    }

    @Test func `a program that leaves gives its port back`() throws {
        let rig = try ProgramRig(), first = try bound(rig, 53)
        first.close()
        rig.run()
        _ = try bound(rig, 53)
        #expect(rig.sockets.entries.count <= 1)
    }
}
