// Hardware, and so the contract, wants a frame to be cut with the pseudo header's sum without a length, and the IPv4 header without
// a sum. Linux, and a virtio device, want both of the whole frame. virtio 1.2 §5.1.6.2
extension Buffer {
    /// Makes the sums of the frame of `whole` octets that begins in this buffer those of the whole frame. Once: the length would be in
    /// the sum twice.
    ///
    /// - Precondition: all of its headers are in this buffer, and ``BufferFlags/segment`` is set.
    public func completeSums(whole: Int) {
        guard let data = unsafe data else { return }
        // SAFETY: `length` octets lie behind `data` while the driver holds the buffer; the headers are compared with it.
        unsafe completeSums(whole: whole, in: UnsafeMutableBufferPointer(start: data, count: min(length, capacity)))
    }

    /// The same in a copy of the headers.
    @unsafe public func completeSums(whole: Int, in headers: UnsafeMutableBufferPointer<UInt8>) {
        let field = Int(checksumStart) &+ Int(checksumOffset), ip = Int(ipStart), end = Int(ipEnd) &+ 1
        guard Int(headerOctets) <= headers.count, field &+ 2 <= headers.count else { return }
        unsafe put(sum(headers, field..<field &+ 2) &+ UInt32(truncatingIfNeeded: whole &- Int(checksumStart)), headers, field)
        guard flags.contains(.insertIP), ip &+ 20 <= end, end <= headers.count else { return }
        unsafe put(0, headers, ip &+ 10)
        unsafe put(~UInt32(folded(sum(headers, ip..<end))) & 0xFFFF, headers, ip &+ 10)
    }

    /// The ones' complement sum of the octets in `range`, not folded. RFC 1071
    private func sum(_ octets: UnsafeMutableBufferPointer<UInt8>, _ range: Range<Int>) -> UInt32 {
        var total: UInt32 = 0
        for at in range { total &+= unsafe (at &- range.lowerBound) & 1 == 0 ? UInt32(octets[at]) << 8 : UInt32(octets[at]) }
        return total
    }

    private func folded(_ sum: UInt32) -> UInt16 {
        let once = sum & 0xFFFF &+ sum >> 16
        return UInt16(truncatingIfNeeded: once & 0xFFFF &+ once >> 16)
    }

    private func put(_ sum: UInt32, _ octets: UnsafeMutableBufferPointer<UInt8>, _ at: Int) {
        let value = folded(sum)
        unsafe (octets[at], octets[at &+ 1]) = (UInt8(value >> 8), UInt8(value & 0xFF))
    }
}
