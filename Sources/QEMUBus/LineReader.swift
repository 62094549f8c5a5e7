import Glibc

/// Octets from a descriptor, cut into lines. Memory is bounded: a line longer than the buffer is skipped whole.
struct LineReader {
    private var storage: [UInt8]
    private var start = 0, end = 0
    private var skipping = false

    init(capacity: Int) { storage = [UInt8](repeating: 0, count: capacity) }

    /// Reads once what is there. The descriptor must not block; `next()` must have been asked until it said nil.
    mutating func fill(from descriptor: Int32) -> Filled {
        makeRoom()
        let room = storage.count - end
        let offset = end
        // SAFETY: `offset` and `room` describe the unused tail of the storage; read keeps no pointer.
        let length = unsafe storage.withUnsafeMutableBytes { all in
            unsafe read(descriptor, all.baseAddress! + offset, room)
        }
        if length > 0 {
            end += length
            return .octets
        }
        if length == 0 { return .closed }
        return errno == EAGAIN || errno == EINTR ? .nothing : .closed
    }

    /// The next whole line without its end (`\n`, `\r\n`); nil when there is none yet.
    mutating func next() -> ArraySlice<UInt8>? {
        while let feed = storage[start..<end].firstIndex(of: UInt8(ascii: "\n")) {
            let line = storage[start..<feed]
            start = feed + 1
            if skipping {
                skipping = false
                continue
            }
            return line.last == UInt8(ascii: "\r") ? line.dropLast() : line
        }
        return nil
    }

    private mutating func makeRoom() {
        if start == end {
            (start, end) = (0, 0)
        } else if start > 0 && end == storage.count {
            let left = end - start
            storage.replaceSubrange(0..<left, with: Array(storage[start..<end]))
            (start, end) = (0, left)
        } else if end == storage.count {
            skipping = true
            (start, end) = (0, 0)
        }
    }
}
