internal import CLinux
internal import Glibc
internal import Host

/// `tap:NAME`: a TAP device of this network namespace, so that the Linux kernel is the far side. It is made here, and
/// goes with the process or the cable, whatever happens to them.
final class TAPEnd: CableEnd {
    private let name: String
    private let device: FileDescriptor
    private var sender = FrameSender()
    private var buffer = [UInt8](repeating: 0, count: CableLimits.longestFrame + 1)
    /// Why the device no longer works; nil: it does.
    private var fault: String?

    init(name: String) throws(CableFailure) {
        self.name = name
        let opened = unsafe clinux_open_tap(name, O_NONBLOCK)
        guard opened >= 0 else { throw Self.failure(name, .last) }
        device = FileDescriptor(owning: opened)
        guard unsafe clinux_interface_up(name, 1) == 0 else {
            throw CableFailure("cable tap:\(name)", "cannot set the device up: \(Errno.last)", fix: "run as root, or in a user and network namespace of your own: unshare -Urn")
        }
    }

    private static func failure(_ name: String, _ why: Errno) -> CableFailure {
        let what = "cable tap:\(name)"
        switch why {
        case .notPermitted, .accessDenied:
            return CableFailure(what, "making a TAP device needs CAP_NET_ADMIN, and this process has not", fix: "run as root, or in a user and network namespace of your own: unshare -Urn")
        case .notFound, .noDevice, .noInterface:
            return CableFailure(what, "this machine has no /dev/net/tun", fix: "load the kernel's tun module (modprobe tun), or use another cable")
        case .busy:
            return CableFailure(what, "\(name) is in use by another process", fix: "use another name, or end that process")
        case .invalid:
            return CableFailure(what, "there is an interface \(name) that is no TAP device", fix: "use another name")
        default:
            return CableFailure(what, "\(why)", fix: "use another cable")
        }
    }

    var carrier: Bool { fault == nil }
    var counters: CableCounters { sender.counters }
    var state: String { fault.map { "\(name) is gone: \($0)" } ?? "TAP device \(name)" }
    var watched: [CableWatch] { fault == nil ? [CableWatch(device.raw, forWriting: sender.isWaiting)] : [] }

    func send(_ frame: RawSpan) {
        if !sender.send(frame, carrier: carrier, write) { breakDown(.last) }
    }

    private func write(_ frame: RawSpan) -> SendOutcome {
        let count = unsafe frame.withUnsafeBytes { unsafe Glibc.write(device.raw, $0.baseAddress, $0.count) }
        if count >= 0 { return .sent }
        switch Errno.last {
        case .again, .interrupted: return .full
        // The device was removed by name: ip link delete.
        case .badDescriptor, Errno(rawValue: EBADFD): return .broken
        // EIO: somebody set the interface down. EINVAL: a frame the kernel does not like.
        default: return .refused
        }
    }

    func service(now: UInt64, _ deliver: (RawSpan) -> Void) -> UInt64? {
        guard fault == nil else { return nil }
        if !sender.flush(write) { breakDown(.last) }
        for _ in 0..<CableLimits.burst {
            let raw = device.raw
            let count = unsafe buffer.withUnsafeMutableBytes { unsafe read(raw, $0.baseAddress, $0.count) }
            guard count >= 0 else {
                let why = Errno.last
                // EIO: the interface is down; it may come up again.
                if why != .again && why != .interrupted && why != .io { breakDown(why) }
                return nil
            }
            if sender.admit(count) { buffer.show(0..<count, deliver) }
        }
        return now
    }

    private func breakDown(_ why: Errno) {
        fault = "\(why)"
        sender.abandon()
    }

    func close() { sender.abandon() }
}
