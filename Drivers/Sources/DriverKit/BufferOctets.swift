// The few octets of a frame that a driver has to look at or to move itself.
extension Buffer {
    /// One octet of the frame part in this buffer; nil when it is not in it.
    @inlinable public func octet(_ index: Int) -> UInt8? {
        // SAFETY: `length` octets lie behind `data` while the driver holds the buffer.
        guard index >= 0, index < length, let data = unsafe data else { return nil }
        return unsafe data[index]
    }

    /// Adds `octets` of `block` from `offset` behind what is in the buffer. False: they do not fit, and nothing happened.
    @inlinable public mutating func append(from block: borrowing DMABlock, at offset: Int, octets: Int) -> Bool {
        guard octets >= 0, octets <= capacity &- length, let data = unsafe data else { return false }
        // SAFETY: `capacity` octets lie behind `data`; the block checks its own side.
        unsafe (UnsafeMutableRawPointer(data) + length).copyMemory(from: block.address(offset, octets), byteCount: octets)
        length &+= octets
        return true
    }
}
