import Host
import Messages
import Testing

@Suite(.serialized) struct ClientTableTests {
    @Test func `a blocked client is seen while the server hangs, and not afterwards`() throws {
        let folder = try Folder()
        let table = folder.path + "/clients"
        try ClientTable.create(table)
        let released = Started()
        let server = try MessageServer(folder.socket) { port, event in
            guard case .request(let received) = consume event else { return }
            released.wait()
            _ = try? port.reply(to: received.sender, Body.Nothing())
        }
        defer { server.end() }
        let path = folder.socket, done = Started()
        Thread.start {
            let client = try? Connection(path: path, timeout: .seconds(2), table: table)
            _ = try? client?.send(Body.Nothing(), expecting: Body.Nothing.self, timeout: .seconds(10), what: "ifconfig em0")
            done.set()
        }
        let limit = Deadline(in: .seconds(5))
        while ClientTable.blocked(table).first?.state != .reply, !limit.hasPassed { Thread.pause() }
        let seen = try #require(ClientTable.blocked(table).first)
        #expect(seen.pid == CurrentProcess.pid)
        #expect(seen.tid != 0)
        #expect(seen.what == "ifconfig em0")
        #expect(seen.since <= MonotonicClock.now())
        released.set()
        done.wait()
        #expect(ClientTable.blocked(table).isEmpty)
    }

    @Test func `rubbish in the table is not believed`() throws {
        let folder = try Folder()
        let table = folder.path + "/clients"
        try FileSystem.replace(table, with: [UInt8](repeating: 0xff, count: ClientTable.entries * ClientTable.entryOctets))
        #expect(ClientTable.blocked(table).isEmpty)
        try FileSystem.replace(table, with: [1, 2, 3])
        #expect(ClientTable.blocked(table).isEmpty)
        #expect(ClientTable.blocked(folder.path + "/none").isEmpty)
    }

    @Test func `a client without a table is served all the same`() throws {
        let folder = try Folder()
        let server = try MessageServer(folder.socket, serve: MessageServer.echo)
        defer { server.end() }
        let client = try Connection(path: folder.socket, timeout: .seconds(2), table: folder.path + "/none")
        #expect(try client.send(Question(text: "x"), expecting: Question.self, timeout: .seconds(2)).reply.text == "x")
    }
}
