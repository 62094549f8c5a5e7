internal import CLinux
internal import Glibc
internal import Host
internal import Messages

/// An interface of this network namespace: the other NIC of a guest, the other end of a veth pair.
final class PacketWire: Wire {
    private let socket: FileDescriptor
    private let interface: String
    private let carrier: CarrierCommand?
    /// Whether the kernel joined received segments into larger ones: not while a wire is to tell what came.
    private let joined: Bool
    let mtu: Int
    private var buffer = [UInt8](repeating: 0, count: 65536)

    init(interface: String, carrier: CarrierCommand?) throws(Failure) {
        (self.interface, self.carrier) = (interface, carrier)
        let raw = unsafe clinux_open_packet(interface)
        guard raw >= 0 else {
            throw Failure(.last, what: "wire packet:\(interface)", why: "\(Errno.last)", fix: "name an interface of this network namespace; a packet socket needs CAP_NET_RAW")
        }
        socket = FileDescriptor(owning: raw)
        mtu = Int(unsafe clinux_interface_mtu(interface))
        joined = unsafe clinux_interface_joins(interface, 0) == 1
    }

    deinit { if joined { _ = unsafe clinux_interface_joins(interface, 1) } }

    func send(_ frame: [UInt8]) { _ = offer(frame) }

    /// - Returns: whether the kernel took the frame.
    func offer(_ frame: [UInt8]) -> Bool { unsafe clinux_send_frame(socket.raw, frame, frame.count) >= 0 }

    func take() -> [[UInt8]] {
        var frames: [[UInt8]] = [], putOff = clinux_put_off()
        while frames.count < 256 {
            let count = unsafe clinux_receive_frame(socket.raw, &buffer, buffer.count, &putOff)
            guard count > 0 else { return frames }
            frames += Unfinished(octets: Array(buffer[..<count]), putOff: putOff).onTheWire
        }
        return frames
    }

    func setCarrier(_ up: Bool) throws(CaseFailure) {
        if let carrier { return try carrier.run(up) }
        guard unsafe clinux_interface_up(interface, up ? 1 : 0) == 0 else { throw CaseFailure("\(interface) cannot be set \(up ? "up" : "down"): \(Errno.last)") }
    }
}

/// A program that makes and breaks the device's link: what a switch's or a machine's own interface to it takes.
struct CarrierCommand {
    /// The program and its first arguments; `up` or `down` comes behind them.
    let words: [String]
    static let time = Duration.seconds(10)

    /// - Parameter text: words between spaces. Nil: there are none.
    init?(_ text: String) {
        words = text.split(separator: " ").map(String.init)
        if words.isEmpty { return nil }
    }

    /// - Throws: when it fails, or does not end in 10 s.
    func run(_ up: Bool) throws(CaseFailure) {
        let ending: Ending
        do {
            let child = try Spawn.start(words[0], arguments: words + [up ? "up" : "down"], descriptors: [-1, -1, -1])
            if !child.waitForEnd(Deadline(in: Self.time)) { try? child.signal(.kill) }
            _ = child.waitForEnd(Deadline(in: .seconds(2)))
            ending = child.reap() ?? .unknown
        } catch { throw CaseFailure("\(words[0]) cannot be started: \(error)") }
        guard ending == .exited(0) else { throw CaseFailure("\(words[0]), which sets the carrier, ended with \(ending)") }
    }
}
