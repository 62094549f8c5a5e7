import CCalls
import Glibc
import Host
import Messages
import Stack
import Testing

@testable import netd

/// Streams as programs have them: a pair of sockets, and what comes of every way to leave one.
struct ProgramStreamTests {
    @Test func `octets pass both ways, and an end is an end`() throws {
        let rig = try ProgramRig(), (client, server) = try rig.pair()
        client.write(Array("hello".utf8))
        rig.run()
        #expect(server.read() == Array("hello".utf8))
        server.write(Array("world".utf8))
        server.shutDown(SHUT_WR)
        rig.run()
        #expect(client.read() == Array("world".utf8))
        #expect(client.read() == [])
        // Half closed: the other half still works.
        client.write(Array("more".utf8))
        rig.run()
        #expect(server.read() == Array("more".utf8))
        client.close()
        rig.run()
        #expect(server.read() == [])
        #expect(unsafe rig.stack.pointee.listStreams().filter { $0.state == .timeWait }.count == 1)
        #expect(rig.streams.numbers.isEmpty, "both directions are over: nothing is left to carry")
    }

    @Test func `a megabyte passes through full pairs, windows and buffers, whoever stops for a while`() throws {
        let rig = try ProgramRig(), (client, server) = try rig.pair()
        let all = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        var sent = 0, received: [UInt8] = []
        for round in 0..<4000 where received.count < all.count {
            if sent < all.count { sent += max(client.write(Array(all[sent..<min(sent + 100_000, all.count)])), 0) }
            if round > 20, round % 3 == 0 { received += server.read(50_000) ?? [] }
            rig.run(2)
        }
        #expect(received == all)
    }

    @Test func `what was written before a program left is delivered`() throws {
        let rig = try ProgramRig(), (client, server) = try rig.pair()
        var sent = 0
        let block = [UInt8](repeating: 7, count: 100_000)
        while case let count = client.write(block), count > 0 {
            sent += count
            rig.run(2)
        }
        client.close()
        var received = 0
        for _ in 0..<3000 {
            rig.run(1)
            guard let octets = server.read() else { continue }
            if octets.isEmpty { break }
            received += octets.count
        }
        #expect(received == sent && sent > 300_000)
    }

    @Test func `a program that leaves octets unread resets the connection, RFC 2525 2.17`() throws {
        let rig = try ProgramRig(), (client, server) = try rig.pair()
        client.write([1, 2, 3])
        rig.run()
        server.close()
        rig.run()
        #expect(client.events & POLLHUP != 0)
        #expect(client.read() == [])
        #expect(try rig.call(DRYDOCK_CALL_ERROR, client.number).value == ECONNRESET)
        #expect(try rig.call(DRYDOCK_CALL_ERROR, client.number).value == 0)
    }

    @Test func `no linger is a reset`() throws {
        let rig = try ProgramRig(), (client, server) = try rig.pair()
        let set = try rig.call(DRYDOCK_CALL_SET_OPTION, client.number) {
            ($0.a, $0.b, $0.length) = (SOL_SOCKET, SO_LINGER, 8)
            $0.data.0 = 1
        }
        #expect(set.error == 0)
        client.close()
        rig.run()
        #expect(try rig.call(DRYDOCK_CALL_ERROR, server.number).value == ECONNRESET)
        #expect(unsafe rig.stack.pointee.listStreams().allSatisfy { $0.state != .timeWait })
    }

    @Test func `who waits for a connection hears of the refusal, and may try again`() throws {
        let rig = try ProgramRig(), client = try rig.open()
        let refused = try rig.connect(client, 81)
        rig.run()
        #expect(try refused.answer()?.answer.error == ECONNREFUSED)
        let listener = try rig.listener(81)
        let open = try rig.connect(client, 81)
        rig.run()
        #expect(try open.answer()?.answer.error == 0)
        let server = try listener.accept()
        #expect(server != nil)
        #expect(try rig.call(DRYDOCK_CALL_CONNECT, client.number) { $0.address = .loopback(81) }.error == EISCONN)
    }

