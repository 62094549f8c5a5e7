import CCalls
import CProgram
import Glibc
import ProgramSockets
import Testing

struct OptionTests {
    private func set(_ socket: ProgramSocket, _ stack: FakeStack, _ level: Int32, _ name: Int32, _ value: Int32, _ companions: inout Companions) -> Outcome {
        var value = value
        return unsafe withUnsafeBytes(of: &value) { unsafe socket.setOption(stack.stackPath, level: level, name: name, $0.baseAddress, 4, &companions) }
    }

    private func get(_ socket: ProgramSocket, _ stack: FakeStack, _ level: Int32, _ name: Int32, room: UInt32 = 4) -> (Outcome, Int32, UInt32) {
        var value: Int32 = -1, length = room
        let outcome = unsafe withUnsafeMutableBytes(of: &value) { unsafe socket.option(stack.stackPath, level: level, name: name, $0.baseAddress, &length, []) }
        return (outcome, value, length)
    }

    @Test func `an option is the stack's, with its octets, and so is its answer`() throws {
        let stack = try FakeStack { $0.call == DRYDOCK_CALL_GET_OPTION ? Reply(data: [9, 1, 0, 0]) : Reply() }
        defer { stack.close() }
        let pair = Pair(stack)
        defer { pair.close() }
        var none = Companions()
        #expect(set(pair.socket, stack, 6, 1, 0x1234_5678, &none) == .done(0))
        let call = try #require(stack.calls.first)
        #expect(call.call == DRYDOCK_CALL_SET_OPTION && call.a == 6 && call.b == 1 && call.length == 4 && call.data.0 == 0x78 && call.data.3 == 0x12)
        #expect(get(pair.socket, stack, 6, 1) == (.done(0), 265, 4))
        #expect(get(pair.socket, stack, 6, 1, room: 2) == (.done(0), Int32(bitPattern: 0xffff_0109), 2), "what fits is given")
        #expect(stack.calls.last?.c == 2)
    }

    @Test func `time limits and low water are the pair's own`() throws {
        let stack = try FakeStack()
        defer { stack.close() }
        let pair = Pair(stack)
        defer { pair.close() }
        var limit = timeval(tv_sec: 3, tv_usec: 0), none = Companions()
        let outcome = unsafe withUnsafeBytes(of: &limit) {
            unsafe pair.socket.setOption(stack.stackPath, level: SOL_SOCKET, name: SO_RCVTIMEO, $0.baseAddress, UInt32($0.count), &none)
        }
        #expect(outcome == .done(0))
        #expect(program_time_limit(pair.program, SO_RCVTIMEO) == 3000)
        #expect(stack.calls.isEmpty)
    }

    @Test func `SO_ERROR is the call for errors; what a descriptor tells by itself is told without the stack's help`() throws {
        let stack = try FakeStack { call in
            switch Int(call.call) {
            case DRYDOCK_CALL_ERROR: Reply(value: EHOSTUNREACH)
            case DRYDOCK_CALL_NAMES: Reply(local: Sample.address())
            case DRYDOCK_CALL_LISTEN: Reply()
            default: .refused(ENOPROTOOPT)
            }
        }
        defer { stack.close() }
        let pair = Pair(stack), datagrams = Pair(stack, stream: false)
        defer { pair.close(); datagrams.close() }
        #expect(get(pair.socket, stack, SOL_SOCKET, SO_ERROR) == (.done(0), EHOSTUNREACH, 4))
        #expect(get(pair.socket, stack, SOL_SOCKET, SO_TYPE) == (.done(0), 1, 4))
        #expect(get(datagrams.socket, stack, SOL_SOCKET, SO_TYPE) == (.done(0), 2, 4))
        #expect(get(pair.socket, stack, SOL_SOCKET, SO_DOMAIN) == (.done(0), AF_INET, 4))
        #expect(get(pair.socket, stack, SOL_SOCKET, SO_PROTOCOL) == (.done(0), 6, 4))
        #expect(get(pair.socket, stack, SOL_SOCKET, SO_ACCEPTCONN) == (.done(0), 0, 4))
        #expect(pair.socket.listen(stack.stackPath, backlog: 1) == .done(0))
        #expect(get(pair.socket, stack, SOL_SOCKET, SO_ACCEPTCONN) == (.done(0), 1, 4))
        #expect(get(pair.socket, stack, 6, 77).0 == .failed(ENOPROTOOPT))
    }

