import CCalls
import CProgram

/// A socket of a stack, as a descriptor in this process's table. What it is, is asked of the kernel each time: the
/// descriptor may be a duplicate, inherited or passed on.
public struct ProgramSocket: Sendable {
    public enum Kind: Sendable { case stream, datagram }

    public let descriptor: Int32
    /// The stack's number and the socket's.
    public let stack: UInt64
    public let number: UInt32

    /// - Returns: nil when it is no socket of a stack.
    public init?(_ descriptor: Int32) {
        guard Self.option(descriptor, Linux.domain) == Linux.unix else { return nil }
        var name = [110 of UInt8](repeating: 0), length = UInt32(110)
        let error = unsafe withUnsafeMutableBytes(of: &name) { unsafe program_peer_name(descriptor, $0.baseAddress, &length) }
        guard error == 0, let numbers = Self.read(name, Int(length)) else { return nil }
        self.descriptor = descriptor
        (stack, number) = numbers
    }

    /// The same socket under another number.
    init(_ descriptor: Int32, stack: UInt64, number: UInt32) { (self.descriptor, self.stack, self.number) = (descriptor, stack, number) }

    /// Octets of the address of a stack's end: two of family, a zero, `drydock/`, 16 digits, `/`, 8 digits.
    private static let octets = 36

    private static func read(_ name: [110 of UInt8], _ length: Int) -> (UInt64, UInt32)? {
        guard length == octets, name[2] == 0, name[27] == UInt8(ascii: "/") else { return nil }
        let word: StaticString = "drydock/"
        for index in 0..<8 { guard unsafe word.utf8Start[index] == name[3 + index] else { return nil } }
        guard let stack = digits(name, 11, 16), let number = digits(name, 28, 8) else { return nil }
        return (stack, UInt32(truncatingIfNeeded: number))
    }

    private static func digits(_ name: [110 of UInt8], _ start: Int, _ count: Int) -> UInt64? {
        var value: UInt64 = 0
        for index in start..<start + count {
            let digit: UInt8
            switch name[index] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = name[index] - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = name[index] - UInt8(ascii: "a") + 10
            default: return nil
            }
            value = value << 4 | UInt64(digit)
        }
        return value
    }

    /// Messages are datagrams; raw sockets count as such.
    public var kind: Kind { Self.option(descriptor, Linux.type) == Linux.stream ? .stream : .datagram }

    /// One of `DRYDOCK_MARK_…`.
    public var mark: Int32 { Self.option(descriptor, Linux.priority) }

    func setMark(_ mark: Int) {
        var value = Int32(mark)
        _ = unsafe program_set_option(descriptor, Linux.socket, Linux.priority, &value, 4)
    }

    /// Whether calls that have to wait fail instead (O_NONBLOCK).
    public var isNonBlocking: Bool { program_status(descriptor) & Linux.nonBlocking != 0 }

    /// An integer of the kernel's own socket; -1 when it is none.
    static func option(_ descriptor: Int32, _ name: Int32) -> Int32 {
        var value: Int32 = -1, length: UInt32 = 4
        return unsafe program_get_option(descriptor, Linux.socket, name, &value, &length) == 0 ? value : -1
    }

    /// A call about this socket.
    func call(_ kind: Int, a: Int32 = 0, b: Int32 = 0, c: Int32 = 0) -> drydock_call {
        var call = drydock_call()
        call.call = UInt32(kind)
        (call.a, call.b, call.c) = (a, b, c)
        (call.stack, call.socket) = (stack, number)
        return call
    }

    /// Asks, where the answer says no more than whether it went well.
    ///
    /// - Parameter over: what it comes to when the stack has closed this socket: both directions of its connection had ended,
    ///   or the stack is another by now. The descriptor is still the program's, and must not be called a bad one.
    func ask(_ path: borrowing StackPath, _ call: drydock_call, over: Outcome = .failed(EINVAL)) -> Outcome {
        switch Call.ask(path, call) {
        case .failed(let error): return .failed(error)
        case .answer(let answer, let descriptor):
            if descriptor >= 0 { _ = program_close(descriptor) }
            if answer.error == EBADF { return over }
            return answer.error == 0 ? .done(0) : .failed(answer.error)
        }
    }

    /// What `operation` that would have to wait comes to: the caller's wait, or EAGAIN.
    func wouldBlock(_ events: Int16, flags: Int32) -> Outcome {
        flags & Linux.dontWait != 0 || isNonBlocking ? .failed(EAGAIN) : .wait(descriptor: descriptor, events: events)
    }
}
