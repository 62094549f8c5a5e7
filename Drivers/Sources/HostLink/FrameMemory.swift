public import DriverKit

/// The octets of buffers: where links copy frames from and to, and the only place of theirs that does.
// SAFETY: a driver holds the buffer while it calls these (contract: `capacity` octets from `data` are in the slot); every
// length is cut to the buffer's capacity before it is used.
extension Buffer {
    /// Octets that may be read or written, for the frame's `octets`.
    @inline(__always) private func within(_ octets: Int) -> Int { min(max(octets, 0), capacity) }

    /// Where the frame goes to, as one number with octet 0 in the lowest bits; 0 when it is shorter than an Ethernet header.
    @inline(__always) public var destination: UInt64 {
        guard length >= 14, capacity >= 14, let data = unsafe data else { return 0 }
        return unsafe HardwareAddress.number(at: data)
    }

    /// 4 or 6: the version in the first octet behind the Ethernet header; 0 when there is none.
    @inline(__always) public var ipVersion: UInt8 {
        guard length > 14, capacity > 14, let data = unsafe data else { return 0 }
        return unsafe data[14] >> 4
    }

    /// Copies `octets` from the frame to `target`. Returns how many.
    @inline(__always) @discardableResult public func copy(to target: UnsafeMutableRawPointer, octets: Int) -> Int {
        guard let data = unsafe data else { return 0 }
        let count = within(octets)
        unsafe target.copyMemory(from: data, byteCount: count)
        return count
    }

    /// Copies the whole frame with its tag put in behind the two addresses. Returns the octets. IEEE 802.1Q §9.3
    /// - Precondition: 12 octets at least, and room for four more at the target.
    @inline(__always) public func copyTagged(to target: UnsafeMutableRawPointer) -> Int {
        guard let data = unsafe data, length >= 12, length <= capacity else { return 0 }
        unsafe target.copyMemory(from: data, byteCount: 12)
        unsafe target.storeBytes(of: UInt16(0x8100).bigEndian, toByteOffset: 12, as: UInt16.self)
        unsafe target.storeBytes(of: vlan.bigEndian, toByteOffset: 14, as: UInt16.self)
        unsafe (target + 16).copyMemory(from: data + 12, byteCount: length &- 12)
        return length &+ 4
    }

    /// Copies `octets` from `source` with `tag` put in behind the two addresses. Returns the octets of the frame then; 0: it did not fit.
    /// IEEE 802.1Q §9.3
    @inline(__always) @discardableResult public mutating func fill(from source: UnsafeRawPointer, octets: Int, tag: UInt16) -> Int {
        guard let data = unsafe data, octets >= 12, octets &+ 4 <= capacity else { return 0 }
        let to = UnsafeMutableRawPointer(data)
        unsafe to.copyMemory(from: source, byteCount: 12)
        unsafe to.storeBytes(of: UInt16(0x8100).bigEndian, toByteOffset: 12, as: UInt16.self)
        unsafe to.storeBytes(of: tag.bigEndian, toByteOffset: 14, as: UInt16.self)
        unsafe (to + 16).copyMemory(from: source + 12, byteCount: octets &- 12)
        length = octets &+ 4
        return length
    }

    /// Copies `octets` from `source` into the buffer and makes them its frame. Returns how many fitted.
    @inline(__always) @discardableResult public mutating func fill(from source: UnsafeRawPointer, octets: Int) -> Int {
        guard let data = unsafe data else { return 0 }
        let count = within(octets)
        unsafe UnsafeMutableRawPointer(data).copyMemory(from: source, byteCount: count)
        length = count
        return count
    }
}

extension HardwareAddress {
    /// The address at a frame's first octet as one number, octet 0 in the lowest bits.
    ///
    /// - Precondition: eight octets may be read there.
    @inline(__always) public static func number(at frame: UnsafePointer<UInt8>) -> UInt64 {
        // SAFETY: the caller's frame has an Ethernet header, 14 octets, at least.
        unsafe UnsafeRawPointer(frame).loadUnaligned(as: UInt64.self) & 0xFFFF_FFFF_FFFF
    }
}
