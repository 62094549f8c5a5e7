import CCalls
import CProgram
import Foundation
import Glibc
import ProgramSockets
import Synchronization

/// What a stack says to one call.
struct Reply: Sendable {
    var error: Int32 = 0
    var value: Int32 = 0
    var data: [UInt8] = []
    var local = drydock_address()
    var peer = drydock_address()
    var descriptor: Int32 = -1
    /// Nothing is said at all.
    var isSilent = false

    static func refused(_ error: Int32) -> Reply { Reply(error: error) }
}

/// A stack's side of the contract at a Unix socket of the test's own: it notes each call, and answers as it is told.
final class FakeStack: Sendable {
    let path: String
    let number: UInt64
    private let listener: Int32
    private let answer: @Sendable (drydock_call) -> Reply
    private let heard = Mutex<[drydock_call]>([])
    private let isOver = Mutex(false)
    /// Ends that tests were given, closed with us.
    private let ends = Mutex<[Int32]>([])

    private static let counter = Mutex<UInt64>(0)

    init(_ answer: @escaping @Sendable (drydock_call) -> Reply = { _ in Reply() }) throws {
        self.answer = answer
        let count = Self.counter.withLock { $0 += 1; return $0 }
        number = UInt64(getpid()) << 32 | count
        path = "/tmp/drydock-fake-\(getpid())-\(count)"
        listener = socket(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue | SOCK_CLOEXEC.rawValue), 0)
        unsafe unlink(path)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let octets = Array(path.utf8)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { room in unsafe room.copyBytes(from: octets) }
        let bound = unsafe withUnsafeBytes(of: address) { unsafe program_bind(listener, $0.baseAddress, UInt32($0.count)) }
        guard bound == 0, listen(listener, 16) == 0 else { throw POSIXError(.EADDRINUSE) }
        Thread.detachNewThread { [self] in serve() }
    }

    /// Ends the service; each test does it.
    func close() {
        isOver.withLock { $0 = true }
        Glibc.shutdown(listener, Int32(SHUT_RDWR))
        unsafe unlink(path)
        for end in ends.withLock({ $0 }) { Glibc.close(end) }
    }

    var calls: [drydock_call] { heard.withLock { $0 } }
    var kinds: [Int] { calls.map { Int($0.call) } }

    var stackPath: StackPath { unsafe path.withCString { unsafe StackPath($0)! } }

    private func serve() {
        while !isOver.withLock({ $0 }) {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { break }
            speak(on: connection)
        }
        Glibc.close(listener)
    }

    /// One call on a connection; a silent one stays open until the end.
    private func speak(on connection: Int32) {
        var message = [UInt8](repeating: 0, count: 400)
        let count = unsafe recv(connection, &message, message.count, 0)
        guard count == 24 + MemoryLayout<drydock_call>.size else { Glibc.close(connection); return }
        let call = unsafe message.withUnsafeBytes { unsafe $0.loadUnaligned(fromByteOffset: 24, as: drydock_call.self) }
        heard.withLock { $0.append(call) }
        let reply = answer(call)
        if reply.isSilent { ends.withLock { $0.append(connection) }; return }
        send(reply, on: connection)
        Glibc.close(connection)
    }

    /// Answers the silent call that came last, once it has come; gives up after some seconds.
    func answerLate(_ reply: Reply) {
        for _ in 0..<5000 {
            guard let connection = ends.withLock({ $0.popLast() }) else {
                usleep(1000)
                continue
            }
            send(reply, on: connection)
            Glibc.close(connection)
            return
        }
    }

    private func send(_ reply: Reply, on connection: Int32) {
        var answer = drydock_answer()
        (answer.error, answer.value, answer.socket, answer.length) = (reply.error, reply.value, 7, UInt32(reply.data.count))
        (answer.local, answer.peer) = (reply.local, reply.peer)
        unsafe withUnsafeMutableBytes(of: &answer.data) { room in unsafe room.copyBytes(from: reply.data) }
        var envelope = [UInt8](repeating: 0, count: 24)
        envelope.replaceSubrange(0..<8, with: [0x44, 0x4f, 0x43, 0x4b, 1, 0, 2, reply.descriptor >= 0 ? 1 : 0])
        unsafe envelope.withUnsafeMutableBytes { unsafe $0.storeBytes(of: UInt32(MemoryLayout<drydock_answer>.size), toByteOffset: 16, as: UInt32.self) }
        let body = unsafe withUnsafeBytes(of: answer) { unsafe Array($0) }
        let octets = envelope + body
        Descriptors.send(octets, with: reply.descriptor, on: connection)
        if reply.descriptor >= 0 { Glibc.close(reply.descriptor) }
    }
}

