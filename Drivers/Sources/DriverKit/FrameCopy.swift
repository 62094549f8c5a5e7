// For devices that do not fetch and store frames where the stack has them: octets move between packet memory and the driver's own
// DMA memory. Every length is checked on both sides.
extension Buffer {
    /// Whom the frame that starts in this buffer is for; a buffer too short to say counts as `.station`.
    @inlinable public var audience: Audience {
        // SAFETY: at least six octets of frame lie behind `data` while the driver holds the buffer.
        guard length >= 6, let data = unsafe data, unsafe data[0] & 1 != 0 else { return .station }
        for i in 0..<6 where unsafe data[i] != 0xFF { return .multicast }
        return .broadcast
    }

    /// Fills the buffer with `octets` of `block` from `offset`, and makes that its length. False: they do not fit.
    @inlinable public mutating func fill(from block: borrowing DMABlock, at offset: Int, octets: Int) -> Bool {
        guard octets >= 0, octets <= capacity, let data = unsafe data else { return false }
        // SAFETY: `capacity` octets lie behind `data`; the block checks its own side.
        unsafe UnsafeMutableRawPointer(data).copyMemory(from: block.address(offset, octets), byteCount: octets)
        length = octets
        return true
    }

    /// Copies the buffer's part of a frame into `block` at `offset`. Returns its length; nothing is copied when that is zero.
    @inlinable public func copy(into block: borrowing DMABlock, at offset: Int) -> Int {
        let octets = length
        guard octets > 0, octets <= capacity, let data = unsafe data else { return 0 }
        // SAFETY: as in `fill`.
        unsafe block.address(offset, octets).copyMemory(from: data, byteCount: octets)
        return octets
    }
}

extension DMABlock {
    /// Zeros `octets` from `offset`.
    @inlinable public func clear(_ offset: Int, octets: Int) {
        // SAFETY: checked by `address`.
        unsafe address(offset, octets).initializeMemory(as: UInt8.self, repeating: 0, count: octets)
    }
}

/// The frames in a batch of buffers: which belong together, and how long they are.
public enum FrameParts {
    /// Buffers of the frame at `start`; 0 when its end is not in the list.
    @inlinable public static func count(_ list: Span<Buffer>, from start: Int) -> Int {
        var n = start
        while n < list.count {
            let more = list[n].flags.contains(.more)
            n &+= 1
            if !more { return n &- start }
        }
        return 0
    }

    /// Octets of the frame of `parts` buffers at `start`, or nil when one of them is empty.
    @inlinable public static func octets(_ list: Span<Buffer>, from start: Int, parts: Int) -> Int? {
        var octets = 0
        for part in 0..<parts {
            let length = list[start &+ part].length
            if length == 0 { return nil }
            octets &+= length
        }
        return octets
    }
}
