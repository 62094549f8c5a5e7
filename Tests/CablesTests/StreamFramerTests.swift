@testable import Cables
import Testing

@Suite struct StreamFramerTests {
    private func stream(_ frames: [[UInt8]]) -> [UInt8] { frames.flatMap { StreamFramer.header($0.count) + $0 } }

    @Test(arguments: [1, 2, 3, 5, 7, 59, 64, 100, 4096]) func `frames come out whole however the octets arrive`(piece: Int) throws {
        let frames = (0..<40).map { frame($0, octets: 18 + $0 * 37) }
        let octets = stream(frames)
        var framer = StreamFramer(), out: [[UInt8]] = []
        for start in stride(from: 0, to: octets.count, by: piece) {
            let part = Array(octets[start..<min(start + piece, octets.count)])
            #expect(framer.append(part) == part.count)
            try framer.frames { out.append($0.copied) }
        }
        #expect(out == frames)
    }

    @Test func `the longest frame fits, one octet more is refused`() throws {
        var framer = StreamFramer(), lengths: [Int] = []
        let longest = [UInt8](repeating: 1, count: CableLimits.longestFrame)
        #expect(framer.append(stream([longest])) == longest.count + 4)
        try framer.frames { lengths.append($0.byteCount) }
        #expect(lengths == [CableLimits.longestFrame])
        _ = framer.append(StreamFramer.header(CableLimits.longestFrame + 1))
        #expect(throws: StreamFramer.BadLength(octets: UInt32(CableLimits.longestFrame + 1))) { try framer.frames { _ in } }
    }

    @Test(arguments: [0, 1, 13, 0x7fff_ffff, 0xffff_ffff] as [UInt32]) func `a length that no frame has ends the stream`(length: UInt32) {
        var framer = StreamFramer()
        _ = framer.append((0..<4).map { UInt8(truncatingIfNeeded: length >> UInt32(24 - 8 * $0)) })
        #expect(throws: StreamFramer.BadLength(octets: length)) { try framer.frames { _ in } }
    }
}
