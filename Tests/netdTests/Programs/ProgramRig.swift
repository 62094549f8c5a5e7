import CCalls
import Glibc
import Host
import Messages
import Rings
import Stack
import Testing
import Wire

@testable import netd

/// A stack with its sockets for programs and no drivers: programs reach each other over lo0. Moved by hand.
// SAFETY: `stack` lives as long as the rig, whose parts hold it on the same thread.
@safe final class ProgramRig {
    let memory = PacketMemory()
    let stack = UnsafeMutablePointer<Stack>.allocate(capacity: 1)
    let loop: EventLoop
    let port: Port
    let streams: StreamService
    let sockets: SocketService
    let calls: CallService
    let path: String
    var now = Instant(nanoseconds: 1_000_000_000)
    private var ready = ReadyEvents(capacity: 64)

    init() throws {
        unsafe stack.initialize(to: Stack(StackConfiguration(seed: 7), memory: memory))
        loop = try EventLoop()
        path = "/tmp/drydock-calls-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        port = try Port(path: path)
        sockets = unsafe SocketService(stack: stack)
        streams = unsafe StreamService(stack: stack, ends: ProgramEnds(), port: port)
        calls = unsafe CallService(stack: stack, streams: streams, sockets: sockets, port: port)
        try loop.add(port.raw, token: Token.requests.rawValue)
    }

    deinit {
        unsafe unlink(path)
        unsafe stack.deinitialize(count: 1)
        unsafe stack.deallocate()
    }

    /// Moves everything until nothing has happened for a few rounds of a millisecond each.
    func run(_ rounds: Int = 30) {
        for _ in 0..<rounds {
            now = now + .milliseconds(1)
            try? loop.wait(&ready, nanoseconds: 0)
            for index in 0..<ready.count { dispatch(ready[index]) }
            _ = unsafe stack.pointee.advance(to: now)
            handleEvents()
        }
    }

    private func dispatch(_ event: Ready) {
        switch Token(rawValue: event.token) {
        case .requests:
            while let event = port.next() {
                switch consume event {
                case .request(let received): calls.serve(received, loop: loop, now: now)
                case .gone(let client): streams.forget(client)
                case .pulse: break
                }
            }
        case .stream(let stream): streams.serve(stream, event, loop: loop, now: now)
        case .socket(let id): sockets.serve(id, event, loop: loop, now: now)
        default: break
        }
    }

    private func handleEvents() {
        while let event = unsafe stack.pointee.nextEvent() {
            switch event {
            case .streamConnected(let stream): streams.connected(stream, loop: loop, now: now)
            case .streamAcceptable(let stream): streams.acceptable(stream, loop: loop, now: now)
            case .streamReadable(let stream): streams.readable(stream, loop: loop, now: now)
            case .streamWritable(let stream): streams.writable(stream, loop: loop, now: now)
            case .readable(let endpoint): sockets.deliver(endpoint, loop: loop)
            case .failed(let endpoint): sockets.fail(endpoint)
            default: break
            }
        }
    }

    // MARK: a program's side

    /// Sends a call; `answer` takes what comes of it.
    func begin(_ call: drydock_call, stack: UInt64? = nil) throws -> PendingCall {
        var call = call
        call.stack = stack ?? streams.ends.stack
        let connection = try UnixSocket.connect(path, deadline: Deadline(in: .seconds(5)))
        let body = unsafe withUnsafeBytes(of: &call) { unsafe Array($0) }
        let message = Envelope(.request, sequence: 1, bodyOctets: body.count).encoded + body
        #expect(try unsafe message.withUnsafeBytes { unsafe try UnixSocket.send(connection.raw, $0) })
        return PendingCall(connection: connection)
    }

    /// A call and its answer.
    func call(_ number: Int, _ socket: UInt32 = 0, _ fill: (inout drydock_call) -> Void = { _ in }) throws -> drydock_answer {
        var call = drydock_call()
        (call.call, call.socket) = (UInt32(number), socket)
        fill(&call)
        let pending = try begin(call)
        run(3)
        guard let answer = try pending.answer() else { throw Silence() }
        return answer.answer
    }

    /// Opens a socket of a family and type.
    func open(_ family: Int32 = AF_INET, _ type: __socket_type = SOCK_STREAM) throws -> ProgramSocket {
        var call = drydock_call()
        (call.call, call.a, call.b) = (UInt32(DRYDOCK_CALL_OPEN), family, Int32(type.rawValue))
        let pending = try begin(call)
        run(3)
        guard var answer = try pending.answer(), let descriptor = answer.descriptors.take() else { throw Silence() }
        return ProgramSocket(number: answer.answer.socket, descriptor: descriptor)
    }

