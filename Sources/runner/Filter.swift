internal import CCalls
internal import Glibc

/// An instruction of the kernel's classic packet filter.
///
/// - Source: Linux, Documentation/networking/filter.rst; `linux/bpf_common.h`.
struct FilterInstruction: Equatable, Sendable {
    var code: UInt16
    /// Instructions to skip when a comparison holds, and when it does not.
    var then: UInt8 = 0, otherwise: UInt8 = 0
    var operand: UInt32

    /// Load a word of `seccomp_data`; compare with the operand; end with the operand.
    static let load: UInt16 = 0x20, ifEqual: UInt16 = 0x15, ifAtLeast: UInt16 = 0x35, end: UInt16 = 0x06
}

/// Which system calls of a program wait for an answer of ours, and which the kernel does as ever.
///
/// - Source: seccomp(2), seccomp_unotify(2).
enum Filter {
    /// What a filter says of a call.
    static let allow: UInt32 = 0x7fff_0000, notify: UInt32 = 0x7fc0_0000, refuse: UInt32 = 0x0005_0000

    /// Octets into `seccomp_data`.
    static let numberOffset: UInt32 = 0, architectureOffset: UInt32 = 4
    static func low(_ argument: UInt32) -> UInt32 { 16 + 8 * argument }
    static func high(_ argument: UInt32) -> UInt32 { low(argument) + 4 }

    /// The filter for `machine`.
    ///
    /// Calls of a 32-bit program cannot be served: its sockets of the internet families are refused, so that none of them
    /// quietly reaches the host's network.
    static func instructions(for machine: Machine) -> [FilterInstruction] {
        var filter = Assembly()
        filter.load(architectureOffset)
        filter.compare(FilterInstruction.ifEqual, machine.architecture, otherwise: .narrow)
        filter.load(numberOffset)
        if let disguise = machine.disguise { filter.compare(FilterInstruction.ifAtLeast, disguise, then: .unknown) }
        for call in SocketCall.allCases { filter.compare(FilterInstruction.ifEqual, machine.number(call), then: place(of: call)) }
        filter.end(allow)
        socket(&filter)
        addressed(&filter)
        unlessPassed(&filter)
        narrow(machine.narrow, &filter)
        filter.mark(.allowed)
        filter.end(allow)
        filter.mark(.unknown)
        filter.end(refuse | UInt32(ENOSYS))
        filter.mark(.unsupported)
        filter.end(refuse | UInt32(EAFNOSUPPORT))
        return filter.resolved()
    }

    private static func place(of call: SocketCall) -> Assembly.Place {
        switch call {
        case .socket: .socket
        case .sendto, .recvfrom: .address
        default: .unlessPassed
        }
    }

    /// Sockets of the internet families only.
    private static func socket(_ filter: inout Assembly) {
        filter.mark(.socket)
        filter.load(low(0))
        filter.compare(FilterInstruction.ifEqual, 2, then: .unlessPassed)
        filter.compare(FilterInstruction.ifEqual, 10, then: .unlessPassed)
        filter.end(allow)
    }

    /// send and recv are read and write, and the kernel's; with an address they are ours.
    private static func addressed(_ filter: inout Assembly) {
        filter.mark(.address)
        filter.load(low(4))
        filter.compare(FilterInstruction.ifEqual, 0, otherwise: .notified)
        filter.load(high(4))
        filter.compare(FilterInstruction.ifEqual, 0, then: .allowed, otherwise: .notified)
    }

    /// The preload library's own calls say so in their sixth argument.
    private static func unlessPassed(_ filter: inout Assembly) {
        filter.mark(.unlessPassed)
        filter.load(low(5))
        filter.compare(FilterInstruction.ifEqual, UInt32(truncatingIfNeeded: DRYDOCK_PASS), otherwise: .notified)
        filter.load(high(5))
        filter.compare(FilterInstruction.ifEqual, UInt32(truncatingIfNeeded: DRYDOCK_PASS >> 32), then: .allowed)
        filter.mark(.notified)
        filter.end(notify)
    }

    private static func narrow(_ machine: Machine.Narrow, _ filter: inout Assembly) {
        filter.mark(.narrow)
        filter.compare(FilterInstruction.ifEqual, machine.architecture, otherwise: .unknown)
        filter.load(numberOffset)
        filter.compare(FilterInstruction.ifEqual, machine.socket, then: .narrowSocket)
        if let any = machine.any { filter.compare(FilterInstruction.ifEqual, any, otherwise: .allowed) } else { filter.end(allow) }
        // The family is behind a pointer, which a filter cannot follow.
        if machine.any != nil {
            filter.load(low(0))
            filter.compare(FilterInstruction.ifEqual, 1, then: .unsupported, otherwise: .allowed)
        }
        filter.mark(.narrowSocket)
        filter.load(low(0))
        filter.compare(FilterInstruction.ifEqual, 2, then: .unsupported)
        filter.compare(FilterInstruction.ifEqual, 10, then: .unsupported, otherwise: .allowed)
    }
}

/// Instructions whose jumps go to places by name, forwards only.
private struct Assembly {
    enum Place: Hashable { case socket, address, unlessPassed, notified, narrow, narrowSocket, allowed, unknown, unsupported }

    private var instructions: [FilterInstruction] = []
    private var jumps: [(at: Int, then: Place?, otherwise: Place?)] = []
    private var places: [Place: Int] = [:]

    mutating func load(_ offset: UInt32) { instructions.append(FilterInstruction(code: FilterInstruction.load, operand: offset)) }
    mutating func end(_ verdict: UInt32) { instructions.append(FilterInstruction(code: FilterInstruction.end, operand: verdict)) }
    mutating func mark(_ place: Place) { places[place] = instructions.count }

    /// - Parameter then, otherwise: nil goes on with the next instruction.
    mutating func compare(_ code: UInt16, _ operand: UInt32, then: Place? = nil, otherwise: Place? = nil) {
        jumps.append((instructions.count, then, otherwise))
        instructions.append(FilterInstruction(code: code, operand: operand))
    }

    func resolved() -> [FilterInstruction] {
        var out = instructions
        for jump in jumps {
            func distance(_ place: Place?) -> UInt8 { place.map { UInt8(places[$0]! - jump.at - 1) } ?? 0 }
            out[jump.at].then = distance(jump.then)
            out[jump.at].otherwise = distance(jump.otherwise)
        }
        return out
    }
}
