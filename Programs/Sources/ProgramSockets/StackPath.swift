import CProgram

/// Where a stack takes calls: the file `dev/socket/call` of its instance.
// SAFETY: `length` octets of `name` were copied from the caller's; nothing else is read.
@safe public struct StackPath: Sendable {
    private var name: [107 of UInt8]
    private let length: Int

    /// The environment variable that carries it.
    public static var variable: StaticString { "DRYDOCK_CALLS" }
    public static let longest = 107

    /// - Parameter path: ended by a zero. nil: none, an empty one, or one of more than 107 octets, which no socket can have.
    public init?(_ path: UnsafePointer<CChar>?) {
        guard let path = unsafe path else { return nil }
        name = .init(repeating: 0)
        var count = 0
        while unsafe path[count] != 0 {
            guard count < Self.longest else { return nil }
            name[count] = UInt8(bitPattern: unsafe path[count])
            count += 1
        }
        guard count > 0 else { return nil }
        length = count
    }

    /// - Returns: 0 or -errno.
    func connect(_ descriptor: Int32) -> Int32 {
        unsafe withUnsafeBytes(of: name) { unsafe program_connect_unix(descriptor, $0.baseAddress, UInt32(length)) }
    }
}
