internal import CLinux
internal import Glibc
internal import Host
internal import Messages
internal import netd

/// What a driver of the host's own network sits on while it is checked, and the other end of its wire.
final class HostPlace {
    private enum Kind { case pair, tap, theirs }

    /// Their names, where the check makes them: in a network of its own, which goes with this process.
    private static let near = "dut", far = "far"
    /// Octets of payload that a TAP interface's end in the kernel takes.
    private static let jumbo: Int32 = 9000

    private let kind: Kind
    private let interface: String
    let wire: HostWire

    /// - Parameter bus: `host:veth`, `host:tap`, `host:INTERFACE`.
    init(_ bus: String, wire text: String?, carrier: String?) throws(Failure) {
        let word = bus.split(separator: ":", maxSplits: 1).dropFirst().first.map(String.init) ?? ""
        guard !word.isEmpty else {
            throw Failure(.invalid, what: bus, why: "what the driver sits on is not said", fix: "choose host:veth, host:tap, or host: and the name of an interface")
        }
        kind = word == "veth" ? .pair : word == "tap" ? .tap : .theirs
        interface = kind == .theirs ? word : Self.near
        let other = kind == .pair ? Self.far : kind == .tap ? Self.near : try Self.named(text, bus)
        if kind != .theirs {
            guard text == nil else { throw Failure(.invalid, what: "--wire", why: "\(bus) has its own", fix: "leave it out, or name an interface of yours: host:INTERFACE") }
            guard clinux_own_network() == 0 else {
                throw Failure(.last, what: bus, why: "a network of the check's own cannot be made: \(Errno.last)", fix: "run it as root, or name an interface of yours: host:INTERFACE")
            }
        }
        wire = HostWire(interface: other, carrier: carrier, mtu: kind == .tap ? Self.jumbo : nil)
        if kind == .pair { try makePair() }
        // A wrong name is said at once.
        if kind == .theirs, other != interface { try wire.open() }
        wire.close()
    }

    private static func named(_ text: String?, _ bus: String) throws(Failure) -> String {
        guard let text, text.hasPrefix("packet:") else {
            throw Failure(.invalid, what: bus, why: "what is at the other end of its wire is not known", fix: "name an interface there, as in: --wire packet:eth1")
        }
        return String(text.dropFirst(7))
    }

    private func makePair() throws(Failure) {
        guard unsafe clinux_make_pair(Self.near, Self.far) == 0, unsafe clinux_interface_up(Self.near, 1) == 0 else {
            throw Failure(.last, what: "host:veth", why: "the pair of interfaces cannot be made: \(Errno.last)", fix: "see that this kernel has veth")
        }
    }

    /// The driver's options with the interface in front, as `mount -o` takes them.
    func options(_ rest: String) -> String { "ifname=\(interface)" + (rest.isEmpty ? "" : "," + rest) }

    /// Why the interface cannot be taken from under the driver; nil: it can.
    var keeps: String? { kind == .theirs ? "\(interface) is yours, and is not removed" : nil }
    /// Why the driver cannot find it gone before it begins; nil: it can.
    var makesItself: String? { kind == .tap ? "the driver makes its interface itself" : keeps }

    /// The interface is gone, as after `ip link delete`.
    func remove() throws(CaseFailure) {
        guard unsafe clinux_remove_interface(interface) == 0 else { throw CaseFailure("\(interface) cannot be removed: \(Errno.last)") }
    }

    /// Back after ``remove()``.
    func restore() throws(Failure) { if kind == .pair, unsafe if_nametoindex(interface) == 0 { try makePair() } }

    /// Frames that both ends of the wire lost and counted, since they were made. proc_pid_net(5)
    var lost: UInt64 {
        let table = FileSystem.text("/proc/self/net/dev") ?? ""
        return Set([interface, wire.interface]).reduce(0) { $0 + Self.lost(by: $1, in: table) }
    }

    /// - Parameter table: a line a device: octets, frames, errors, dropped, fifo and three more, received and then sent.
    static func lost(by interface: String, in table: String) -> UInt64 {
        for line in table.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1), numbers = parts.last?.split(separator: " ").compactMap { UInt64($0) } ?? []
            guard parts.count == 2, parts[0].drop(while: { $0 == " " }) == interface, numbers.count >= 13 else { continue }
            return [2, 3, 4, 10, 11, 12].reduce(0) { $0 + numbers[$1] }
        }
        return 0
    }
}

/// The other end of a host link: an interface that may come and go with the driver.
final class HostWire: Wire {
    let interface: String
    private let carrier: String?
    private let wanted: Int32?
    private var socket: PacketWire?
    private var index: UInt32 = 0
    /// Frames that the kernel would not take.
    private(set) var refused: UInt64 = 0

    /// - Parameter mtu: given to the interface each time it is there anew; nil: it keeps its own.
    init(interface: String, carrier: String?, mtu: Int32?) { (self.interface, self.carrier, wanted) = (interface, carrier, mtu) }

    var mtu: Int { socket?.mtu ?? 1500 }

    /// Takes hold of the interface as it is now.
    func open() throws(Failure) {
        let now = unsafe if_nametoindex(interface)
        if socket != nil, now == index { return }
        if let wanted { _ = unsafe clinux_set_interface_mtu(interface, wanted) }
        guard unsafe clinux_interface_up(interface, 1) == 0 else {
            throw Failure(.last, what: "wire packet:\(interface)", why: "the interface cannot be set up: \(Errno.last)", fix: "name an interface of this network namespace")
        }
        socket = nil
        socket = try PacketWire(interface: interface, carrier: carrier.flatMap(CarrierCommand.init))
        index = now
    }

    /// Lets go of the interface until the next attach.
    func close() { (socket, index) = (nil, 0) }

    func send(_ frame: [UInt8]) { if socket?.offer(frame) != true { refused += 1 } }
    func take() -> [[UInt8]] { socket?.take() ?? [] }
    func setCarrier(_ up: Bool) throws(CaseFailure) { try socket?.setCarrier(up) }
    func attached() throws(Failure) { try open() }
}
