@testable import Cables
import Glibc
import Host
import Testing

@Suite struct CaptureStreamTests {
    /// Reads all that comes until the end, or until nothing comes though the stream is served.
    private func drain(_ socket: borrowing FileDescriptor, _ stream: CaptureStream? = nil) throws -> [UInt8] {
        var all: [UInt8] = [], isQuiet = false
        while true {
            let fresh = try socket.readAll(limit: 1 << 24)
            all += fresh
            if fresh.isEmpty, isQuiet { return all }
            isQuiet = fresh.isEmpty
            _ = stream?.service(now: 1 << 30)
        }
    }

    private func frames(_ octets: [UInt8]) throws -> [CapturedFrame] {
        var reader = CaptureReader(), frames: [CapturedFrame] = []
        reader.feed(octets)
        reader.finish()
        while let frame = try reader.next() { frames.append(frame) }
        return frames
    }

    /// Blocks of a type, without their heads.
    private func blocks(_ octets: [UInt8], _ type: UInt8) -> [[UInt8]] {
        var found: [[UInt8]] = [], at = 0
        while at + 12 <= octets.count {
            let length = Int(octets[at + 4]) | Int(octets[at + 5]) << 8 | Int(octets[at + 6]) << 16
            if octets[at..<at + 4] == [type, 0, 0, 0] { found.append(Array(octets[at + 8..<at + length - 4])) }
            at += length
        }
        return found
    }

    /// An option of a statistics block whose value is a number.
    private func statistic(_ block: [UInt8], _ code: UInt8) -> UInt64? {
        var at = 12
        while at + 12 <= block.count {
            if block[at] == code { return (0..<8).reduce(0) { $0 | UInt64(block[at + 4 + $1]) << UInt64(8 * $1) } }
            at += 12
        }
        return nil
    }

    private func stream(octets: Int = 0, _ body: (CaptureStream, borrowing FileDescriptor) throws -> Void) throws {
        let pair = try UnixSocket.pair(.stream)
        let stream = CaptureStream(pair.second, interface: "em0", description: "NIC em-a", hardware: "model", octets: octets)
        try body(stream, pair.first)
    }

    private func add(_ octets: [UInt8], to stream: CaptureStream, _ comment: String? = nil) {
        octets.show { stream.add($0, now: 1, calendar: 1_700_000_000_000_000_001, direction: .sent, comment: comment) }
    }

    private func close(_ descriptor: consuming FileDescriptor) {}

    @Test func `a reader gets what passed, and at the end how much that was`() throws {
        try stream { stream, socket in
            for number in 0..<3 { add(frame(number), to: stream, number == 1 ? "lost in the NIC: its link is down" : nil) }
            #expect(stream.service(now: 1 << 40) == nil, "nothing waits any more")
            stream.finish(now: 1 << 40)
            let octets = try drain(socket)
            let read = try frames(octets)
            #expect(read.map(\.octets) == (0..<3).map { frame($0) })
            #expect(read.map(\.comment) == [nil, "lost in the NIC: its link is down", nil])
            let end = try #require(blocks(octets, 5).first)
            #expect(statistic(end, 4) == 3 && statistic(end, 5) == 0 && statistic(end, 8) == 3)
            #expect(stream.isOver)
        }
    }

    @Test func `a reader who is slow loses frames, each of which is counted, and the rest is whole`() throws {
        try stream { stream, socket in
            for number in 0..<3000 { add(frame(number, octets: 1514), to: stream) }
            #expect(stream.seen == 3000 && stream.lost > 0 && stream.lost < 3000)
            stream.finish(now: 1)
            #expect(!stream.isOver, "the end waits for the reader")
            let octets = try drain(socket, stream)
            let read = try frames(octets)
            #expect(UInt64(read.count) == stream.seen - stream.lost)
            #expect(read.enumerated().allSatisfy { number($0.element.octets) == $0.offset }, "what was lost came last")
            let end = try #require(blocks(octets, 5).first)
            #expect(statistic(end, 4) == stream.seen && statistic(end, 5) == stream.lost)
        }
    }

    @Test func `room that a reader makes is used`() throws {
        try stream { stream, socket in
            for number in 0..<3000 { add(frame(number, octets: 1514), to: stream) }
            let lost = stream.lost
            let before = try drain(socket, stream)
            for number in 0..<100 { add(frame(number), to: stream) }
            #expect(stream.lost == lost)
            stream.finish(now: 2)
            #expect(try frames(before + drain(socket)).count == 3100 - Int(lost))
        }
    }

    @Test func `frames are cut where that was wished, and their length is told`() throws {
        try stream(octets: 20) { stream, socket in
            add(frame(7, octets: 1000), to: stream)
            stream.finish(now: 1)
            let octets = try drain(socket)
            let packet = try #require(blocks(octets, 6).first)
            #expect(packet[12..<16] == [20, 0, 0, 0] && packet[16..<20] == [0xe8, 3, 0, 0])
            #expect(try frames(octets).map(\.octets) == [Array(frame(7, octets: 1000)[..<20])])
            #expect(try #require(blocks(octets, 1).first)[4..<8] == [20, 0, 0, 0])
        }
    }

    @Test func `a reader's end is the capture's`() throws {
        let pair = try UnixSocket.pair(.stream)
        let stream = CaptureStream(pair.second, interface: "em0", description: "", hardware: "", octets: 0)
        add(frame(1), to: stream)
        #expect(!stream.isOver)
        close(pair.first)
        #expect(stream.service(now: 1) == nil && stream.isOver)
    }

    @Test func `a reader who never reads does not hold up the end for ever`() throws {
        try stream { stream, _ in
            for number in 0..<3000 { add(frame(number, octets: 1514), to: stream) }
            stream.finish(now: 1)
            let due = try #require(stream.service(now: 2))
            #expect(stream.service(now: due) == nil && stream.isOver)
        }
    }

    @Test func `frames that nobody is there for are in the capture with the reason`() throws {
        let folder = "/tmp/drydock-stream-\(getpid())"
        try FileSystem.makeFolder(folder)
        defer { FileSystem.removeFolder(folder) }
        let cable = Cable(site: CableSite(name: "em-a", directory: try RuntimeDirectory(path: folder)) { _ in })
        defer { cable.close() }
        let pair = try UnixSocket.pair(.stream)
        let stream = try cable.startStream(pair.second, interface: "em0", hardware: "model", octets: 0, now: 1)
        frame(1).show { cable.send($0, now: 2) }
        frame(2).show { cable.record(lost: $0, now: 3, because: "the link is held down") }
        stream.finish(now: 4)
        _ = cable.service(now: 5) { _ in }
        let read = try frames(drain(pair.first))
        #expect(read.map(\.comment) == ["lost: nothing is at the cable's other end", "lost: the link is held down"])
        #expect(cable.counters.noCarrier == 1 && cable.streamCounters == (2, 0))
    }
}
