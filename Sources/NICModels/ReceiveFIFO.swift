/// The receive part of the packet buffer: frames that wait for descriptors. 8254x §13.4.16
struct ReceiveFIFO {
    /// What is known of a frame when it enters.
    struct Entry: Equatable {
        /// Octets in the FIFO, tag and frame check sequence as the host shall see them.
        var length = 0
        var status: UInt8 = 0
        var errors: UInt8 = 0
        var checksum: UInt16 = 0
        var special: UInt16 = 0
        /// The receive queue, and what was hashed to choose it. 82574 §7.1.11
        var queue = 0
        var hash: UInt32 = 0
        var hashType: UInt8 = 0
        /// Of an IPv4 header. 82574 §7.1.5
        var identification: UInt16 = 0
    }

    static let capacity = 64 * 1024
    /// What the device stores beside each frame.
    static let overhead = 16
    private static let maximumFrames = 1024

    private var octets = [UInt8](repeating: 0, count: Self.capacity)
    private var entries = [Entry](repeating: Entry(), count: Self.maximumFrames)
    private var head = 0
    private var firstOctet = 0
    private var storedOctets = 0
    private(set) var count = 0
    /// Octets in use, rounded and with overhead as the device allocates them.
    private(set) var used = 0

    var isEmpty: Bool { count == 0 }
    var first: Entry? { count == 0 ? nil : entries[head] }

    private static func cost(_ length: Int) -> Int { (length + 15) / 16 * 16 + overhead }

    /// False, and nothing stored, when the frame does not fit into the `limit` octets that PBA allows.
    mutating func push(_ frame: FrameBuffer, _ entry: Entry, limit: Int) -> Bool {
        let cost = Self.cost(entry.length)
        guard count < Self.maximumFrames, used + cost <= min(limit, Self.capacity) else { return false }
        let start = (firstOctet + storedOctets) % Self.capacity
        let beforeWrap = min(entry.length, Self.capacity - start)
        unsafe frame.withOctets(0, entry.length) { source in
            unsafe octets.withUnsafeMutableBytes { target in
                // SAFETY: both parts lie within the two buffers: beforeWrap <= capacity - start, the rest starts at 0.
                unsafe target.baseAddress!.advanced(by: start).copyMemory(from: source.baseAddress!, byteCount: beforeWrap)
                unsafe target.baseAddress!.copyMemory(
                    from: source.baseAddress! + beforeWrap, byteCount: entry.length - beforeWrap)
            }
        }
        entries[(head + count) % Self.maximumFrames] = entry
        count += 1
        storedOctets += entry.length
        used += cost
        return true
    }

    /// Forgets the first frame.
    mutating func pop() {
        guard count > 0 else { return }
        let length = entries[head].length
        firstOctet = (firstOctet + length) % Self.capacity
        storedOctets -= length
        used -= Self.cost(length)
        head = (head + 1) % Self.maximumFrames
        count -= 1
    }

    /// Forgets all frames.
    ///
    /// - Returns: how many there were.
    mutating func flush() -> Int {
        let lost = count
        (head, firstOctet, storedOctets, count, used) = (0, 0, 0, 0, 0)
        return lost
    }

    /// Lends octets `start..<start + length` of the first frame in one or two pieces; ends early when `body` says false.
    func withFirst(_ start: Int, _ length: Int, _ body: (UnsafeRawBufferPointer, Int) -> Bool) -> Bool {
        guard length > 0 else { return true }
        let begin = (firstOctet + start) % Self.capacity
        let beforeWrap = min(length, Self.capacity - begin)
        return unsafe octets.withUnsafeBytes { all in
            // SAFETY: rebasing is bounds-checked; begin + beforeWrap <= capacity and the rest is shorter than it.
            guard unsafe body(UnsafeRawBufferPointer(rebasing: all[begin..<begin + beforeWrap]), 0) else { return false }
            guard length > beforeWrap else { return true }
            return unsafe body(UnsafeRawBufferPointer(rebasing: all[0..<length - beforeWrap]), beforeWrap)
        }
    }
}
