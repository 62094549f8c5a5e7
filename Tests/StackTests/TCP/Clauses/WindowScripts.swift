@testable import Stack
import Testing

@Suite("TCP: windows")
struct WindowScripts {
    @Test("a window of more than half the field is no negative one (RFC 9293 §3.1, MUST-1)")
    func unsigned() throws {
        try PacketScript().run("""
            listen
            < S 1000 win 65535 mss 1460
            > S. 0 ack 1001
            < . 1001 ack 1 win 40000
            accept
            write 4000
            > . 1:1461 ack 1001
            > . 1461:2921 ack 1001
            """)
    }

    /// The peer's program does not read: what it tells with the octets that it sends again is the edge of before.
    @Test("a peer that sends lost octets again tells its window with them (RFC 9293 §3.10.7.4)")
    func toldWithOldNumbers() throws {
        try PacketScript().run("""
            listen
            < S 1000 win 65535 mss 1460
            > S. 0 ack 1001
            < . 1001 ack 1 win 5840
            accept
            write 9000
            > . 1:1461 ack 1001
            > . 1461:2921 ack 1001
            > . 2921:4381 ack 1001
            > . 4381:5841 ack 1001
            < . 2001:2101 ack 1 win 5840
            > . 5841 ack 1001
            < . 1001:2001 ack 2921 win 2920
            > . 5841 ack 2101
            quiet 10ms
            """)
    }

    @Test("windows are counted in 32 bits (RFC 9293 §3.1, REC-1)")
    func wide() throws {
        let lab = try Lab()
        let (a, b) = try lab.connected()
        #expect(lab.a.write(a, .pattern(5000), now: lab.now) == 5000 && lab.b.write(b, .pattern(5000), now: lab.now) == 5000)
        lab.run(.seconds(1))
        #expect(lab.a.streams[a.position].sendWindow > 65535)
        #expect(lab.b.streams[b.position].receiveWindow > 65535)
    }

    @Test("a peer whose window stays closed, and who answers, is asked for a day (RFC 9293 §3.8.6, §3.8.6.1, MUST-35, MUST-37)")
    func closedForADay() throws {
        try PacketScript().run(Handshake.passive + """
            write 10
            > P. 1:11 ack 1001
            < . 1001 ack 11 win 0
            write 20

            """ + String(repeating: "wait 120s\n> . 11:12 ack 1001\nskip\n< . 1001 ack 11 win 0\n", count: 720) + """
            state ESTABLISHED
            < . 1001 ack 11 win 65535
            > P. 11:31 ack 1001
            """)
    }

    @Test("a peer that takes the window from under what is in flight, and answers, is not given up (RFC 9293 §3.8.6, SHLD-17)")
    func shrunkForHours() throws {
        try PacketScript().run("""
            listen
            < S 1000 win 65535 mss 1460
            > S. 0 ack 1001
            < . 1001 ack 1 win 65535
            accept
            write 10
            > P. 1:11 ack 1001
            < . 1001 ack 1 win 0
            wait 100s

            """ + String(repeating: "< . 1001 ack 1 win 0\nwait 120s\n", count: 120) + """
            state ESTABLISHED
            """)
    }

    @Test("less than a full segment waits for a larger window, but not for ever (RFC 9293 §3.8.6.2.1, MUST-38)")
    func silly() throws {
        try PacketScript().run(Handshake.passive + """
            write 10
            > P. 1:11 ack 1001
            < . 1001 ack 11 win 100
            write 1000
            quiet 100ms
            wait 150ms
            > . 11:111 ack 1001
            < . 1001 ack 111 win 2000
            > P. 111:1011 ack 1001
            """)
    }

    @Test("the window opens by a segment or half the buffer, never by an octet, and never moves back (RFC 9293 §3.8.6, §3.8.6.2.2, MUST-39, SHLD-14)")
    func sillyReader() throws {
        var options = StreamOptions()
        options.receiveBuffer = 4096
        try PacketScript(options).run(Handshake.passive + """
            < P. 1001:2461 ack 1 win 65535
            > . 1 ack 2461
            < P. 2461:3921 ack 1 win 65535
            > . 1 ack 3921
            < P. 3921:5097 ack 1 win 65535
            > . 1 ack 5097 win 0
            """)
        let lab = try Lab()
        var small = StreamOptions()
        small.receiveBuffer = 4096
        let (a, b) = try lab.connected(listener: small)
        #expect(lab.a.write(a, .pattern(10_000), now: lab.now) == 10_000)
        lab.run(.milliseconds(150))
        var told = lab.b.streams[b.position].receiveEdge, moved = 0
        for _ in 0..<2800 {
            let took = unsafe lab.b.read(b, most: 1, now: lab.now) { _ in 1 }
            #expect(took == 1)
            _ = lab.b.advance(to: lab.now)
            let edge = lab.b.streams[b.position].receiveEdge
            #expect(edge == told || edge - told >= 1400, "the edge moved by \(edge - told)")
            if edge != told { moved += 1 }
            told = edge
        }
        #expect(moved >= 1)
    }
}
