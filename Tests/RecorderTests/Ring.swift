import CDriver

@testable import Recorder

/// A recorder in memory of its own.
// SAFETY: the memory covers `length` octets until deinit.
@safe final class Ring {
    let memory: UnsafeMutableRawPointer
    let length: Int
    let writer: RecorderWriter

    init(octets: Int = 64 << 10) {
        length = RecorderLayout.length(ring: octets)
        unsafe memory = .allocate(byteCount: length, alignment: 4096)
        unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: length)
        unsafe RecorderLayout.format(memory, ring: octets)
        unsafe writer = RecorderWriter(memory: memory, length: length)!
    }

    deinit { unsafe memory.deallocate() }

    var octets: UnsafeRawBufferPointer { unsafe UnsafeRawBufferPointer(start: memory, count: length) }
    var reader: RecorderReader { unsafe RecorderReader(octets)! }

    /// Everything that is there.
    func all() -> [RecordedEvent] {
        var reader = self.reader
        return reader.everything()
    }

    var header: UnsafeMutablePointer<drydock_recorder_header> { unsafe memory.assumingMemoryBound(to: drydock_recorder_header.self) }
}

extension RecorderReader {
    mutating func everything() -> [RecordedEvent] {
        var events: [RecordedEvent] = []
        while let more = next() { events += more }
        return events
    }
}
