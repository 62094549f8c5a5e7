internal import Cables
internal import Host
internal import Messages

/// The far end of the device's wire, in the checker's hands. Nothing blocks.
protocol Wire: AnyObject {
    func send(_ frame: [UInt8])
    /// Frames that came since the last time.
    func take() -> [[UInt8]]
    /// The carrier as the device sees it.
    func setCarrier(_ up: Bool) throws(CaseFailure)
    /// Octets that fit into a frame behind its 14 of header.
    var mtu: Int { get }
    /// A driver has just been attached: an interface that came with it is there now.
    func attached() throws(Failure)
}

extension Wire {
    func attached() {}
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
    var mtu: Int { 9000 }

    func setCarrier(_ up: Bool) throws(CaseFailure) {
        do { try link(up) } catch { throw CaseFailure(error.description) }
    }

    deinit { cable.close() }
}
