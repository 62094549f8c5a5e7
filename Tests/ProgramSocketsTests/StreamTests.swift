import CCalls
import CProgram
import Glibc
import ProgramSockets
import Testing

struct StreamTests {
    @Test func `bind tells the stack the address; short and foreign ones are refused before`() throws {
        let stack = try FakeStack()
        defer { stack.close() }
        let pair = Pair(stack)
        defer { pair.close() }
        #expect(unsafe pair.socket.bind(stack.stackPath, Sample.octets, 16) == .done(0))
        #expect(unsafe pair.socket.bind(stack.stackPath, Sample.octets6, 28) == .done(0))
        #expect(unsafe pair.socket.bind(stack.stackPath, Sample.octets, 15) == .failed(EINVAL))
        #expect(unsafe pair.socket.bind(stack.stackPath, Sample.octets6, 23) == .failed(EINVAL))
        #expect(unsafe pair.socket.bind(stack.stackPath, nil, 16) == .failed(EFAULT))
        #expect(unsafe pair.socket.bind(stack.stackPath, [1, 0, 47, 0] as [UInt8], 4) == .failed(EAFNOSUPPORT))
        let calls = stack.calls
        try #require(calls.count == 2)
        #expect(calls.allSatisfy { $0.call == DRYDOCK_CALL_BIND && $0.stack == stack.number && $0.socket == 7 })
        #expect(calls[0].address.family == 2 && calls[0].address.port == 80 && calls[0].address.all.prefix(4) == [192, 0, 2, 1])
        #expect(calls[1].address.family == 10 && calls[1].address.port == 443 && calls[1].address.scope == 3)
        #expect(calls[1].address.all == [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])
    }

    @Test func `a listener gives each connection its descriptor, its flags and its address`() throws {
        let stack = try FakeStack()
        defer { stack.close() }
        let pair = Pair(stack), ends = try Ends(type: SOCK_STREAM)
        defer { pair.close(); close(ends.first) }
        #expect(unsafe pair.socket.accept(stack.stackPath, nil, nil, flags: 0, waits: false) == .failed(EINVAL), "it does not listen yet")
        #expect(pair.socket.listen(stack.stackPath, backlog: 5) == .done(0))
        #expect(stack.calls.first?.a == 5)
        #expect(unsafe pair.socket.accept(stack.stackPath, nil, nil, flags: 0, waits: false) == .wait(descriptor: pair.program, events: 1))
        Self.arrive(ends.second, on: pair.stack)
        close(ends.second)
        var room = [UInt8](repeating: 0xff, count: 16), length = UInt32(8)
        guard case .done(let made) = unsafe pair.socket.accept(stack.stackPath, &room, &length, flags: 0o4000, waits: false) else { Issue.record("not accepted"); return }
        defer { close(Int32(made)) }
        #expect(length == 16, "the length that it has, not the length that fits")
        #expect(room == Sample.octets.prefix(8) + [UInt8](repeating: 0xff, count: 8))
        #expect(fcntl(Int32(made), F_GETFL) & O_NONBLOCK != 0)
        #expect(fcntl(Int32(made), F_GETFD) == 0)
    }

    static func arrive(_ descriptor: Int32, on end: Int32) {
        var arrival = drydock_arrival()
        (arrival.magic, arrival.peer) = (UInt32(DRYDOCK_ARRIVAL_MAGIC), Sample.address())
        let octets = unsafe withUnsafeBytes(of: arrival) { unsafe Array($0) }
        Descriptors.send(octets, with: descriptor, on: end)
    }

    @Test func `a listener that does not wait says EAGAIN, one that was shut EINVAL, and a record without a descriptor EMFILE`() throws {
        let stack = try FakeStack()
        defer { stack.close() }
        let pair = Pair(stack)
        defer { close(pair.program) }
        #expect(pair.socket.listen(stack.stackPath, backlog: 1) == .done(0))
        Self.arrive(-1, on: pair.stack)
        #expect(unsafe pair.socket.accept(stack.stackPath, nil, nil, flags: 0, waits: true) == .failed(EMFILE))
        _ = fcntl(pair.program, F_SETFL, O_NONBLOCK)
        #expect(unsafe pair.socket.accept(stack.stackPath, nil, nil, flags: 0, waits: false) == .failed(EAGAIN))
        #expect(unsafe pair.socket.accept(stack.stackPath, nil, nil, flags: 0, waits: true) == .failed(EAGAIN))
        #expect(unsafe pair.socket.accept(stack.stackPath, nil, nil, flags: 1, waits: false) == .failed(EINVAL))
        close(pair.stack)
        #expect(unsafe pair.socket.accept(stack.stackPath, nil, nil, flags: 0, waits: true) == .failed(EINVAL))
    }

