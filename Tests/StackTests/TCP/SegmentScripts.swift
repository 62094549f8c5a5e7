@testable import Stack
import Testing

@Suite("TCP: segments of an open connection")
struct SegmentScripts {
    @Test("every second full segment is acknowledged at once, a single one within half a second (RFC 9293 §3.8.6.3, SHLD-18, SHLD-19, MUST-40)")
    func delayedAcknowledgment() throws {
        try PacketScript().run(Handshake.passive + Self.warm + """
            < P. 9001:9101 ack 1 win 65535
            quiet 30ms
            wait 20ms
            > . 1 ack 9101
            < . 9101:10561 ack 1 win 65535
            < . 10561:12021 ack 1 win 65535
            > . 1 ack 12021
            """)
    }

    /// The first eight segments are acknowledged one by one.
    static let warm = (0..<8).map { k in
        "< P. \(1001 + k * 1000):\(2001 + k * 1000) ack 1 win 65535\n> . 1 ack \(2001 + k * 1000)\n"
    }.joined() + "read 8000\n> . 1 ack 9001\n" // The window opens again.

    @Test("octets out of order are kept, and the peer hears at once what is missing (RFC 9293 §3.10.7.4, SHLD-31, MAY-13; RFC 5681 §4.2, RFC 2018 §4)")
    func outOfOrder() throws {
        try PacketScript().run(Handshake.passive + """
            < P. 1101:1201 ack 1 win 65535
            > . 1 ack 1001 sack 1101:1201
            < P. 1301:1401 ack 1 win 65535
            > . 1 ack 1001 sack 1301:1401 1101:1201
            readable 0
            < P. 1001:1101 ack 1 win 65535
            > . 1 ack 1201 sack 1301:1401
            < P. 1201:1301 ack 1 win 65535
            > . 1 ack 1401
            read 400
            """)
    }

    @Test("octets that come again are acknowledged again, and reported as duplicates (RFC 9293 §3.10.7.4, RFC 2883 §4)")
    func duplicate() throws {
        try PacketScript().run(Handshake.passive + """
            < P. 1001:1101 ack 1 win 65535
            > . 1 ack 1101
            < P. 1001:1101 ack 1 win 65535
            > . 1 ack 1101 sack 1001:1101
            drops tcpDuplicate 1
            read 100
            """)
    }

    @Test("what lies beyond the window is refused, and the peer told where it is (RFC 9293 §3.10.7.4)")
    func beyondWindow() throws {
        try PacketScript().run(Handshake.passive + """
            < P. 901001:901101 ack 1 win 65535
            > . 1 ack 1001
            drops tcpOutOfWindow 1
            """)
    }

    /// The peer has filled the window, its first octets are lost: what it acknowledges stands behind all that it has sent.
    @Test("an acknowledgment at the window's very end counts, as a peer's does that has filled the window (RFC 9293 §3.10.7.4)")
    func atTheEdge() throws {
        var options = StreamOptions()
        options.receiveBuffer = 8192
        try PacketScript(options).run(Handshake.passive + """
            write 10
            > P. 1:11 ack 1001
            < . 8193:9193 ack 1 win 65535
            > . 11 ack 1001 sack 8193:9193
            < . 9193 ack 11 win 65535
            quiet 10s
            drops tcpOutOfWindow 0
            < R 9193 win 0
            quiet 10ms
            drops tcpOutOfWindow 1
            state ESTABLISHED
            """)
    }

    @Test("a segment that begins before the window is cut to it (RFC 9293 §3.10.7.4)")
    func overlap() throws {
        try PacketScript().run(Handshake.passive + """
            < P. 1001:1101 ack 1 win 65535
            > . 1 ack 1101
            < P. 1051:1201 ack 1 win 65535
            > . 1 ack 1201
            read 200
            """)
    }

    @Test("small segments wait for the acknowledgment of the one before, and leave as one with PSH (RFC 9293 §3.7.4, §3.9.1.2, SHLD-7, SHLD-27, MUST-60, MUST-61, MAY-16)")
    func nagle() throws {
        try PacketScript().run(Handshake.passive + """
            write 10
            > P. 1:11 ack 1001
            write 10
            write 10
            quiet 1ms
            < . 1001 ack 11 win 65535
            > P. 11:31 ack 1001
            """)
    }

    @Test("an owner may ask that they do not (RFC 9293 §3.7.4, MUST-17)")
    func noDelay() throws {
        var options = StreamOptions()
        options.noDelay = true
        try PacketScript(options).run(Handshake.passive + """
            write 10
            > P. 1:11 ack 1001
            write 10
            > P. 11:21 ack 1001
            """)
    }

    @Test("a lost segment is sent again after the timeout, and again with back-off (RFC 6298 §5.5, RFC 9293 §3.8.2, MUST-19)")
    func timeout() throws {
        try PacketScript().run("""
            listen
            < S 1000 win 65535 mss 1460
            > S. 0 ack 1001
            < . 1001 ack 1 win 65535
            accept
            write 10
            > P. 1:11 ack 1001
            quiet 190ms
            wait 20ms
            > P. 1:11 ack 1001
            quiet 380ms
            wait 30ms
            > P. 1:11 ack 1001
            < . 1001 ack 11 win 65535
            quiet 10s
            """)
    }

