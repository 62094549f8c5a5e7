import CCalls
import CProgram
import Glibc
import ProgramSockets
import Testing

final class DatagramTests {
    let path: FakeStack
    init() throws { path = try FakeStack() }
    deinit { path.close() }

    /// A message with one piece, a name and a control part, as a program has it.
    struct Box {
        var octets: [UInt8], name: [UInt8], control: [UInt8]
        var flags: Int32 = 0

        /// Runs `body` with a msghdr over these, and takes the lengths that it left.
        mutating func with(_ body: (UnsafeMutablePointer<msghdr>) -> Outcome) -> Outcome {
            var outcome = Outcome.failed(0), nameLength = 0, controlLength = 0, flags: Int32 = 0
            unsafe octets.withUnsafeMutableBytes { octets in
                unsafe name.withUnsafeMutableBytes { name in
                    unsafe control.withUnsafeMutableBytes { control in
                        var piece = unsafe iovec(iov_base: octets.baseAddress, iov_len: octets.count)
                        unsafe withUnsafeMutablePointer(to: &piece) { piece in
                            var message = unsafe msghdr()
                            unsafe (message.msg_iov, message.msg_iovlen) = (piece, 1)
                            if name.count > 0 { unsafe (message.msg_name, message.msg_namelen) = (name.baseAddress, UInt32(name.count)) }
                            if control.count > 0 { unsafe (message.msg_control, message.msg_controllen) = (control.baseAddress, control.count) }
                            outcome = unsafe body(&message)
                            (nameLength, controlLength, flags) = unsafe (Int(message.msg_namelen), message.msg_controllen, message.msg_flags)
                        }
                    }
                }
            }
            (self.nameLength, self.controlLength, self.flags) = (nameLength, controlLength, flags)
            return outcome
        }
        var nameLength = 0, controlLength = 0

        init(_ octets: [UInt8], name: [UInt8] = [], control: [UInt8] = []) { (self.octets, self.name, self.control) = (octets, name, control) }
        init(room: Int, name: Int = 0, control: Int = 0) {
            self.init([UInt8](repeating: 0, count: room), name: [UInt8](repeating: 0, count: name), control: [UInt8](repeating: 0, count: control))
        }
    }

    static func header(_ change: (inout drydock_datagram) -> Void = { _ in }) -> [UInt8] {
        var header = drydock_datagram()
        (header.family, header.hop_limit, header.port, header.interface, header.high) = (2, 63, 53, 2, 0xc000_0201)
        change(&header)
        return unsafe withUnsafeBytes(of: header) { unsafe Array($0) }
    }

    static func post(_ octets: [UInt8], _ pair: Pair) { _ = unsafe Glibc.send(pair.stack, octets, octets.count, 0) }

    static func taken(_ pair: Pair) -> (drydock_datagram, [UInt8])? {
        var octets = [UInt8](repeating: 0, count: 70_000)
        let count = unsafe recv(pair.stack, &octets, octets.count, Int32(MSG_DONTWAIT))
        guard count >= DRYDOCK_DATAGRAM_HEADER else { return nil }
        return (unsafe octets.withUnsafeBytes { unsafe $0.loadUnaligned(as: drydock_datagram.self) }, Array(octets[DRYDOCK_DATAGRAM_HEADER..<count]))
    }

    private func receive(_ pair: Pair, _ box: inout Box, flags: Int32 = 0, _ companions: Companions = [], waits: Bool = false) -> Outcome {
        let path = self.path.stackPath
        return unsafe box.with { unsafe pair.socket.receive(path, $0, flags: flags, companions, waits: waits) }
    }

    private func send(_ pair: Pair, _ box: inout Box, flags: Int32 = 0) -> Outcome {
        unsafe box.with { unsafe pair.socket.send($0, flags: flags, waits: false) }
    }

    @Test func `a datagram comes with its source, and an empty queue is waited for or refused`() throws {
        let pair = Pair(path, stream: false)
        defer { pair.close() }
        var box = Box(room: 16, name: 28)
        #expect(receive(pair, &box) == .wait(descriptor: pair.program, events: 1))
        #expect(receive(pair, &box, flags: 0x40) == .failed(EAGAIN))
        Self.post(Self.header() + [1, 2, 3], pair)
        #expect(receive(pair, &box) == .done(3))
        #expect(box.octets.prefix(4) == [1, 2, 3, 0])
        #expect(box.nameLength == 16 && box.name.prefix(8) == [2, 0, 0, 53, 192, 0, 2, 1])
        Self.post(Self.header(), pair)
        #expect(receive(pair, &box) == .done(0), "an empty datagram is one")
    }

    @Test func `a datagram from a link-local address names its link`() throws {
        let pair = Pair(path, stream: false)
        defer { pair.close() }
        var box = Box(room: 16, name: 28)
        Self.post(Self.header { ($0.family, $0.high, $0.low) = (24, 0xfe80_0000_0000_0000, 1) }, pair)
        #expect(receive(pair, &box) == .done(0))
        #expect(box.nameLength == 28 && box.name[8] == 0xfe && box.name[23] == 1 && box.name[24] == 2)
    }