    @Test(arguments: [true, false]) func `a socket whose stack is gone, or is another by now, says so: a connection is reset once, anything else has no network`(
        isFollowed: Bool
    ) throws {
        let stack = try FakeStack { _ in .refused(ESTALE) }
        defer { stack.close() }
        let pair = Pair(stack), listener = Pair(stack, number: 8), datagrams = Pair(stack, stream: false, number: 9)
        listener.mark(DRYDOCK_MARK_LISTENER)
        let path = isFollowed ? stack.stackPath : unsafe "/tmp/drydock-nobody-\(getpid())".withCString { unsafe StackPath($0)! }
        for each in [pair, listener, datagrams] { close(each.stack) }
        defer { for each in [pair, listener, datagrams] { close(each.program) } }
        #expect(pair.socket.endError(path) == ECONNRESET)
        #expect(pair.socket.endError(path) == 0, "it is told once")
        #expect(unsafe listener.socket.accept(path, nil, nil, flags: 0, waits: true) == .failed(ENETDOWN))
        #expect(unsafe listener.socket.accept(path, nil, nil, flags: 0, waits: true) == .failed(ENETDOWN), "and again: a listener has no other state")
        #expect(pair.socket.listen(path, backlog: 1) == .failed(ENETDOWN))
        var message = unsafe msghdr()
        #expect(unsafe datagrams.socket.receive(path, &message, flags: 0, [], waits: true) == .failed(ENETDOWN))
        #expect(unsafe datagrams.socket.send(&message, flags: 0, waits: true) == .failed(ENETDOWN))
        var error: Int32 = 0, length: UInt32 = 4
        let fresh = Pair(stack, number: 10)
        defer { close(fresh.program) }
        close(fresh.stack)
        #expect(unsafe fresh.socket.option(path, level: SOL_SOCKET, name: SO_ERROR, &error, &length, []) == .done(0))
        #expect(error == ECONNRESET)
    }

    @Test func `a connect that waits is answered on its own connection`() throws {
        let stack = try FakeStack { _ in Reply(isSilent: true) }
        defer { stack.close() }
        let pair = Pair(stack)
        defer { pair.close() }
        guard case .answer(let connection) = unsafe pair.socket.connect(stack.stackPath, Sample.octets, 16) else { Issue.record("no wait"); return }
        #expect(ProgramSocket.finish(connection, waits: false) == .answer(descriptor: connection), "there is no answer yet")
        stack.answerLate(.refused(ECONNREFUSED))
        #expect(ProgramSocket.finish(connection, waits: true) == .failed(ECONNREFUSED))
        let call = try #require(stack.calls.first)
        #expect(call.a == DRYDOCK_CONNECT_WAIT && call.b == 0 && call.address.port == 80)
    }

    @Test func `a connect that does not wait fills its end so that it is not writable, and does so once`() throws {
        let stack = try FakeStack { _ in .refused(EINPROGRESS) }
        defer { stack.close() }
        let pair = Pair(stack)
        defer { pair.close() }
        _ = fcntl(pair.program, F_SETFL, O_NONBLOCK)
        #expect(unsafe pair.socket.connect(stack.stackPath, Sample.octets, 16) == .failed(EINPROGRESS))
        #expect(program_poll(pair.program, Int16(POLLOUT), 0) & POLLOUT == 0)
        #expect(unsafe pair.socket.connect(stack.stackPath, Sample.octets, 16) == .failed(EINPROGRESS))
        let calls = stack.calls
        try #require(calls.count == 2)
        #expect(calls[0].b >= 56 << 10 && calls[0].a == 0 && calls[1].b == 0)
        var octets = [UInt8](repeating: 0, count: 1 << 20), count = 0
        while case let more = unsafe recv(pair.stack, &octets, octets.count, Int32(MSG_DONTWAIT)), more > 0 { count += more }
        #expect(count == Int(calls[0].b), "the count is what was written")
        #expect(program_poll(pair.program, Int16(POLLOUT), 0) & POLLOUT != 0)
    }

    @Test func `a refused connect may be tried again, with a filler of its own`() throws {
        let stack = try FakeStack { _ in .refused(ENETUNREACH) }
        defer { stack.close() }
        let pair = Pair(stack)
        defer { pair.close() }
        _ = fcntl(pair.program, F_SETFL, O_NONBLOCK)
        for _ in 0..<2 {
            #expect(unsafe pair.socket.connect(stack.stackPath, Sample.octets, 16) == .failed(ENETUNREACH))
            var octets = [UInt8](repeating: 0, count: 1 << 20)
            while unsafe recv(pair.stack, &octets, octets.count, Int32(MSG_DONTWAIT)) > 0 {}
        }
        #expect(stack.calls.map(\.b).allSatisfy { $0 >= 56 << 10 })
    }

    @Test func `an ordinary end asks nobody; a dead connection is told why`() throws {
        let stack = try FakeStack { _ in Reply(value: ECONNRESET) }
        defer { stack.close() }
        let pair = Pair(stack)
        defer { pair.close() }
        shutdown(pair.stack, Int32(SHUT_WR))
        #expect(pair.socket.endError(stack.stackPath) == 0)
        #expect(stack.calls.isEmpty)
        shutdown(pair.stack, Int32(SHUT_RDWR))
        #expect(pair.socket.endError(stack.stackPath) == ECONNRESET)
        #expect(stack.kinds == [DRYDOCK_CALL_ERROR])
    }

    @Test func `shutdown is told to the stack and then done; one that is not connected keeps its ends`() throws {
        let stack = try FakeStack { $0.socket == 8 ? .refused(ENOTCONN) : Reply() }
        defer { stack.close() }
        let pair = Pair(stack), idle = Pair(stack, number: 8)
        defer { pair.close(); idle.close() }
        #expect(pair.socket.shutdown(stack.stackPath, how: 1) == .done(0))
        #expect(stack.calls.first?.a == 1)
        var octet: UInt8 = 0
        #expect(unsafe recv(pair.stack, &octet, 1, Int32(MSG_DONTWAIT)) == 0, "the stack sees the end")
        #expect(idle.socket.shutdown(stack.stackPath, how: 2) == .failed(ENOTCONN))
        #expect(unsafe recv(idle.stack, &octet, 1, Int32(MSG_DONTWAIT)) == -1)
        #expect(pair.socket.shutdown(stack.stackPath, how: 3) == .failed(EINVAL))
    }
}