    @Test("three segments held beyond a hole have it sent again at once (RFC 6675 §5, RFC 8985 §6.2)")
    func fastRetransmit() throws {
        try PacketScript().run(Handshake.passive + """
            write 7300
            > . 1:1461 ack 1001
            > . 1461:2921 ack 1001
            > . 2921:4381 ack 1001
            > . 4381:5841 ack 1001
            > P. 5841:7301 ack 1001
            < . 1001 ack 1 win 65535 sack 1461:2921
            < . 1001 ack 1 win 65535 sack 1461:4381
            < . 1001 ack 1 win 65535 sack 1461:5841
            > . 1:1461 ack 1001
            < . 1001 ack 7301 win 65535
            quiet 5s
            """)
    }

    @Test("a closed window is asked about, for as long as it is closed (RFC 9293 §3.8.6, §3.8.6.1, MUST-35, MUST-36, SHLD-29, SHLD-30)")
    func zeroWindow() throws {
        try PacketScript().run(Handshake.passive + """
            write 10
            > P. 1:11 ack 1001
            < . 1001 ack 11 win 0
            write 20
            quiet 100ms
            wait 1s
            > . 11:12 ack 1001
            < . 1001 ack 11 win 0
            wait 2s
            > . 11:12 ack 1001
            < . 1001 ack 11 win 0
            wait 600s
            state ESTABLISHED
            < . 1001 ack 11 win 65535
            """)
    }

    @Test("a reset counts only with exactly the next number; any other in the window is asked for again (RFC 5961 §3.2)")
    func blindReset() throws {
        try PacketScript().run(Handshake.passive + """
            < R 1500
            > . 1 ack 1001
            drops tcpResetInWindow 1
            < R 91500
            quiet 1ms
            state ESTABLISHED
            < R 1001
            state CLOSED
            error reset
            """)
    }

    @Test("a SYN inside a connection is challenged, whatever its number (RFC 5961 §4.2)")
    func blindSyn() throws {
        try PacketScript().run(Handshake.passive + """
            < S 1500 win 100
            > . 1 ack 1001
            drops tcpUnexpectedSyn 1
            state ESTABLISHED
            """)
    }

    @Test("an acknowledgment of octets never sent is answered and ignored (RFC 9293 §3.10.7.4, MAY-12, RFC 5961 §5.2)")
    func futureAcknowledgment() throws {
        try PacketScript().run(Handshake.passive + """
            < . 1001 ack 5000 win 65535
            > . 1 ack 1001
            drops tcpBadAcknowledgment 1
            state ESTABLISHED
            """)
    }

    @Test("a segment without ACK is dropped (RFC 9293 §3.10.7.4)")
    func withoutAcknowledgment() throws {
        try PacketScript().run(Handshake.passive + """
            < P 1001:1101 win 65535
            drops tcpNoAcknowledgment 1
            quiet 100ms
            """)
    }

    @Test("a peer that takes its window back hears no storm and gets again what is in flight, nothing new (RFC 9293 §3.8.6, MUST-34, SHLD-15, SHLD-16, MAY-7)")
    func shrunkWindow() throws {
        try PacketScript().run(Handshake.passive + """
            write 5840
            > . 1:1461 ack 1001
            > . 1461:2921 ack 1001
            > . 2921:4381 ack 1001
            > P. 4381:5841 ack 1001
            < . 1001 ack 2921 win 0
            wait 20ms
            > P. 4381:5841 ack 1001     # The tail's probe (RFC 8985 §7.3).
            < . 1001 ack 2921 win 0
            < . 1001 ack 2921 win 0
            < . 1001 ack 2921 win 0
            quiet 100ms
            < . 1001 ack 5841 win 65535
            write 10
            > P. 5841:5851 ack 1001
            """)
    }

    @Test("a silent peer is asked whether it lives, when the owner wants it, and given up when it does not answer (RFC 9293 §3.8.4, MUST-24, MUST-26, MUST-27, MUST-29, SHLD-12, MAY-5)")
    func keepAlive() throws {
        var options = StreamOptions()
        options.keepsAlive = true
        options.keepAliveIdle = .seconds(100)
        options.keepAliveInterval = .seconds(10)
        options.keepAliveProbes = 2
        try PacketScript(options).run(Handshake.passive + """
            quiet 99s
            wait 2s
            > . 0 ack 1001
            < . 1001 ack 1 win 65535
            quiet 98s
            wait 25s
            > . 0 ack 1001
            > . 0 ack 1001
            > R. 1 ack 1001
            error timedOut
            """)
    }

    @Test("an old clock is no news (RFC 7323 §5.3)")
    func oldTimestamp() throws {
        try PacketScript().run("""
            listen
            < S 1000 win 65535 mss 1460 ts 500 0
            > S. 0 ack 1001 ts 0 500
            < . 1001 ack 1 win 65535 ts 510 0
            accept
            < P. 1001:1101 ack 1 win 65535 ts 520 0
            > . 1 ack 1101 ts 0 520
            < P. 1101:1201 ack 1 win 65535 ts 400 0
            > . 1 ack 1101 ts 0 520
            drops tcpOldTimestamp 1
            """)
    }

    @Test("a mark of a router is echoed until the peer has slowed down (RFC 3168 §6.1.3, RFC 9293 §3.8.2, SHLD-8)")
    func marks() throws {
        var options = StreamOptions()
        options.usesECN = true
        try PacketScript(options).run("""
            listen
            < SEC 1000 win 65535 mss 1460
            > S.E 0 ack 1001
            < . 1001 ack 1 win 65535
            accept
            < P. 1001:1101 ack 1 win 65535 ce
            > .E 1 ack 1101
            < P. 1101:1201 ack 1 win 65535
            > .E 1 ack 1201
            < P.C 1201:1301 ack 1 win 65535
            > . 1 ack 1301
            write 10
            > P. 1:11 ack 1301 ce
            """)
    }
}
