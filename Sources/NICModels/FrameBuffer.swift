/// One frame while the device works on it: fixed capacity, no allocation after creation.
struct FrameBuffer {
    /// Octets: the longest frame that the family receives (16 384) with room for a tag and a frame check sequence.
    static let capacity = 16_384 + 8

    private var storage = [UInt8](repeating: 0, count: Self.capacity)
    private(set) var count = 0

    var room: Int { Self.capacity - count }

    subscript(index: Int) -> UInt8 {
        get { storage[index] }
        set { storage[index] = newValue }
    }

    mutating func clear() { count = 0 }

    /// Keeps the first `length` octets.
    mutating func truncate(to length: Int) { count = min(count, max(0, length)) }

    /// False, and nothing appended, when `octets` do not fit.
    mutating func append(_ octets: UnsafeRawBufferPointer) -> Bool {
        guard octets.count <= room else { return false }
        guard octets.count > 0 else { return true }
        let start = count
        unsafe storage.withUnsafeMutableBytes { target in
            // SAFETY: start + octets.count is within capacity, checked above; the two do not overlap.
            unsafe (target.baseAddress! + start).copyMemory(from: octets.baseAddress!, byteCount: octets.count)
        }
        count += octets.count
        return true
    }

    mutating func append(_ octet: UInt8) {
        guard room > 0 else { return }
        storage[count] = octet
        count += 1
    }

    /// Zeros up to `length` octets.
    mutating func pad(to length: Int) {
        while count < min(length, Self.capacity) { append(0) }
    }

    /// Makes room for `octets` at `position`; what is behind moves back.
    mutating func insert(_ octets: [4 of UInt8], at position: Int) {
        guard room >= 4, position <= count else { return }
        var index = count
        while index > position {
            index -= 1
            storage[index + 4] = storage[index]
        }
        for index in 0..<4 { storage[position + index] = octets[index] }
        count += 4
    }

    /// Takes out four octets at `position`; what is behind moves forward.
    mutating func removeFour(at position: Int) {
        guard position + 4 <= count else { return }
        for index in (position + 4)..<count { storage[index - 4] = storage[index] }
        count -= 4
    }

    /// Two octets, most significant first; 0 beyond the end.
    func load16(_ offset: Int) -> UInt16 {
        guard offset >= 0, offset + 2 <= count else { return 0 }
        return UInt16(storage[offset]) << 8 | UInt16(storage[offset + 1])
    }

    /// Most significant octet first; ignored beyond the end.
    mutating func store16(_ value: UInt16, _ offset: Int) {
        guard offset >= 0, offset + 2 <= count else { return }
        storage[offset] = UInt8(value >> 8)
        storage[offset + 1] = UInt8(truncatingIfNeeded: value)
    }

    func load32(_ offset: Int) -> UInt32 { UInt32(load16(offset)) << 16 | UInt32(load16(offset + 2)) }

    mutating func store32(_ value: UInt32, _ offset: Int) {
        store16(UInt16(value >> 16), offset)
        store16(UInt16(truncatingIfNeeded: value), offset + 2)
    }

    /// The ones' complement sum of octets `start..<end`, folded, not inverted; the range is cut to the frame.
    func sum(from start: Int, to end: Int) -> UInt16 {
        let end = min(end, count)
        var index = max(0, start)
        var total: UInt64 = 0
        while index + 1 < end {
            total += UInt64(storage[index]) << 8 | UInt64(storage[index + 1])
            index += 2
        }
        if index < end { total += UInt64(storage[index]) << 8 }
        while total > 0xffff { total = (total & 0xffff) + (total >> 16) }
        return UInt16(total)
    }

    /// The IEEE 802.3 §3.2.9 frame check sequence of the first `length` octets.
    func frameCheck(_ length: Int) -> UInt32 {
        var value: UInt32 = 0xffff_ffff
        for index in 0..<min(length, count) {
            value = FrameCheck.table[Int((value ^ UInt32(storage[index])) & 0xff)] ^ (value >> 8)
        }
        return ~value
    }

    /// Appends a frame check sequence, least significant octet first as it is transmitted.
    mutating func append(frameCheck value: UInt32) {
        for octet in 0..<4 { append(UInt8(truncatingIfNeeded: value >> UInt32(8 * octet))) }
    }

    /// Lends the octets `start..<start + length`; the range must lie within the frame.
    func withOctets<Result>(_ start: Int, _ length: Int, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        unsafe storage.withUnsafeBytes { all in
            // SAFETY: rebasing is bounds-checked.
            unsafe body(UnsafeRawBufferPointer(rebasing: all[start..<start + length]))
        }
    }
}

/// The table of the reflected CRC-32 polynomial 0xEDB88320.
enum FrameCheck {
    static let table: [UInt32] = (0..<256).map { octet in
        (0..<8).reduce(UInt32(octet)) { value, _ in value & 1 == 1 ? 0xedb8_8320 ^ (value >> 1) : value >> 1 }
    }
}