    @Test func `who does not wait finds its end unwritable until the connection is open`() throws {
        let rig = try ProgramRig(), listener = try rig.listener(80), client = try rig.open()
        let fill = client.write(.init(repeating: 0, count: 56 << 10))
        #expect(client.events & POLLOUT == 0)
        let begun = try rig.connect(client, 80, flags: 0, fill: fill)
        rig.run()
        #expect(try begun.answer()?.answer.error == EINPROGRESS)
        #expect(client.events == POLLOUT)
        #expect(try rig.call(DRYDOCK_CALL_ERROR, client.number).value == 0)
        // As Linux: the next connect says that it is done, the one after that it is connected.
        #expect(try rig.call(DRYDOCK_CALL_CONNECT, client.number) { $0.address = .loopback(80) }.error == 0)
        #expect(try rig.call(DRYDOCK_CALL_CONNECT, client.number) { $0.address = .loopback(80) }.error == EISCONN)
        let server = try #require(try listener.accept())
        client.write([1])
        rig.run()
        #expect(server.read() == [1], "the filler is nobody's")
    }

    @Test func `a connection that is refused at once leaves no filler behind`() throws {
        let rig = try ProgramRig(), client = try rig.open()
        let fill = client.write(.init(repeating: 0, count: 56 << 10))
        let wrong = try rig.call(DRYDOCK_CALL_CONNECT, client.number) { ($0.address.family, $0.b) = (99, Int32(fill)) }
        #expect(wrong.error == EAFNOSUPPORT && client.events & POLLOUT != 0)
        let listener = try rig.listener(80)
        let open = try rig.connect(client, 80)
        rig.run()
        #expect(try open.answer()?.answer.error == 0)
        let server = try #require(try listener.accept())
        client.write([5])
        rig.run()
        #expect(server.read() == [5])
    }

    @Test func `a connection that fails without a waiter keeps its error until it is asked for`() throws {
        let rig = try ProgramRig(), client = try rig.open()
        let fill = client.write(.init(repeating: 0, count: 56 << 10))
        _ = try rig.connect(client, 81, flags: 0, fill: fill)
        rig.run()
        #expect(client.events & POLLOUT != 0 && client.events & POLLHUP != 0)
        #expect(try rig.call(DRYDOCK_CALL_ERROR, client.number).value == ECONNREFUSED)
    }

    @Test func `the dead are forgotten after a while`() throws {
        let rig = try ProgramRig(), client = try rig.open()
        _ = try rig.connect(client, 81, flags: 0)
        rig.run()
        #expect(rig.streams.numbers.count == 1)
        rig.now = rig.now + .seconds(11)
        rig.streams.sweep(rig.loop, now: rig.now)
        #expect(rig.streams.numbers.isEmpty)
        #expect(unsafe rig.stack.pointee.listStreams().isEmpty)
    }

    @Test func `a listener's program gets each connection with its addresses, once`() throws {
        let rig = try ProgramRig(), listener = try rig.listener(80)
        var clients: [ProgramSocket] = []
        for _ in 0..<5 {
            let client = try rig.open()
            clients.append(client)
            _ = try rig.connect(client, 80)
            rig.run()
        }
        var peers: Set<UInt16> = []
        while let (socket, record) = try listener.acceptWithRecord() {
            #expect(record.local.port == 80 && record.local.family == 2)
            #expect(socket.peerName.hasSuffix(String(format(socket.number))))
            peers.insert(record.peer.port)
        }
        #expect(peers.count == 5)
        #expect(try peers == Set(clients.map { try rig.call(DRYDOCK_CALL_NAMES, $0.number).local.port }))
    }

