import CCalls
import CProgram

/// What travels beside a datagram in a message's control part: a row of `struct cmsghdr` and value, each aligned to 8.
enum Control {
    /// Octets of a cmsghdr: its length (8), level (4) and kind (4).
    static let head = 16

    /// Rows as a receiver gets them.
    // SAFETY: `room` octets at `start` are the caller's; every write is below `used`, which stays below `room`.
    @safe struct Writer {
        private let start: UnsafeMutableRawPointer?
        private let room: Int
        private(set) var used = 0
        private(set) var isCut = false

        init(_ start: UnsafeMutableRawPointer?, room: Int) {
            unsafe self.start = start
            self.room = unsafe start == nil ? 0 : room
        }

        mutating func put<Value: BitwiseCopyable>(_ level: Int32, _ kind: Int32, _ value: Value) {
            let octets = Control.head + MemoryLayout<Value>.size
            guard let start = unsafe start, used + octets <= room else {
                isCut = true
                return
            }
            unsafe start.storeBytes(of: octets, toByteOffset: used, as: Int.self)
            unsafe start.storeBytes(of: level, toByteOffset: used + 8, as: Int32.self)
            unsafe start.storeBytes(of: kind, toByteOffset: used + 12, as: Int32.self)
            unsafe start.storeBytes(of: value, toByteOffset: used + Control.head, as: Value.self)
            used = min(room, (used + octets + 7) & ~7)
        }
    }

    /// Applies what a sender wants for one datagram.
    ///
    /// - Returns: nil, or the errno of a refusal.
    static func read(_ start: UnsafeRawPointer?, _ length: Int, into header: inout drydock_datagram) -> Int32? {
        guard let start = unsafe start else { return length == 0 ? nil : EFAULT }
        var at = 0
        while at + head <= length {
            // SAFETY: below `length`, which the caller says is readable; the row's own length is checked before its value is read.
            let octets = unsafe start.loadUnaligned(fromByteOffset: at, as: Int.self)
            guard octets >= head, octets <= length - at else { return EINVAL }
            let level = unsafe start.loadUnaligned(fromByteOffset: at + 8, as: Int32.self)
            let kind = unsafe start.loadUnaligned(fromByteOffset: at + 12, as: Int32.self)
            let value = unsafe UnsafeRawBufferPointer(start: start + at + head, count: octets - head)
            if let error = unsafe apply(level, kind, value, &header) { return error }
            at += (octets + 7) & ~7
        }
        return nil
    }

    private static func apply(_ level: Int32, _ kind: Int32, _ value: UnsafeRawBufferPointer, _ header: inout drydock_datagram) -> Int32? {
        // The kernel's own business, as SCM_TIMESTAMPING is: what it does not know of level socket it refuses.
        guard level == Linux.ip || level == Linux.ipv6 else { return level == Linux.socket ? EINVAL : nil }
        guard value.count >= (kind == Linux.typeOfService && level == Linux.ip ? 1 : 4) else { return EINVAL }
        switch (level, kind) {
        case (Linux.ip, Linux.packetInfo):
            header.interface = unsafe value.loadUnaligned(as: UInt32.self)
            if value.count >= 8 { header.local_high = UInt64(UInt32(bigEndian: unsafe value.loadUnaligned(fromByteOffset: 4, as: UInt32.self))) }
        case (Linux.ipv6, Linux.packetInfo6):
            guard value.count >= 20 else { return EINVAL }
            header.interface = unsafe value.loadUnaligned(fromByteOffset: 16, as: UInt32.self)
            header.local_high = UInt64(bigEndian: unsafe value.loadUnaligned(as: UInt64.self))
            header.local_low = UInt64(bigEndian: unsafe value.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        case (Linux.ip, Linux.timeToLive), (Linux.ipv6, Linux.hopLimit):
            let hops = unsafe value.loadUnaligned(as: Int32.self)
            guard hops >= -1, hops <= 255, hops != 0 || level == Linux.ipv6 else { return EINVAL }
            header.hop_limit = UInt8(max(hops, 0))
        case (Linux.ip, Linux.typeOfService):
            header.type_of_service = unsafe value.load(as: UInt8.self)
        case (Linux.ipv6, Linux.trafficClass):
            let wanted = unsafe value.loadUnaligned(as: Int32.self)
            guard wanted >= -1, wanted <= 255 else { return EINVAL }
            header.type_of_service = UInt8(max(wanted, 0))
        default: return EINVAL
        }
        return nil
    }
}