/// A socket as the contract has it: the stack's end and the program's.
struct Pair {
    var stack: Int32
    var program: Int32

    /// - Parameter number: the socket's, in the name of the stack's end.
    init(_ stack: FakeStack, stream: Bool = true, number: UInt32 = 7) {
        var ends: [Int32] = [-1, -1]
        unsafe socketpair(AF_UNIX, Int32((stream ? SOCK_STREAM : SOCK_SEQPACKET).rawValue | SOCK_CLOEXEC.rawValue), 0, &ends)
        (self.stack, program) = (ends[0], ends[1])
        Pair.name(self.stack, "drydock/\(Pair.digits(stack.number, 16))/\(Pair.digits(UInt64(number), 8))")
    }

    static func digits(_ value: UInt64, _ count: Int) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: count - text.count) + text
    }

    static func name(_ end: Int32, _ name: String) {
        var address: [UInt8] = [UInt8(AF_UNIX), 0, 0] + Array(name.utf8)
        let outcome = unsafe program_bind(end, &address, UInt32(address.count))
        precondition(outcome == 0, "the name \(name) is taken")
    }

    func close() {
        Glibc.close(stack)
        Glibc.close(program)
    }

    /// What the program's side notes of its end.
    func mark(_ mark: Int) {
        var value = Int32(mark)
        _ = unsafe setsockopt(program, SOL_SOCKET, SO_PRIORITY, &value, 4)
    }

    var socket: ProgramSocket { ProgramSocket(program)! }
}

/// Messages with a descriptor in them.
enum Descriptors {
    static func send(_ octets: [UInt8], with descriptor: Int32, on socket: Int32) {
        var octets = octets
        // cmsghdr of 16 octets and the number, padded to 24.
        var control = [UInt8](repeating: 0, count: 24)
        unsafe control.withUnsafeMutableBytes { room in
            unsafe room.storeBytes(of: 20, as: Int.self)
            unsafe room.storeBytes(of: Int32(SOL_SOCKET), toByteOffset: 8, as: Int32.self)
            unsafe room.storeBytes(of: Int32(1), toByteOffset: 12, as: Int32.self)
            unsafe room.storeBytes(of: descriptor, toByteOffset: 16, as: Int32.self)
        }
        unsafe octets.withUnsafeMutableBytes { body in
            unsafe control.withUnsafeMutableBytes { control in
                var piece = unsafe iovec(iov_base: body.baseAddress, iov_len: body.count)
                unsafe withUnsafeMutablePointer(to: &piece) { piece in
                    var message = unsafe msghdr()
                    unsafe (message.msg_iov, message.msg_iovlen) = (piece, 1)
                    if descriptor >= 0 { unsafe (message.msg_control, message.msg_controllen) = (control.baseAddress, 24) }
                    _ = unsafe sendmsg(socket, &message, Int32(MSG_NOSIGNAL))
                }
            }
        }
    }
}

/// Addresses of both kinds in both forms.
enum Sample {
    /// 192.0.2.1:80 as a sockaddr_in.
    static let octets: [UInt8] = [2, 0, 0, 80, 192, 0, 2, 1] + [UInt8](repeating: 0, count: 8)
    /// [2001:db8::1%3]:443 as a sockaddr_in6.
    static let octets6: [UInt8] = [10, 0, 1, 187, 0, 0, 0, 0, 0x20, 1, 0xd, 0xb8] + [UInt8](repeating: 0, count: 11) + [1, 3, 0, 0, 0]

    static func address(_ a: UInt8 = 192, _ b: UInt8 = 0, _ c: UInt8 = 2, _ d: UInt8 = 1, port: UInt16 = 80) -> drydock_address {
        var out = drydock_address()
        (out.family, out.port) = (2, port)
        (out.octets.0, out.octets.1, out.octets.2, out.octets.3) = (a, b, c, d)
        return out
    }
}

extension drydock_address {
    var all: [UInt8] { unsafe withUnsafeBytes(of: octets) { unsafe Array($0) } }
}