    private func format(_ number: UInt32) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }

    @Test func `connections that nobody took die with their listener`() throws {
        let rig = try ProgramRig(), listener = try rig.listener(80), client = try rig.open()
        _ = try rig.connect(client, 80)
        rig.run()
        listener.close()
        rig.run()
        #expect(client.read() == [])
        #expect(rig.streams.numbers.count == 1)
    }

    @Test func `more connections than a listener's end takes wait in the stack, and none is lost`() throws {
        let rig = try ProgramRig(), listener = try rig.listener(80, backlog: 400)
        var clients: [ProgramSocket] = []
        for _ in 0..<300 {
            let client = try rig.open()
            clients.append(client)
            _ = try rig.connect(client, 80, flags: 0)
            rig.run(2)
        }
        rig.run()
        var taken = 0
        for _ in 0..<400 {
            while try listener.accept() != nil { taken += 1 }
            rig.run(2)
        }
        #expect(taken == 300 && rig.streams.lost == 0)
    }

    @Test func `calls on what is no socket of this stack are refused`() throws {
        let rig = try ProgramRig(), client = try rig.open()
        #expect(try rig.call(DRYDOCK_CALL_NAMES, 999).error == EBADF)
        var call = drydock_call()
        (call.call, call.socket) = (UInt32(DRYDOCK_CALL_NAMES), client.number)
        let pending = try rig.begin(call, stack: 12345)
        rig.run()
        #expect(try pending.answer()?.answer.error == ESTALE, "the socket of an earlier stack")
        #expect(try rig.call(77, client.number).error == EOPNOTSUPP)
        #expect(try rig.call(DRYDOCK_CALL_SHUTDOWN, client.number).error == ENOTCONN)
        #expect(try rig.call(DRYDOCK_CALL_OPEN) { $0.a = AF_UNIX }.error == EAFNOSUPPORT)
        #expect(try rig.call(DRYDOCK_CALL_OPEN) { ($0.a, $0.b, $0.c) = (AF_INET, 1, 132) }.error == EPROTONOSUPPORT)
    }

    @Test func `options are Linux's, and unknown ones are refused`() throws {
        let rig = try ProgramRig(), client = try rig.open()
        func set(_ level: Int32, _ name: Int32, _ value: Int32) throws -> Int32 {
            try rig.call(DRYDOCK_CALL_SET_OPTION, client.number) {
                ($0.a, $0.b, $0.length) = (level, name, 4)
                unsafe withUnsafeMutableBytes(of: &$0.data) { unsafe $0.storeBytes(of: value, as: Int32.self) }
            }.error
        }
        func get(_ level: Int32, _ name: Int32) throws -> Int32 {
            let answer = try rig.call(DRYDOCK_CALL_GET_OPTION, client.number) { ($0.a, $0.b, $0.c) = (level, name, 256) }
            return answer.error == 0 ? unsafe withUnsafeBytes(of: answer.data) { unsafe $0.loadUnaligned(as: Int32.self) } : -answer.error
        }
        let tcp = Int32(IPPROTO_TCP), ip = Int32(IPPROTO_IP)
        for (level, name, value) in [(SOL_SOCKET, SO_KEEPALIVE, 1), (SOL_SOCKET, SO_REUSEADDR, 1), (tcp, TCP_NODELAY, 1), (tcp, TCP_KEEPIDLE, 77),
                                     (tcp, TCP_USER_TIMEOUT, 3000), (ip, IP_TTL, 9), (ip, IP_TOS, 0x10)] {
            #expect(try set(level, name, Int32(value)) == 0)
            #expect(try get(level, name) == Int32(value), "\(level) \(name)")
        }
        #expect(try set(SOL_SOCKET, SO_RCVBUF, 10000) == 0)
        #expect(try get(SOL_SOCKET, SO_RCVBUF) == 20000)
        #expect(try get(SOL_SOCKET, SO_TYPE) == Int32(SOCK_STREAM.rawValue))
        #expect(try set(ip, IP_TTL, 300) == EINVAL)
        #expect(try set(tcp, TCP_KEEPCNT, 0) == EINVAL)
        #expect(try set(tcp, 9999, 1) == ENOPROTOOPT)
        #expect(try set(99, 1, 1) == ENOPROTOOPT)
        #expect(try get(tcp, 9999) == -ENOPROTOOPT)
    }

    @Test func `a connection's figures are where TCP_INFO has them`() throws {
        let rig = try ProgramRig(), (client, server) = try rig.pair()
        client.write(.init(repeating: 1, count: 5000))
        rig.run()
        #expect(server.read()?.count == 5000)
        let answer = try rig.call(DRYDOCK_CALL_GET_OPTION, client.number) { ($0.a, $0.b, $0.c) = (Int32(IPPROTO_TCP), TCP_INFO, 256) }
        let information = unsafe withUnsafeBytes(of: answer.data) { unsafe Array($0.prefix(Int(answer.length))) }
        #expect(information.count == 160)
        #expect(information[0] == 1, "ESTABLISHED, as Linux numbers it")
        let sent = (0..<8).reduce(UInt64(0)) { $0 | UInt64(information[120 + $1]) << UInt64(8 * $1) }
        #expect(sent == 5000)
    }

    @Test func `an octet out of band is out of band at the other end, in its place`() throws {
        let rig = try ProgramRig(), (client, server) = try rig.pair()
        client.write(Array("before".utf8))
        #expect(unsafe send(client.raw, [UInt8(ascii: "!")], 1, Int32(MSG_OOB | MSG_DONTWAIT)) == 1)
        client.write(Array("after".utf8))
        rig.run()
        var pri = pollfd(fd: server.raw, events: Int16(POLLPRI), revents: 0)
        #expect(unsafe poll(&pri, 1, 0) == 1 && pri.revents & Int16(POLLPRI) != 0)
        #expect(server.read() == Array("before".utf8))
        var urgent: UInt8 = 0
        #expect(unsafe recv(server.raw, &urgent, 1, Int32(MSG_OOB | MSG_DONTWAIT)) == 1)
        #expect(urgent == UInt8(ascii: "!"))
        #expect(server.read() == Array("after".utf8))
    }

    @Test func `programs that stop reading, or flood, stop nobody else`() throws {
        let rig = try ProgramRig()
        let (stopped, flooded) = try rig.pair(80), (client, server) = try rig.pair(81)
        for _ in 0..<200 {
            stopped.write(.init(repeating: 1, count: 200_000))
            flooded.write(.init(repeating: 2, count: 200_000))
            rig.run(1)
        }
        let pages = unsafe rig.stack.pointee.listStreams().reduce(0) { $0 + $1.receiveQueue + $1.sendQueue }
        #expect(pages < 40 << 20, "what nobody reads is bounded")
        let message = [UInt8](repeating: 3, count: 30_000)
        for _ in 0..<20 {
            client.write(message)
            var got: [UInt8] = []
            for _ in 0..<1000 where got.count < message.count {
                rig.run(1)
                got += server.read() ?? []
            }
            #expect(got.count == message.count && got.allSatisfy { $0 == 3 })
        }
        stopped.close()
        flooded.close()
        rig.run()
        let left = unsafe rig.stack.pointee.listStreams().filter { ($0.local.port == 80 || $0.remote?.port == 80) && $0.state != .timeWait }.count
        #expect(left == 0)
    }

    @Test func `a thousand connections of programs that die leave nothing behind`() throws {
        let rig = try ProgramRig(), listener = try rig.listener(80, backlog: 100)
        let before = try FileManagerless.descriptors()
        for round in 0..<1000 {
            let client = try rig.open()
            _ = try rig.connect(client, 80)
            rig.run(3)
            let server = try listener.accept()
            if round % 3 == 0 { client.write([1, 2, 3]) }
            if round % 2 == 0 { client.close() } else { server?.close() }
            rig.run(1)
        }
        rig.run(100)
        rig.now = rig.now + .seconds(11)
        rig.streams.sweep(rig.loop, now: rig.now)
        rig.run(10)
        #expect(rig.streams.numbers.count == 1)
        let after = try FileManagerless.descriptors()
        // Other tests open and close descriptors of this same process meanwhile; one left of each connection would be a thousand.
        #expect(after < before + 300)
        let odd = unsafe rig.stack.pointee.listStreams().filter { $0.state != .listen && $0.state != .timeWait }.map { "\($0.state)" }
        #expect(odd.isEmpty)
    }
}

/// What the process has open.
enum FileManagerless {
    static func descriptors() throws -> Int { FileSystem.names(in: "/proc/self/fd").count }
}
