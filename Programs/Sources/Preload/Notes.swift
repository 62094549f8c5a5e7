import CPreload
import CProgram
import ProgramSockets

/// What is noted of a descriptor: whose it is (two bits), and what its program wants beside datagrams.
///
/// A descriptor without a note is the kernel's. Nothing is asked of the kernel to find that out: programs lock themselves up
/// until they may not make a single call but read and write, and die of any other.
enum Owner: UInt8 { case kernel, stream, datagram }

enum Notes {
    private static let mask: UInt8 = 3
    /// Descriptors that a program is looked over for when it starts.
    private static let inherited: Int32 = 64

    @inline(__always) static func owner(_ descriptor: Int32) -> Owner { Owner(rawValue: preload_note(descriptor) & mask) ?? .kernel }

    /// Notes a descriptor that came from elsewhere: from before exec, or in a message.
    static func find(_ descriptor: Int32) {
        guard let socket = ProgramSocket(descriptor) else { return forget(descriptor) }
        set(descriptor, socket.kind == .stream ? .stream : .datagram)
    }

    static func findInherited() {
        for descriptor in 0..<inherited { find(descriptor) }
    }

    static func set(_ descriptor: Int32, _ owner: Owner) { preload_set_note(descriptor, owner.rawValue) }
    static func forget(_ descriptor: Int32) { preload_set_note(descriptor, 0) }
    static func copy(_ descriptor: Int32, to other: Int32) { preload_set_note(other, preload_note(descriptor)) }

    static func companions(_ descriptor: Int32) -> Companions { Companions(rawValue: preload_note(descriptor) >> 2) }
    static func set(_ descriptor: Int32, _ companions: Companions) {
        preload_set_note(descriptor, preload_note(descriptor) & mask | companions.rawValue << 2)
    }

    /// The stack's socket at `descriptor`, whatever was noted; nil: it is the kernel's.
    static func socket(_ descriptor: Int32) -> ProgramSocket? {
        guard unsafe preload_calls() != nil else { return nil }
        return ProgramSocket(descriptor)
    }
}

/// Where calls go. Only asked for where a descriptor was found to be a stack's, or is to become one.
var stackPath: StackPath? { unsafe StackPath(preload_calls()) }

/// A C function's result: -1 and errno where it failed.
@inline(__always) func result(_ value: Int) -> Int {
    guard value < 0 else { return value }
    program_set_errno(Int32(truncatingIfNeeded: -value))
    return -1
}

@inline(__always) func result(_ value: Int32) -> Int32 { Int32(truncatingIfNeeded: result(Int(value))) }

func result(_ outcome: Outcome) -> Int {
    switch outcome {
    case .done(let value): return value
    case .failed(let error): return result(-Int(error))
    // Where the kernel waits, nothing is left to be waited for.
    case .wait, .answer: return result(-Int(EAGAIN))
    }
}

func result32(_ outcome: Outcome) -> Int32 { Int32(truncatingIfNeeded: result(outcome)) }

/// When the library is loaded into a program that runs on a stack.
@c(preload_begin) public func preloadBegin() { Notes.findInherited() }