    /// A listener on a port of 127.0.0.1.
    func listener(_ port: UInt16, backlog: Int32 = 8) throws -> ProgramSocket {
        let socket = try open()
        #expect(try call(DRYDOCK_CALL_BIND, socket.number) { $0.address = .loopback(port) }.error == 0)
        #expect(try call(DRYDOCK_CALL_LISTEN, socket.number) { $0.a = backlog }.error == 0)
        return socket
    }

    /// A connected pair of programs: who asked, and who accepted.
    func pair(_ port: UInt16 = 80) throws -> (client: ProgramSocket, server: ProgramSocket) {
        let listener = try listener(port), client = try open()
        let pending = try connect(client, port)
        run(10)
        #expect(try pending.answer()?.answer.error == 0)
        return (client, try #require(try listener.accept()))
    }

    func connect(_ socket: ProgramSocket, _ port: UInt16, flags: Int = DRYDOCK_CONNECT_WAIT, fill: Int = 0) throws -> PendingCall {
        var call = drydock_call()
        (call.call, call.socket, call.a, call.b, call.address) = (
            UInt32(DRYDOCK_CALL_CONNECT), socket.number, Int32(flags), Int32(fill), .loopback(port))
        return try begin(call)
    }
}

/// The stack did not answer, or not with a descriptor.
struct Silence: Error {}

/// A call on its way.
final class PendingCall {
    let connection: FileDescriptor
    init(connection: consuming FileDescriptor) { self.connection = connection }

    struct Answer: ~Copyable {
        var answer: drydock_answer
        var descriptors: ReceivedDescriptors
    }

    /// Nil as long as there is none.
    func answer() throws -> Answer? {
        var octets = [UInt8](repeating: 0, count: 1024), descriptors = ReceivedDescriptors()
        let received = try unsafe octets.withUnsafeMutableBytes { unsafe try UnixSocket.receive(connection.raw, into: $0, &descriptors) }
        guard let received else { return nil }
        try #require(received == DRYDOCK_ENVELOPE_OCTETS + MemoryLayout<drydock_answer>.size)
        var answer = drydock_answer()
        unsafe withUnsafeMutableBytes(of: &answer) { unsafe $0.copyBytes(from: octets[DRYDOCK_ENVELOPE_OCTETS..<received]) }
        return Answer(answer: answer, descriptors: descriptors)
    }
}

/// A socket as a program has it.
final class ProgramSocket {
    let number: UInt32
    /// -1 once it is closed.
    private(set) var raw: Int32
    init(number: UInt32, descriptor: consuming FileDescriptor) {
        self.number = number
        raw = descriptor.surrender()
    }

    deinit { close() }

    func close() {
        if raw >= 0 { _ = Glibc.close(raw) }
        raw = -1
    }
    func shutDown(_ how: Int) { _ = shutdown(raw, Int32(how)) }

    /// Octets that were taken.
    @discardableResult func write(_ octets: [UInt8]) -> Int { unsafe send(raw, octets, octets.count, Int32(MSG_DONTWAIT | MSG_NOSIGNAL)) }

    /// What is there; nil: nothing now; empty: the end.
    func read(_ most: Int = 1 << 20) -> [UInt8]? {
        var octets = [UInt8](repeating: 0, count: most)
        let count = unsafe recv(raw, &octets, most, Int32(MSG_DONTWAIT))
        return count < 0 ? nil : Array(octets[..<count])
    }

    /// What poll says at once.
    var events: Int32 {
        var one = pollfd(fd: raw, events: Int16(POLLIN | POLLOUT | 0x2000), revents: 0)
        return unsafe poll(&one, 1, 0) > 0 ? Int32(one.revents) : 0
    }

    /// The name of the stack's end.
    var peerName: String {
        var address = sockaddr_un(), length = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = unsafe withUnsafeMutablePointer(to: &address) { whole in
            unsafe whole.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe getpeername(raw, $0, &length) }
        }
        guard result == 0 else { return "" }
        return unsafe withUnsafeBytes(of: address.sun_path) { unsafe String(decoding: $0[1..<(Int(length) - 2)], as: UTF8.self) }
    }

    /// Takes a connection off a listener's end.
    func accept() throws -> ProgramSocket? { try acceptWithRecord()?.socket }

    func acceptWithRecord() throws -> (socket: ProgramSocket, record: drydock_arrival)? {
        var record = drydock_arrival(), descriptors = ReceivedDescriptors()
        let received = try unsafe withUnsafeMutableBytes(of: &record) { unsafe try UnixSocket.receive(raw, into: $0, &descriptors) }
        guard received == 64, record.magic == UInt32(DRYDOCK_ARRIVAL_MAGIC), let descriptor = descriptors.take() else { return nil }
        return (ProgramSocket(number: record.socket, descriptor: descriptor), record)
    }
}

extension drydock_address {
    static func loopback(_ port: UInt16) -> drydock_address {
        CallCodec.address(EndpointAddress(IPAddress(IPv4Address(0x7f00_0001)), port), isIPv6: false)
    }
}