    @Test func `what is too long is cut and said so; the whole length is told to who asks`() throws {
        let pair = Pair(path, stream: false)
        defer { pair.close() }
        var box = Box(room: 2)
        for _ in 0..<2 { Self.post(Self.header() + [1, 2, 3], pair) }
        #expect(receive(pair, &box) == .done(2))
        #expect(box.flags == MSG_TRUNC_)
        #expect(receive(pair, &box, flags: MSG_TRUNC_) == .done(3))
        #expect(box.flags == MSG_TRUNC_)
    }

    @Test func `who looks without taking finds the same again`() throws {
        let pair = Pair(path, stream: false)
        defer { pair.close() }
        var box = Box(room: 8)
        Self.post(Self.header() + [7], pair)
        #expect(receive(pair, &box, flags: 2) == .done(1))
        #expect(receive(pair, &box, flags: 2) == .done(1))
        #expect(receive(pair, &box) == .done(1))
        #expect(receive(pair, &box, flags: 0x40) == .failed(EAGAIN))
    }

    @Test(arguments: [Int32(0), 2]) func `an error is told once, also to one who only looks`(flags: Int32) throws {
        let pair = Pair(path, stream: false)
        defer { pair.close() }
        var box = Box(room: 8)
        Self.post(Self.header { ($0.flags, $0.error) = (1, UInt16(ECONNREFUSED)) }, pair)
        #expect(receive(pair, &box, flags: flags) == .failed(ECONNREFUSED))
        #expect(receive(pair, &box, flags: 0x40) == .failed(EAGAIN))
    }

    @Test func `the error queue holds what an error is about, and no datagrams`() throws {
        let pair = Pair(path, stream: false)
        defer { pair.close() }
        var box = Box(room: 8, name: 16, control: 64)
        Self.post(Self.header() + [1], pair)
        #expect(receive(pair, &box, flags: 0x2000) == .failed(EAGAIN))
        #expect(receive(pair, &box) == .done(1))
        box = Box(room: 8, name: 16, control: 64)
        Self.post(Self.header { ($0.flags, $0.error) = (1, UInt16(EHOSTUNREACH)) }, pair)
        #expect(receive(pair, &box, flags: 0x2000) == .done(0))
        #expect(box.flags == 0x2000 && box.name.prefix(8) == [2, 0, 0, 53, 192, 0, 2, 1])
        #expect(box.control[8] == 0 && box.control[12] == 11 && box.control[16] == UInt8(EHOSTUNREACH))
    }

    @Test func `what was asked for comes beside it, as far as there is room`() throws {
        let pair = Pair(path, stream: false)
        defer { pair.close() }
        var box = Box(room: 8, control: 64)
        for _ in 0..<2 { Self.post(Self.header(), pair) }
        #expect(receive(pair, &box, [.interface, .hopLimit]) == .done(0))
        #expect(box.controlLength == 32 + 24 && box.flags == 0)
        #expect(box.control[0] == 28 && box.control[12] == 8 && box.control[16] == 2, "in_pktinfo of interface 2")
        #expect(box.control[32] == 20 && box.control[44] == 2 && box.control[48] == 63, "the hop limit as an integer")
        box = Box(room: 8, control: 40)
        #expect(receive(pair, &box, [.interface, .hopLimit]) == .done(0))
        #expect(box.controlLength == 32 && box.flags == 8, "MSG_CTRUNC")
    }

    @Test func `a datagram that is sent has its address, or none for the connected peer`() throws {
        let pair = Pair(path, stream: false)
        defer { pair.close() }
        var box = Box([1, 2, 3], name: Sample.octets)
        #expect(send(pair, &box) == .done(3))
        let (header, payload) = try #require(Self.taken(pair))
        #expect(header.family == 2 && header.port == 80 && header.high == 0xc000_0201 && payload == [1, 2, 3])
        box = Box([4])
        #expect(send(pair, &box) == .done(1))
        let (plain, _) = try #require(Self.taken(pair))
        #expect(plain.high == 0 && plain.low == 0 && plain.port == 0)
        box = Box([4], name: Sample.octets6)
        #expect(send(pair, &box) == .failed(EAFNOSUPPORT))
        box = Box([4], name: [2, 0, 0, 53, 0, 0, 0, 0] + [UInt8](repeating: 0, count: 8))
        #expect(send(pair, &box) == .done(1))
        #expect(try #require(Self.taken(pair)).0.high == 0x7f00_0001, "nowhere in particular is this host")
    }

    @Test func `a socket of IPv6 sends to IPv4 as mapped addresses`() throws {
        let pair = Pair(path, stream: false)
        defer { pair.close() }
        var mark: Int32 = 4
        unsafe setsockopt(pair.program, SOL_SOCKET, SO_PRIORITY, &mark, 4)
        var box = Box([1], name: Sample.octets)
        #expect(send(pair, &box) == .done(1))
        let (header, _) = try #require(Self.taken(pair))
        #expect(header.family == 24 && header.high == 0 && header.low == 0xffff_c000_0201)
        box = Box([1], name: Sample.octets6)
        #expect(send(pair, &box) == .done(1))
        #expect(try #require(Self.taken(pair)).0.interface == 3)
    }

