@testable import Cables
import Glibc
import Host
import Testing

@Suite struct CaptureTests {
    private func read(_ octets: [UInt8], piece: Int = 1 << 20) throws(CaptureError) -> [CapturedFrame] {
        var reader = CaptureReader(), frames: [CapturedFrame] = []
        for start in stride(from: 0, to: octets.count, by: piece) {
            reader.feed(octets[start..<min(start + piece, octets.count)])
            while let frame = try reader.next() { frames.append(frame) }
        }
        reader.finish()
        while let frame = try reader.next() { frames.append(frame) }
        return frames
    }

    private func written() -> [UInt8] {
        var writer = CaptureWriter(interface: "em-a", description: "test")
        for k in 0..<5 {
            frame(k, octets: 60 + k).show {
                writer.add($0, calendar: 1_700_000_000_123_456_789 + UInt64(k), direction: k % 2 == 0 ? .sent : .received, comment: k == 3 ? "lost on the cable (loss)" : nil)
            }
        }
        return writer.take()
    }

    @Test(arguments: [1, 3, 4, 17, 4096]) func `what is written is read back, however it is fed`(piece: Int) throws {
        let frames = try read(written(), piece: piece)
        #expect(frames.map(\.octets) == (0..<5).map { frame($0, octets: 60 + $0) })
        #expect(frames.map(\.time) == (0..<5).map { 1_700_000_000_123_456_789 + UInt64($0) })
        #expect(frames.map(\.direction) == [.sent, .received, .sent, .received, .sent])
        #expect(frames.map(\.comment) == [nil, nil, nil, "lost on the cable (loss)", nil])
    }

    @Test func `a frame names an interface that was told of before`() throws {
        func capture(_ interface: Int) -> [UInt8] {
            var writer = CaptureWriter(interface: "em0", description: "first")
            writer.addInterface("em1", description: "second")
            frame(1).show { writer.add($0, calendar: 5, direction: .sent, comment: nil, interface: interface) }
            return writer.take()
        }
        #expect(try read(capture(1)).map(\.time) == [5])
        #expect(throws: CaptureError.unknownInterface) { try read(capture(2)) }
    }

    @Test func `every prefix is truncated or holds fewer frames`() {
        let whole = written()
        for length in 1..<whole.count {
            do { #expect(try read(Array(whole[..<length])).count < 5) } catch { #expect(error == .truncated) }
        }
    }

    private func classic(_ magic: [UInt8], _ word: (UInt32) -> [UInt8], link: UInt32 = 1) -> [UInt8] {
        let data = frame(9)
        let words: [UInt32] = [0x0004_0002, 0, 0, 65535, link, 1_700_000_000, 250_000, UInt32(data.count), UInt32(data.count)]
        return magic + words.flatMap(word) + data
    }
    private func little(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> UInt32(8 * $0)) } }
    private func big(_ value: UInt32) -> [UInt8] { little(value).reversed() }

    @Test func `classic captures of both orders and resolutions are read`() throws {
        let cases: [([UInt8], (UInt32) -> [UInt8], UInt64)] = [
            ([0xd4, 0xc3, 0xb2, 0xa1], little, 250_000_000), ([0xa1, 0xb2, 0xc3, 0xd4], big, 250_000_000),
            ([0x4d, 0x3c, 0xb2, 0xa1], little, 250_000), ([0xa1, 0xb2, 0x3c, 0x4d], big, 250_000),
        ]
        for (magic, word, fraction) in cases {
            let frames = try read(classic(magic, word))
            #expect(frames.map(\.octets) == [frame(9)])
            #expect(frames.map(\.time) == [1_700_000_000_000_000_000 + fraction])
        }
    }

    @Test func `other link types and other files are refused by name`() {
        #expect(throws: CaptureError.linkType(113)) { try read(classic([0xd4, 0xc3, 0xb2, 0xa1], little, link: 113)) }
        #expect(throws: CaptureError.notACapture) { try read(Array("#!/bin/sh\n".utf8)) }
    }

    @Test func `hostile octets neither trap nor hang`() {
        let good = written()
        var random = SeededGenerator(seed: 4)
        for _ in 0..<3000 {
            var bad = good
            for _ in 0..<Int.random(in: 1...6, using: &random) { bad[Int.random(in: 0..<bad.count, using: &random)] = UInt8.random(in: 0...255, using: &random) }
            _ = try? read(bad, piece: Int.random(in: 1...200, using: &random))
        }
    }

    @Test(.enabled(if: FileSystem.exists("/usr/bin/tcpdump"), "tcpdump is not installed"))
    func `tcpdump reads what is written`() throws {
        let path = "/tmp/drydock-capture-\(getpid()).pcapng"
        defer { FileSystem.remove(path) }
        try FileSystem.replace(path, with: written())
        let pipe = try FileDescriptor.pipe()
        let child = try Spawn.start("/usr/bin/tcpdump", arguments: ["tcpdump", "-nr", path], descriptors: [-1, pipe.second.raw, -1])
        let ended = child.waitForEnd(Deadline(in: .seconds(10))), ending = child.reap()
        #expect(ended && ending == .exited(0))
        let text = String(decoding: try pipe.first.readAll(limit: 4096), as: UTF8.self)
        #expect(text.split(separator: "\n").count == 5)
    }
}
