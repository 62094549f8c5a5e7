// The few octets of a frame that a driver has to look at or to move itself.
extension Buffer {
    /// One octet of the frame part in this buffer; nil when it is not in it.
    @inlinable public func octet(_ index: Int) -> UInt8? {
        // SAFETY: `length` octets lie behind `data` while the driver holds the buffer.
        guard index >= 0, index < length, let data = unsafe data else { return nil }
        return unsafe data[index]
    }

    /// Eight octets of what a device has written into the buffer, the first the lowest; zero when they are not in it.
    @inlinable public func load64(_ offset: Int) -> UInt64 {
        // SAFETY: `capacity` octets lie behind `data` while the driver holds the buffer.
        guard offset >= 0, offset <= capacity &- 8, let data = unsafe data else { return 0 }
        return unsafe UInt64(littleEndian: UnsafeRawPointer(data).loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
}
