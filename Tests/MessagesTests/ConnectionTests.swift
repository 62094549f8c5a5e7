import Host
import Messages
import Testing

@Suite(.serialized) struct ConnectionTests {
    /// Descriptors open in this process.
    private func descriptors() -> Int { FileSystem.names(in: "/proc/self/fd").count }

    private func failure(_ body: () throws(MessageFailure) -> Void) -> MessageFailure? {
        do { try body() } catch { return error }
        return nil
    }

    @Test func `a question is answered`() throws {
        let folder = try Folder()
        let server = try MessageServer(folder.socket, serve: MessageServer.echo)
        defer { server.end() }
        let client = try Connection(path: folder.socket, timeout: .seconds(2))
        let answer = try client.send(Question(text: "em0?"), expecting: Question.self, timeout: .seconds(2))
        #expect(answer.reply.text == "em0?")
        #expect(client.server.pid == CurrentProcess.pid)
        #expect(client.server.isTrusted)
    }

    @Test func `several servers are asked before the first answer is waited for`() throws {
        let folder = try Folder()
        let server = try MessageServer(folder.socket) { port, event in
            guard case .request(let received) = consume event, let question = try? received.decode(Question.self) else { return }
            _ = try? port.reply(to: received.sender, question)
        }
        defer { server.end() }
        let clients = try (0..<3).map { _ in try Connection(path: folder.socket, timeout: .seconds(5)) }
        for (number, client) in clients.enumerated() { try client.ask(Question(text: "\(number)"), timeout: .seconds(5)) }
        let answers = try clients.reversed().map { try $0.answer(expecting: Question.self, timeout: .seconds(10)).text }
        #expect(answers == ["2", "1", "0"])
        #expect(failure { () throws(MessageFailure) in _ = try clients[0].answer(expecting: Question.self, timeout: .milliseconds(20)) }
            == .timedOut(after: .milliseconds(20)), "an answer is taken once")
    }

    @Test func `nobody at home is said at once`() throws {
        let folder = try Folder()
        #expect(failure { () throws(MessageFailure) in _ = try Connection(path: folder.socket, timeout: .seconds(2)) } == .noServer)
    }

    @Test func `a server that does not answer is given up after the time`() throws {
        let folder = try Folder()
        let server = try MessageServer(folder.socket) { _, event in _ = consume event }
        defer { server.end() }
        let client = try Connection(path: folder.socket, timeout: .seconds(2))
        let time = Duration.milliseconds(30)
        #expect(failure { () throws(MessageFailure) in _ = try client.send(Question(text: "x"), expecting: Question.self, timeout: time) }
            == .timedOut(after: time))
    }

    @Test func `an answer that comes too late is not taken for the next one`() throws {
        let folder = try Folder()
        let server = try MessageServer(folder.socket) { port, event in
            guard case .request(let received) = consume event, let question = try? received.decode(Question.self) else { return }
            if question.text == "slow" { for _ in 0..<60 { Thread.pause() } }
            _ = try? port.reply(to: received.sender, question)
        }
        defer { server.end() }
        let client = try Connection(path: folder.socket, timeout: .seconds(2))
        #expect(failure { () throws(MessageFailure) in
            _ = try client.send(Question(text: "slow"), expecting: Question.self, timeout: .milliseconds(10))
        } == .timedOut(after: .milliseconds(10)))
        #expect(try client.send(Question(text: "next"), expecting: Question.self, timeout: .seconds(5)).reply.text == "next")
    }

    @Test func `the server's death releases a blocked client`() throws {
        let folder = try Folder()
        let server = try MessageServer(folder.socket) { port, event in
            // The end of the connection is what a death looks like from the other side.
            guard case .request(let received) = consume event else { return }
            port.close(received.sender.client)
        }
        defer { server.end() }
        let client = try Connection(path: folder.socket, timeout: .seconds(2))
        #expect(failure { () throws(MessageFailure) in
            _ = try client.send(Question(text: "x"), expecting: Question.self, timeout: .seconds(20))
        } == .serverDied)
        #expect(failure { () throws(MessageFailure) in
            _ = try client.send(Question(text: "x"), expecting: Question.self, timeout: .seconds(20))
        } == .serverDied)
    }

    @Test func `a refusal travels as a sentence`() throws {
        let folder = try Folder()
        let no = Failure(.noDevice, what: "cannot mount x.so", why: "no such NIC", fix: "nic add")
        let server = try MessageServer(folder.socket) { port, event in
            if case .request(let received) = consume event { port.reply(to: received.sender, no) }
        }
        defer { server.end() }
        let client = try Connection(path: folder.socket, timeout: .seconds(2))
        #expect(failure { () throws(MessageFailure) in
            _ = try client.send(Question(text: "x"), expecting: Question.self, timeout: .seconds(2))
        } == .rejected(no))
        #expect(no.description == "cannot mount x.so: no such NIC; nic add")
    }

    @Test func `a message too large is refused before it is sent`() throws {
        let folder = try Folder()
        let server = try MessageServer(folder.socket, serve: MessageServer.echo)
        defer { server.end() }
        let client = try Connection(path: folder.socket, timeout: .seconds(2))
        let body = [UInt8](repeating: 0x20, count: Envelope.mostOctets + 1)
        #expect(failure { () throws(MessageFailure) in _ = try client.exchange(body, timeout: .seconds(2)) } == .tooLarge(octets: body.count))
        let most = try client.exchange(Array("{\"text\":\"\(String(repeating: "a", count: Envelope.mostOctets - 11))\"}".utf8), timeout: .seconds(5))
        #expect(most.reply.count == Envelope.mostOctets)
    }

    @Test func `descriptors travel both ways and none is left behind`() throws {
        let folder = try Folder()
        let server = try MessageServer(folder.socket) { port, event in
            guard case .request(var received) = consume event else { return }
            guard let sent = received.descriptors.take(), let pipe = try? FileDescriptor.pipe() else { return }
            try? sent.write(Array("hello".utf8))
            try? pipe.second.write(Array("there".utf8))
            _ = try? port.reply(to: received.sender, Body.Nothing(), descriptors: [pipe.first.raw])
        }
        defer { server.end() }
        let client = try Connection(path: folder.socket, timeout: .seconds(2))
        let before = descriptors()
        for _ in 0..<300 {
            let pipe = try FileDescriptor.pipe()
            var answer = try client.send(
                Body.Nothing(), expecting: Body.Nothing.self, descriptors: [pipe.second.raw, pipe.second.raw], timeout: .seconds(2))
            #expect(try pipe.first.readAll(limit: 5) == Array("hello".utf8))
            let read = try answer.descriptors.take()?.readAll(limit: 5)
            #expect(read == Array("there".utf8))
            let isThereAnother = answer.descriptors.take() != nil
            #expect(!isThereAnother)
        }
        // Other tests open and close some meanwhile; a leak would show in every one of the 300.
        #expect(descriptors() < before + 200)
    }

    @Test func `ten thousand round trips leave no descriptor`() throws {
        let folder = try Folder()
        let server = try MessageServer(folder.socket, serve: MessageServer.echo)
        defer { server.end() }
        let before = descriptors()
        for _ in 0..<100 {
            let client = try Connection(path: folder.socket, timeout: .seconds(2))
            for _ in 0..<100 { _ = try client.send(Question(text: "x"), expecting: Question.self, timeout: .seconds(5)) }
        }
        let limit = Deadline(in: .seconds(2))
        while descriptors() >= before + 90, !limit.hasPassed { Thread.pause() }
        // Other tests open and close some meanwhile; a leak would show in every one of the 100 connections.
        #expect(descriptors() < before + 90)
    }

    @Test func `clients beyond the most are told so, and served when there is room`() throws {
        let folder = try Folder()
        let server = try MessageServer(folder.socket, mostClients: 2, serve: MessageServer.echo)
        defer { server.end() }
        var kept: [Connection] = []
        for _ in 0..<2 {
            kept.append(try Connection(path: folder.socket, timeout: .seconds(2)))
            _ = try kept.last!.send(Question(text: "x"), expecting: Question.self, timeout: .seconds(2))
        }
        let third = try Connection(path: folder.socket, timeout: .seconds(2))
        let why = failure { () throws(MessageFailure) in _ = try third.send(Question(text: "x"), expecting: Question.self, timeout: .seconds(2)) }
        guard case .rejected(let no) = why else { Issue.record("\(why as MessageFailure?)"); return }
        #expect(no.errno == .again)
        kept.removeAll()
        let limit = Deadline(in: .seconds(2))
        var served = false
        while !served, !limit.hasPassed {
            let again = try Connection(path: folder.socket, timeout: .seconds(2))
            served = (try? again.send(Question(text: "x"), expecting: Question.self, timeout: .seconds(2)).reply.text) == "x"
        }
        #expect(served)
    }

    @Test func `a path longer than a socket address works`() throws {
        let folder = try Folder()
        let long = folder.path + "/" + String(repeating: "a", count: 100)
        try FileSystem.makeFolder(long)
        let server = try MessageServer(long + "/port", serve: MessageServer.echo)
        defer { server.end() }
        let client = try Connection(path: long + "/port", timeout: .seconds(2))
        #expect(try client.send(Question(text: "far"), expecting: Question.self, timeout: .seconds(2)).reply.text == "far")
    }
}