    @Test func `what a sender puts beside a datagram goes into its header; nonsense is refused`() throws {
        let pair = Pair(path, stream: false)
        defer { pair.close() }
        func row(_ level: UInt8, _ kind: UInt8, _ value: [UInt8]) -> [UInt8] {
            let octets = [UInt8(16 + value.count), 0, 0, 0, 0, 0, 0, 0, level, 0, 0, 0, kind, 0, 0, 0] + value
            return octets + [UInt8](repeating: 0, count: (8 - octets.count % 8) % 8)
        }
        var box = Box([1], name: Sample.octets, control: row(0, 2, [5, 0, 0, 0]) + row(0, 8, [3] + [UInt8](repeating: 0, count: 11)) + row(0, 1, [0xb8, 0, 0, 0]))
        #expect(send(pair, &box) == .done(1))
        let (header, _) = try #require(Self.taken(pair))
        #expect(header.hop_limit == 5 && header.interface == 3 && header.type_of_service == 0xb8)
        box = Box([1], control: row(0, 2, [0, 1, 0, 0]))
        #expect(send(pair, &box) == .failed(EINVAL), "256 hops")
        box = Box([1], control: row(0, 77, [0, 0, 0, 0]))
        #expect(send(pair, &box) == .failed(EINVAL))
        box = Box([1], control: [200] + row(0, 2, [5, 0, 0, 0]).dropFirst())
        #expect(send(pair, &box) == .failed(EINVAL), "a row longer than the part")
        #expect(Self.taken(pair) == nil)
    }

    @Test func `what no datagram can carry is EMSGSIZE, and a full pair is waited for`() throws {
        let pair = Pair(path, stream: false)
        defer { pair.close() }
        var box = Box(room: 65_508)
        #expect(send(pair, &box) == .failed(EMSGSIZE))
        var mark = Int32(DRYDOCK_MARK_ICMP)
        unsafe setsockopt(pair.program, SOL_SOCKET, SO_PRIORITY, &mark, 4)
        #expect(send(pair, &box) == .done(65_508), "a message of ICMP is longer")
        _ = Self.taken(pair)
        box = Box(room: 60_000)
        var last = Outcome.done(0)
        for _ in 0..<100 {
            last = send(pair, &box)
            guard case .done = last else { break }
        }
        #expect(last == .wait(descriptor: pair.program, events: 4))
        #expect(send(pair, &box, flags: 0x40) == .failed(EAGAIN))
        #expect(send(pair, &box, flags: 1) == .failed(EOPNOTSUPP), "urgent datagrams do not exist")
    }

    @Test func `bare: connected without headers, what was queued before is gone, and dissolved it has headers again`() throws {
        let stack = try FakeStack { _ in Reply(local: Sample.address(), peer: Sample.address()) }
        defer { stack.close() }
        let pair = Pair(stack, stream: false)
        defer { pair.close() }
        Self.post(Self.header() + [1], pair)
        #expect(unsafe pair.socket.connect(stack.stackPath, Sample.octets, 16, bare: true) == .done(0))
        #expect(stack.calls.first?.a == Int32(DRYDOCK_CONNECT_BARE))
        #expect(pair.socket.mark == DRYDOCK_MARK_BARE)
        Self.post([9, 9], pair)
        var box = Box(room: 8, name: 16), path = stack.stackPath
        #expect(unsafe box.with { unsafe pair.socket.receive(path, $0, flags: 0, [], waits: false) } == .done(2))
        #expect(box.nameLength == 16 && box.name.prefix(8) == Sample.octets.prefix(8))
        box = Box([5])
        #expect(send(pair, &box) == .done(1))
        var octets = [UInt8](repeating: 0, count: 8)
        #expect(unsafe recv(pair.stack, &octets, 8, 0) == 1)
        #expect(unsafe pair.socket.connect(stack.stackPath, [0, 0] + [UInt8](repeating: 0, count: 14), 16) == .done(0))
        #expect(stack.calls.last(where: { $0.call == DRYDOCK_CALL_CONNECT })?.address.family == 0)
        #expect(pair.socket.mark == DRYDOCK_MARK_NONE)
        path = stack.stackPath
    }

    @Test func `a stack that is gone is ENETDOWN to a receiver`() throws {
        let stack = try FakeStack()
        let pair = Pair(stack, stream: false)
        stack.close()
        close(pair.stack)
        defer { close(pair.program) }
        var box = Box(room: 8)
        let path = stack.stackPath
        #expect(unsafe box.with { unsafe pair.socket.receive(path, $0, flags: 0, [], waits: true) } == .failed(ENETDOWN))
    }
}

let MSG_TRUNC_: Int32 = 0x20
