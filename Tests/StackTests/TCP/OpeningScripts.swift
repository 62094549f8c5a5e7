@testable import Stack
import Testing

@Suite("TCP: opening a connection")
struct OpeningScripts {
    @Test("a listener answers a SYN, and hands the connection over once it is acknowledged (RFC 9293 §3.5 figure 6)")
    func passive() throws {
        try PacketScript().run("""
            listen
            < S 1000 win 65535 mss 1460 sackok ws 7
            > S. 0 ack 1001 mss 1460 sackok ws 7
            < . 1001 ack 1 win 500
            accept
            state ESTABLISHED
            """)
    }

    @Test("an opening SYN offers all that this side can do, and is answered with an acknowledgment (RFC 9293 §3.5 figure 6, §3.7.1, SHLD-5, MAY-3)")
    func active() throws {
        try PacketScript().run("""
            connect
            > S 0 mss 1460 sackok ts 0 0 ws 7
            < S. 5000 ack 1 win 60000 mss 1400 sackok ws 3
            > . 1 ack 5001
            state ESTABLISHED
            """)
    }

    @Test("both sides may open at once (RFC 9293 §3.5 figure 7, MUST-10)")
    func simultaneous() throws {
        try PacketScript().run("""
            connect
            > S 0
            < S 5000 win 60000 mss 1400
            > S. 0 ack 5001
            < S. 5000 ack 1 win 60000 mss 1400
            > . 1 ack 5001
            < . 5001 ack 1 win 60000
            state ESTABLISHED
            """)
    }

    @Test("an old duplicate SYN is undone by a reset, and the connection opens after it (RFC 9293 §3.5 figure 8)")
    func oldDuplicate() throws {
        try PacketScript().run("""
            listen
            < S 90 win 65535 mss 1460
            > S. 0 ack 91
            < R 91
            < S 100 win 65535 mss 1460
            > S. 0 ack 101
            < . 101 ack 1 win 500
            accept
            """)
    }

    @Test("an acknowledgment of something never sent is answered with a reset in SYN-SENT (RFC 9293 §3.10.7.3)")
    func badAcknowledgment() throws {
        try PacketScript().run("""
            connect
            > S 0
            < S. 5000 ack 7 win 60000
            > R 7
            state SYN_SENT
            """)
    }

    @Test("a reset ends an opening only when it acknowledges the SYN (RFC 9293 §3.10.7.3)")
    func resetInSynSent() throws {
        try PacketScript().run("""
            connect
            > S 0
            < R 5000
            drops tcpNoAcknowledgment 1
            state SYN_SENT
            < R. 5000 ack 1
            state CLOSED
            error refused
            """)
    }

    @Test("a SYN is repeated with back-off for at least three minutes and its owner hears of the trouble (RFC 9293 §3.8.3, MUST-22, MUST-23)")
    func synRepetition() throws {
        try PacketScript().run("""
            connect
            > S 0
            events none
            quiet 900ms
            wait 200ms
            > S 0
            quiet 1800ms
            wait 300ms
            > S 0
            wait 180s
            events streamAdvised streamAdvised
            > S 0
            > S 0
            > S 0
            > S 0
            state SYN_SENT
            wait 200s
            error timedOut
            """)
    }

    @Test("a SYN-ACK is repeated, and the handshake forgotten when nobody answers (RFC 9293 §3.8.1)")
    func synAckRepetition() throws {
        try PacketScript().run("""
            listen
            < S 1000 win 65535 mss 1460
            > S. 0 ack 1001
            quiet 900ms
            wait 200ms
            > S. 0 ack 1001
            wait 70s
            > S. 0 ack 1001
            > S. 0 ack 1001
            > S. 0 ack 1001
            > S. 0 ack 1001
            streams LISTEN
            """)
    }

    @Test("an acknowledgment that is refused completes no handshake, and the next one still may (RFC 7323 §3.2)")
    func refusedCompletion() throws {
        try PacketScript().run("""
            listen
            < S 1000 win 65535 mss 1460 ts 500 0
            > S. 0 ack 1001
            < . 1001 ack 1 win 65535       # Without the clock that was agreed on.
            drops tcpOldTimestamp 1
            skip
            streams LISTEN,SYN_RECEIVED
            < . 1001 ack 1 win 65535 ts 510 0
            accept
            state ESTABLISHED
            """)
    }

    @Test("without options of the peer segments are short, and carry no timestamps (RFC 9293 §3.7.1, MUST-15)")
    func noOptions() throws {
        try PacketScript().run("""
            listen
            < S 1000 win 65535
            > S. 0 ack 1001
            < . 1001 ack 1 win 65535
            accept
            write 1000
            > . 1:537 ack 1001
            < . 1001 ack 537 win 65535
            > P. 537:1001 ack 1001
            """)
    }

    @Test("a segment for nobody is answered with a reset that its sender believes (RFC 9293 §3.10.7.1)")
    func nobody() throws {
        try PacketScript().run("""
            < . 1000 ack 77 win 65535
            > R 77
            < S 1000 win 65535
            > R. 0 ack 1001
            < R 1000
            quiet 100ms
            drops tcpNoConnection 3
            """)
    }
}
