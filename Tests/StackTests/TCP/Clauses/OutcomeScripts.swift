@testable import Stack
import Testing

@Suite("TCP: what becomes of connections, and what their owners hear")
struct OutcomeScripts {
    @Test("a handshake that a reset ends falls back to where it came from: a listener listens, an opener is refused (RFC 9293 §3.5, §3.5.3, MUST-11)")
    func whereItCameFrom() throws {
        try PacketScript().run("""
            listen
            < S 1000 win 65535 mss 1460
            > S. 0 ack 1001
            streams LISTEN,SYN_RECEIVED
            < R 1001
            streams LISTEN
            """)
        try PacketScript().run("""
            connect
            > S 0
            < S 5000 win 60000 mss 1400
            > S. 0 ack 5001
            state SYN_RECEIVED
            < R 5001
            state CLOSED
            error refused
            """)
    }

    @Test("the owner learns whether its peer closed or broke off (RFC 9293 §3.6, MUST-12)")
    func closedOrBroken() throws {
        try PacketScript().run(Handshake.passive + """
            events streamAcceptable
            < F. 1001 ack 1 win 65535
            > . 1 ack 1002
            events streamReadable
            state CLOSE_WAIT
            error none
            """)
        try PacketScript().run(Handshake.passive + """
            events streamAcceptable
            < R 1001
            events streamReadable
            state CLOSED
            error reset
            """)
    }

    @Test("a reset may carry octets (RFC 9293 §3.5.3, SHLD-2)")
    func explainedReset() throws {
        try PacketScript().run(Handshake.passive + """
            < R. 1001:1021 ack 1 win 65535
            state CLOSED
            error reset
            readable 0
            """)
    }

    @Test("after three timeouts the owner hears of it, and after all of them it is over (RFC 9293 §3.8.3, MUST-20, SHLD-9, SHLD-10, SHLD-11)")
    func excess() throws {
        try PacketScript().run("""
            listen
            < S 1000 win 65535 mss 1460
            > S. 0 ack 1001
            < . 1001 ack 1 win 65535
            accept
            events streamAcceptable
            write 10
            > P. 1:11 ack 1001
            wait 1s
            events none
            advice none
            wait 3s
            events streamAdvised
            advice timedOut
            state ESTABLISHED
            wait 500s
            state ESTABLISHED
            wait 900s
            error timedOut
            """)
    }

    @Test("what passes again is trouble no more (RFC 9293 §3.8.3)")
    func adviceEnds() throws {
        try PacketScript().run(Handshake.passive + """
            write 10
            > P. 1:11 ack 1001
            wait 4s
            advice timedOut
            < . 1001 ack 11 win 65535
            advice none
            """)
    }

    @Test("no silence is long enough for a probe that nobody asked for (RFC 9293 §3.8.4, MUST-25)")
    func noKeepAlive() throws {
        try PacketScript().run(Handshake.passive + """
            quiet 100000s
            state ESTABLISHED
            """)
    }

    @Test("a probe that was asked for comes after two hours, unless told otherwise (RFC 9293 §3.8.4, MUST-28)")
    func twoHours() throws {
        var options = StreamOptions()
        options.keepsAlive = true
        try PacketScript(options).run(Handshake.passive + """
            quiet 7199s
            wait 2s
            > . 0 ack 1001
            """)
    }

    @Test("segments that came together are answered together, once all have been looked at (RFC 9293 §3.10.7.4, MUST-58, MUST-59)")
    func aggregate() throws {
        try PacketScript().run(Handshake.passive + SegmentScripts.warm + """
            < . 9001:10461 ack 1 win 65535
            < . 10461:11921 ack 1 win 65535
            < . 11921:13381 ack 1 win 65535
            < P. 13381:14841 ack 1 win 65535
            > . 1 ack 14841
            quiet 1s
            """)
    }

    @Test("what was written in pieces leaves in full segments (RFC 9293 §3.9.1.2, SHLD-28, SHLD-27)")
    func packed() throws {
        try PacketScript().run(Handshake.passive + """
            write 700
            write 700
            write 700
            write 820
            > . 1:1461 ack 1001
            > P. 1461:2921 ack 1001
            """)
    }

    @Test("a newer clock opens a new connection out of TIME-WAIT at once, whatever its number (RFC 6191 §2, RFC 9293 §3.6.1, SHLD-4)")
    func newerClock() throws {
        try PacketScript().run("""
            listen
            < S 1000 win 65535 mss 1460 ts 500 0
            > S. 0 ack 1001
            < . 1001 ack 1 win 65535 ts 510 0
            accept
            close
            > F. 1 ack 1001
            < F. 1001 ack 2 win 65535 ts 520 0
            > . 2 ack 1002
            < S 900 win 65535 mss 1460 ts 519 0
            > . 2 ack 1002
            streams LISTEN,TIME_WAIT
            < S 900 win 65535 mss 1460 ts 530 0
            > S. 0 ack 901
            """)
    }
}
