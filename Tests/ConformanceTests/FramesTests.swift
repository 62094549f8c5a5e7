import Testing

@testable import Conformance

struct FramesTests {
    @Test(arguments: [18, 60, 1514]) func `frames differ by their number and are known again`(octets: Int) {
        let frame = Frames.make(to: Frames.broadcast, from: Frames.peer, number: 5, octets: octets)
        #expect(frame.count == octets && Frames.isOurs(frame))
        #expect(Frames.make(to: Frames.broadcast, from: Frames.peer, number: 6, octets: octets) != frame)
        #expect(Frames.difference(frame, frame) == nil)
    }

    @Test func `a difference is told by its place`() {
        let frame = Frames.make(to: Frames.broadcast, from: Frames.peer, number: 5, octets: 100)
        var other = frame
        other[70] ^= 1
        #expect(Frames.difference(frame, other) == "octet 70 of 100 differs")
        #expect(Frames.difference(frame, Array(frame.dropLast())) == "100 octets were sent, 99 came")
        #expect(Frames.difference(Array(frame[..<20]), Array(frame[..<20]) + [UInt8](repeating: 0, count: 40)) == nil, "padding is allowed up to 60")
    }

    @Test func `a tag stands behind the addresses`() {
        let frame = Frames.make(to: Frames.broadcast, from: Frames.peer, number: 5, octets: 64)
        let tagged = Frames.tagged(frame, 0x2042)
        #expect(tagged.count == 68 && Array(tagged[12..<16]) == [0x81, 0, 0x20, 0x42] && Array(tagged[16...]) == Array(frame[12...]))
    }
}