    @Test func `what goes beside a datagram is kept by the caller, not by the stack`() throws {
        let stack = try FakeStack()
        defer { stack.close() }
        let pair = Pair(stack, stream: false)
        defer { pair.close() }
        var wanted = Companions()
        #expect(set(pair.socket, stack, IPPROTO_IP_, IP_RECVTTL, 1, &wanted) == .done(0))
        #expect(set(pair.socket, stack, IPPROTO_IP_, IP_PKTINFO, 1, &wanted) == .done(0))
        #expect(wanted == [.hopLimit, .interface])
        #expect(set(pair.socket, stack, IPPROTO_IP_, IP_RECVTTL, 0, &wanted) == .done(0))
        #expect(wanted == .interface)
        #expect(stack.calls.isEmpty)
    }

    @Test func `sizes and pointers that make no sense are refused as Linux refuses them`() throws {
        let stack = try FakeStack()
        defer { stack.close() }
        let pair = Pair(stack)
        defer { pair.close() }
        var none = Companions(), value: Int32 = 1, length = UInt32.max
        #expect(unsafe pair.socket.setOption(stack.stackPath, level: 6, name: 1, nil, 4, &none) == .failed(EFAULT))
        #expect(unsafe pair.socket.setOption(stack.stackPath, level: 6, name: 1, &value, 257, &none) == .failed(EINVAL))
        #expect(unsafe pair.socket.option(stack.stackPath, level: 6, name: 1, &value, nil, none) == .failed(EFAULT))
        #expect(unsafe pair.socket.option(stack.stackPath, level: 6, name: 1, &value, &length, none) == .failed(EINVAL))
        #expect(stack.calls.isEmpty)
    }

    @Test func `a socket that the stack has closed is no bad descriptor to its program`() throws {
        let stack = try FakeStack { _ in .refused(EBADF) }
        defer { stack.close() }
        let pair = Pair(stack)
        defer { pair.close() }
        var none = Companions(), room = [UInt8](repeating: 0, count: 28), length = UInt32(28)
        #expect(set(pair.socket, stack, 6, 1, 1, &none) == .done(0))
        #expect(get(pair.socket, stack, SOL_SOCKET, SO_ERROR) == (.done(0), 0, 4))
        #expect(get(pair.socket, stack, SOL_SOCKET, SO_TYPE) == (.done(0), 1, 4))
        #expect(get(pair.socket, stack, 6, 1).0 == .failed(EINVAL))
        #expect(unsafe pair.socket.name(stack.stackPath, of: .local, &room, &length) == .done(0))
        #expect(unsafe pair.socket.name(stack.stackPath, of: .peer, &room, &length) == .failed(ENOTCONN))
        #expect(pair.socket.shutdown(stack.stackPath, how: 2) == .failed(ENOTCONN))
        #expect(pair.socket.listen(stack.stackPath, backlog: 1) == .failed(EINVAL))
    }

    @Test func `names are the stack's; without a peer there is none`() throws {
        let stack = try FakeStack { _ in Reply(local: Sample.address(10, 1, 0, 1, port: 4711)) }
        defer { stack.close() }
        let pair = Pair(stack)
        defer { pair.close() }
        var room = [UInt8](repeating: 0, count: 28), length = UInt32(28)
        #expect(unsafe pair.socket.name(stack.stackPath, of: .local, &room, &length) == .done(0))
        #expect(length == 16 && room.prefix(8) == [2, 0, 0x12, 0x67, 10, 1, 0, 1])
        #expect(unsafe pair.socket.name(stack.stackPath, of: .peer, &room, &length) == .failed(ENOTCONN))
    }
}

/// The level ip, whose name is an enum's.
let IPPROTO_IP_: Int32 = 0
