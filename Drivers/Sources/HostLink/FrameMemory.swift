public import DriverKit

/// The octets of buffers: where links copy frames from and to, and the only place of theirs that does.
// SAFETY: a driver holds the buffer while it calls these (contract: `capacity` octets from `data` are in the slot); every
// length is cut to the buffer's capacity before it is used.
extension Buffer {
    /// Octets that may be read or written, for the frame's `octets`.
    @inline(__always) private func within(_ octets: Int) -> Int { min(max(octets, 0), capacity) }

    /// The first two octets, as they lie in memory; 0 when there are not so many.
    @inline(__always) public var firstOctets: UInt16 {
        guard length >= 2, capacity >= 2, let data = unsafe data else { return 0 }
        return unsafe UnsafeRawPointer(data).loadUnaligned(as: UInt16.self)
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

    /// Copies `octets` from `source` into the buffer and makes them its frame. Returns how many fitted.
    @inline(__always) @discardableResult public mutating func fill(from source: UnsafeRawPointer, octets: Int) -> Int {
        guard let data = unsafe data else { return 0 }
        let count = within(octets)
        unsafe UnsafeMutableRawPointer(data).copyMemory(from: source, byteCount: count)
        length = count
        return count
    }
}
