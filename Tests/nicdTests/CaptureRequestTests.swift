import Bus
import Cables
import Host
import Messages
import Testing

/// Captures as a NIC's process gives them, over its control socket.
extension NICProcessTests {
    /// One capture of `em-a`, as a tool has it.
    final class Reader {
        let connection: Connection
        private var pair: DescriptorPair

        init() throws {
            let folder = Bench.directory.folder(.nic, try #require(FolderName("em-a")))
            connection = try Connection(path: "\(folder)/control", timeout: .seconds(5))
            pair = try UnixSocket.pair(.stream)
            _ = try connection.send(
                NICRequest.streamCapture(interface: "em0", octets: 0), expecting: NICReply.self, descriptors: [pair.second.raw], timeout: .seconds(5))
            pair.second = FileDescriptor(owning: -1)
        }

        func end() throws { _ = try connection.send(NICRequest.endStream, expecting: NICReply.self, timeout: .seconds(5)) }

        /// All frames, to the end.
        func frames() throws -> [CapturedFrame] {
            var reader = CaptureReader(), frames: [CapturedFrame] = []
            let deadline = Deadline(in: .seconds(5))
            while Poll.readable(pair.first.raw, deadline), !deadline.hasPassed {
                let fresh = try pair.first.readAvailable()
                if fresh.isEmpty { break }
                reader.feed(fresh)
                while let frame = try reader.next() { frames.append(frame) }
            }
            return frames
        }
    }

    @Test func `a capture tells of frames that the NIC takes for nobody`() throws {
        let path = Bench.directory.path + "/captured"
        try Bench.with("em-a", cable: "seqpacket:\(path)") {
            let far = try UnixSocket.connect(path, deadline: Deadline(in: .seconds(5)))
            let reader = try Reader()
            let frame = [UInt8](repeating: 0xff, count: 60)
            #expect(unsafe try frame.withUnsafeBytes { unsafe try UnixSocket.send(far.raw, $0) })
            let isSeen = try Bench.eventually { Bench.counter(try Bench.status("em-a"), "capture.seen") == 1 }
            #expect(isSeen)
            try reader.end()
            let frames = try reader.frames()
            #expect(frames.map(\.octets) == [frame] && frames.map(\.direction) == [.received])
            #expect(frames.map(\.comment) == ["lost in the NIC: no stack has claimed it"])
        }
    }

    @Test func `more captures than there may be are refused in one line, until one ends`() throws {
        try Bench.with("em-a") {
            var readers = try (0..<Cable.mostStreams).map { _ in try Reader() }
            do {
                _ = try Reader()
                Issue.record("taken")
            } catch MessageFailure.rejected(let failure) {
                #expect(failure.why == "\(Cable.mostStreams) captures of it run already" && !failure.fix.isEmpty)
            }
            readers.removeLast()
            // Its end is heard beside other requests.
            let isFree = Bench.eventually { (try? Reader()) != nil }
            #expect(isFree)
        }
    }

    @Test func `a connection that captures nothing has nothing to end, and captures once only`() throws {
        try Bench.with("em-a") {
            #expect(throws: Failure.self) { _ = try Bench.bus.ask("em-a", .endStream) }
            #expect(throws: Failure.self, "no socket came along") { _ = try Bench.bus.ask("em-a", .streamCapture(interface: "em0", octets: 0)) }
            let reader = try Reader()
            #expect(throws: MessageFailure.self) {
                _ = try reader.connection.send(
                    NICRequest.streamCapture(interface: "em0", octets: 0), expecting: NICReply.self, descriptors: [2], timeout: .seconds(5))
            }
        }
    }
}
