/// The calls that name the network: those that a filter may notify of.
enum SocketCall: CaseIterable, Sendable {
    case socket, bind, connect, listen, accept, accept4, getsockname, getpeername, setsockopt, getsockopt, shutdown
    case sendto, recvfrom, sendmsg, recvmsg, sendmmsg, recvmmsg
}

/// A kind of machine, as a filter sees it.
///
/// - Source: the kernel's tables of system calls, and `linux/audit.h`.
struct Machine: Sendable {
    /// AUDIT_ARCH_….
    var architecture: UInt32
    private var numbers: [SocketCall: UInt32]
    /// Numbers with this bit set are another machine's in disguise (x32).
    var disguise: UInt32?
    /// The 32-bit machine whose programs this one runs too.
    var narrow: Narrow

    struct Narrow: Sendable {
        var architecture: UInt32
        var socket: UInt32
        /// The call that carries all others of sockets, of which 1 is socket(2).
        var any: UInt32?
    }

    func number(_ call: SocketCall) -> UInt32 { numbers[call]! }
    func call(_ number: Int32) -> SocketCall? { UInt32(exactly: number).flatMap { wanted in numbers.first { $0.value == wanted }?.key } }

    static let x86_64 = Machine(
        architecture: 0xc000_003e,
        numbers: [
            .socket: 41, .connect: 42, .accept: 43, .sendto: 44, .recvfrom: 45, .sendmsg: 46, .recvmsg: 47, .shutdown: 48, .bind: 49,
            .listen: 50, .getsockname: 51, .getpeername: 52, .setsockopt: 54, .getsockopt: 55, .accept4: 288, .recvmmsg: 299, .sendmmsg: 307,
        ],
        disguise: 0x4000_0000, narrow: Narrow(architecture: 0x4000_0003, socket: 359, any: 102))

    static let aarch64 = Machine(
        architecture: 0xc000_00b7,
        numbers: [
            .socket: 198, .bind: 200, .listen: 201, .accept: 202, .connect: 203, .getsockname: 204, .getpeername: 205, .sendto: 206,
            .recvfrom: 207, .setsockopt: 208, .getsockopt: 209, .shutdown: 210, .sendmsg: 211, .recvmsg: 212, .accept4: 242, .recvmmsg: 243,
            .sendmmsg: 269,
        ],
        disguise: nil, narrow: Narrow(architecture: 0x4000_0028, socket: 281, any: nil))

    /// - Returns: nil on a machine that is neither.
    static func of(architecture: UInt32) -> Machine? { [x86_64, aarch64].first { $0.architecture == architecture } }
}
