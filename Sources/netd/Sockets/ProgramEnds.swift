import Host

/// A socket just made: its number, and the end that goes to the program.
struct NewProgramSocket: ~Copyable {
    let number: UInt32
    let theirs: FileDescriptor
}

/// Makes the socket pairs that programs hold one end of, and names the stack's ends so that a program's side finds out whose
/// socket it has: `drydock_calls.h`.
struct ProgramEnds {
    /// Tells this stack's sockets from another's, and from those of its own earlier life.
    let stack: UInt64

    init() { stack = UInt64.random(in: 1...UInt64.max) }

    func make(_ kind: UnixSocket.Kind, number: UInt32) throws(SystemError) -> DescriptorPair {
        try UnixSocket.pair(kind, named: "drydock/\(Self.digits(stack, 16))/\(Self.digits(UInt64(number), 8))")
    }

    private static func digits(_ value: UInt64, _ count: Int) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: count - text.count) + text
    }
}
