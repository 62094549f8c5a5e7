internal import Cables
internal import CLinux
internal import Glibc
internal import Host
internal import Messages

/// The far end of the device's wire, in the checker's hands. Nothing blocks.
protocol Wire: AnyObject {
    func send(_ frame: [UInt8])
    /// Frames that came since the last time.
    func take() -> [[UInt8]]
    /// The carrier as the device sees it.
    func setCarrier(_ up: Bool) throws(CaseFailure)
}

/// A cable to a NIC process.
final class CableWire: Wire {
    private let cable: Cable
    private let link: (Bool) throws(Failure) -> Void

    /// - Parameter link: holds the NIC's carrier down, or lets go.
    init(to nic: String, directory: RuntimeDirectory, link: @escaping (Bool) throws(Failure) -> Void) throws(Failure) {
        cable = Cable(site: CableSite(name: "checker", directory: directory) { _ in })
        self.link = link
        do throws(CableFailure) { try cable.plug(try CableSpecification("nic:\(nic)")) } catch {
            throw Failure(.invalid, what: error.what, why: error.why, fix: error.fix)
        }
    }

    func send(_ frame: [UInt8]) { unsafe cable.send(frame.span.bytes, now: MonotonicClock.now()) }

    func take() -> [[UInt8]] {
        var frames: [[UInt8]] = []
        _ = cable.service(now: MonotonicClock.now()) { frame in frames.append(unsafe frame.withUnsafeBytes { unsafe Array($0) }) }
        return frames
    }

    var isConnected: Bool { cable.carrier }

    func setCarrier(_ up: Bool) throws(CaseFailure) {
        do { try link(up) } catch { throw CaseFailure(error.description) }
    }

    deinit { cable.close() }
}

/// An interface of this network namespace: the other NIC of a guest, the other end of a veth pair.
final class PacketWire: Wire {
    private let socket: FileDescriptor
    private let interface: String
    private var buffer = [UInt8](repeating: 0, count: 65536)

    init(interface: String) throws(Failure) {
        self.interface = interface
        let raw = unsafe clinux_open_packet(interface)
        guard raw >= 0 else {
            throw Failure(.last, what: "wire packet:\(interface)", why: "\(Errno.last)", fix: "name an interface of this network namespace; a packet socket needs CAP_NET_RAW")
        }
        socket = FileDescriptor(owning: raw)
    }

    func send(_ frame: [UInt8]) { _ = unsafe Glibc.send(socket.raw, frame, frame.count, Int32(MSG_DONTWAIT)) }

    func take() -> [[UInt8]] {
        var frames: [[UInt8]] = []
        while frames.count < 256 {
            let count = unsafe recv(socket.raw, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            guard count > 0 else { return frames }
            frames.append(Array(buffer[..<count]))
        }
        return frames
    }

    func setCarrier(_ up: Bool) throws(CaseFailure) {
        guard unsafe clinux_interface_up(interface, up ? 1 : 0) == 0 else { throw CaseFailure("\(interface) cannot be set \(up ? "up" : "down"): \(Errno.last)") }
    }
}
