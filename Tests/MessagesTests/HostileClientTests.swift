import Host
import Messages
import Testing

/// What a server must survive: a peer that sends anything at all.
@Suite(.serialized) struct HostileClientTests {
    /// Sends raw octets as one message; the envelope of what comes back, or nil at the end of the connection.
    private func send(_ octets: [UInt8], to path: String, descriptors: [Int32] = []) throws -> Envelope? {
        let socket = try UnixSocket.connect(path, deadline: Deadline(in: .seconds(2)))
        let raw = socket.raw
        let sent = unsafe try octets.withUnsafeBytes { unsafe try UnixSocket.send(raw, $0, descriptors: descriptors) }
        #expect(sent)
        guard Poll.readable(raw, Deadline(in: .seconds(2))) else { Issue.record("no answer"); return nil }
        var room = [UInt8](repeating: 0, count: Envelope.mostInAll)
        var received = ReceivedDescriptors()
        let count = unsafe try room.withUnsafeMutableBytes { unsafe try UnixSocket.receive(raw, into: $0, &received) } ?? 0
        guard count > 0 else { return nil }
        return try Envelope(reading: room.span.extracting(first: count), descriptors: 0)
    }

    private func good(_ body: String) -> [UInt8] {
        Envelope(.request, sequence: 7, bodyOctets: body.utf8.count).encoded + Array(body.utf8)
    }

    private func check(_ octets: [UInt8], descriptors: [Int32] = [], gives kind: Envelope.Kind?) throws {
        let folder = try Folder()
        let server = try MessageServer(folder.socket, serve: MessageServer.echo)
        defer { server.end() }
        #expect(try send(octets, to: folder.socket, descriptors: descriptors)?.kind == kind)
        // Whatever came, the next client is served.
        let client = try Connection(path: folder.socket, timeout: .seconds(2))
        #expect(try client.send(Question(text: "x"), expecting: Question.self, timeout: .seconds(2)).reply.text == "x")
    }

    @Test func `a message of ours is answered`() throws { try check(good(#"{"text":"x"}"#), gives: .reply) }

    @Test(arguments: [1, 3, 5, 6, 7, 23]) func `a message cut short is refused`(length: Int) throws {
        try check(Array(good(#"{"text":"x"}"#).prefix(length)), gives: .failure)
    }

    @Test(arguments: [0, 1, 4, 6, 7, 16, 18, 19]) func `each octet of the envelope counts`(index: Int) throws {
        var octets = good(#"{"text":"x"}"#)
        octets[index] = 0xee
        try check(octets, gives: .failure)
    }

    @Test(arguments: ["", "{", "nonsense", #"{"text":7}"#, #"{"tex":"x"}"#, "\u{0}\u{0}", String(repeating: "[", count: 100_000)])
    func `a body that cannot be read is refused by the server's own words`(body: String) throws { try check(good(body), gives: .failure) }

    @Test func `a reply is no question`() throws {
        try check(Envelope(.reply, sequence: 1, bodyOctets: 2).encoded + Array("{}".utf8), gives: .failure)
    }

    @Test func `descriptors that were not announced are refused`() throws {
        let pipe = try FileDescriptor.pipe()
        try check(good(#"{"text":"x"}"#), descriptors: [pipe.first.raw], gives: .failure)
    }

    @Test func `a message beyond the most ends the connection`() throws {
        try check([UInt8](repeating: 1, count: Envelope.mostInAll + 1), gives: nil)
    }

    @Test func `random octets never stop the server`() throws {
        let folder = try Folder()
        let server = try MessageServer(folder.socket, serve: MessageServer.echo)
        defer { server.end() }
        var state: UInt64 = 0x9e37_79b9_7f4a_7c15
        func random() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state
        }
        for _ in 0..<300 {
            var octets = good(#"{"text":"abc"}"#)
            for _ in 0..<1 + random() % 4 { octets[Int(random() % UInt64(octets.count))] = UInt8(truncatingIfNeeded: random()) }
            octets.removeLast(Int(random() % UInt64(octets.count)))
            // Any answer will do, and so will none: a pulse gets none.
            let socket = try UnixSocket.connect(folder.socket, deadline: Deadline(in: .seconds(2)))
            let raw = socket.raw
            _ = unsafe try? octets.withUnsafeBytes { unsafe try UnixSocket.send(raw, $0) }
        }
        let client = try Connection(path: folder.socket, timeout: .seconds(2))
        #expect(try client.send(Question(text: "x"), expecting: Question.self, timeout: .seconds(5)).reply.text == "x")
    }

    @Test func `a client that does not read its answers is cut off`() throws {
        let folder = try Folder()
        let server = try MessageServer(folder.socket, serve: MessageServer.echo)
        defer { server.end() }
        let socket = try UnixSocket.connect(folder.socket, deadline: Deadline(in: .seconds(2)))
        let raw = socket.raw
        let question = good(#"{"text":"\#(String(repeating: "a", count: 60_000))"}"#)
        var refused = false
        for _ in 0..<2000 where !refused {
            do { _ = unsafe try question.withUnsafeBytes { unsafe try UnixSocket.send(raw, $0) } } catch { refused = true }
            if !refused { Thread.pause() }
        }
        #expect(refused)
    }

    @Test func `another version is named by both sides`() throws {
        let folder = try Folder()
        let server = try MessageServer(folder.socket, serve: MessageServer.echo)
        defer { server.end() }
        var octets = good(#"{"text":"x"}"#)
        octets[4] = 99
        #expect(try send(octets, to: folder.socket)?.kind == .failure)
        #expect(throws: Envelope.Refusal.wrongVersion(99)) { _ = try Envelope(reading: octets.span, descriptors: 0) }
    }

    @Test func `a client of another version says which`() throws {
        let folder = try Folder()
        let listener = try UnixSocket.listen(folder.socket)
        let raw = listener.raw
        Thread.start {
            guard Poll.readable(raw, Deadline(in: .seconds(5))), let socket = try? UnixSocket.accept(raw) else { return }
            guard Poll.readable(socket.raw, Deadline(in: .seconds(5))) else { return }
            var octets = Envelope(.reply, sequence: 1, bodyOctets: 2).encoded + Array("{}".utf8)
            octets[4] = 9
            let peer = socket.raw
            _ = unsafe try? octets.withUnsafeBytes { unsafe try UnixSocket.send(peer, $0) }
        }
        let client = try Connection(path: folder.socket, timeout: .seconds(2))
        #expect(throws: MessageFailure.wrongVersion(theirs: 9)) {
            _ = try client.send(Question(text: "x"), expecting: Question.self, timeout: .seconds(2))
        }
    }
}
