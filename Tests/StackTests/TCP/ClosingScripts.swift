@testable import Stack
import Testing

/// What most scripts begin with.
enum Handshake {
    static let passive = """
        listen
        < S 1000 win 65535 mss 1460 sackok
        > S. 0 ack 1001
        < . 1001 ack 1 win 65535
        accept

        """
}

@Suite("TCP: closing a connection")
struct ClosingScripts {
    @Test("this side closes first and waits (RFC 9293 §3.6 figure 12, §3.6.1, MUST-13)")
    func active() throws {
        try PacketScript().run(Handshake.passive + """
            close
            > F. 1 ack 1001
            streams LISTEN,FIN_WAIT_1
            < . 1001 ack 2 win 65535
            streams LISTEN,FIN_WAIT_2
            < F. 1001 ack 2 win 65535
            > . 2 ack 1002
            streams LISTEN,TIME_WAIT
            wait 61s
            streams LISTEN
            """)
    }

    @Test("the peer closes first (RFC 9293 §3.6 figure 12)")
    func passive() throws {
        try PacketScript().run(Handshake.passive + """
            < F. 1001 ack 1 win 65535
            > . 1 ack 1002
            state CLOSE_WAIT
            write 10
            > P. 1:11 ack 1002
            < . 1002 ack 11 win 65535
            close
            > F. 11 ack 1002
            streams LISTEN,LAST_ACK
            < . 1002 ack 12 win 65535
            streams LISTEN
            """)
    }

    @Test("both sides close at once (RFC 9293 §3.6 figure 13)")
    func simultaneous() throws {
        try PacketScript().run(Handshake.passive + """
            close
            > F. 1 ack 1001
            < F. 1001 ack 1 win 65535
            > . 2 ack 1002
            streams LISTEN,CLOSING
            < . 1002 ack 2 win 65535
            > . 2 ack 1002
            streams LISTEN,TIME_WAIT
            """)
    }

    @Test("half of a connection stays open: octets still come after our FIN (RFC 9293 §3.6)")
    func halfClosed() throws {
        try PacketScript().run(Handshake.passive + """
            shutdown
            > F. 1 ack 1001
            < . 1001 ack 2 win 65535
            < P. 1001:1101 ack 2 win 65535
            > . 2 ack 1101
            read 100
            < F. 1101 ack 2 win 65535
            > . 2 ack 1102
            streams LISTEN,CLOSED,TIME_WAIT
            """)
    }

    @Test("octets that nobody read are answered with a reset at close (RFC 9293 §3.6.1, SHLD-3, MAY-1)")
    func unread() throws {
        try PacketScript().run(Handshake.passive + """
            < P. 1001:1101 ack 1 win 65535
            > . 1 ack 1101
            close
            > R. 1 ack 1101
            streams LISTEN
            """)
    }

    @Test("octets for a program that is gone are answered with a reset (RFC 9293 §3.6.1, SHLD-3)")
    func afterClose() throws {
        try PacketScript().run(Handshake.passive + """
            close
            > F. 1 ack 1001
            < . 1001 ack 2 win 65535
            < P. 1001:1101 ack 2 win 65535
            > R. 2 ack 1001
            streams LISTEN
            drops tcpClosedReader 1
            """)
    }

    @Test("a FIN that comes again starts the wait again, and is acknowledged (RFC 9293 §3.10.7.4)")
    func finAgain() throws {
        try PacketScript().run(Handshake.passive + """
            close
            > F. 1 ack 1001
            < F. 1001 ack 2 win 65535
            > . 2 ack 1002
            wait 40s
            < F. 1001 ack 2 win 65535
            > . 2 ack 1002
            wait 40s
            streams LISTEN,TIME_WAIT
            wait 21s
            streams LISTEN
            """)
    }

    @Test("a reset does not end TIME-WAIT early (RFC 1337 §3)")
    func timeWaitAssassination() throws {
        try PacketScript().run(Handshake.passive + """
            close
            > F. 1 ack 1001
            < F. 1001 ack 2 win 65535
            > . 2 ack 1002
            < R 1002
            streams LISTEN,TIME_WAIT
            drops tcpTimeWait 1
            """)
    }

    @Test("a SYN beyond all that the old connection sent opens a new one out of TIME-WAIT (RFC 6191 §2, RFC 9293 §3.6.1, MAY-2)")
    func reuse() throws {
        try PacketScript().run(Handshake.passive + """
            close
            > F. 1 ack 1001
            < F. 1001 ack 2 win 65535
            > . 2 ack 1002
            < S 900 win 65535 mss 1460
            > . 2 ack 1002
            streams LISTEN,TIME_WAIT
            < S 2000 win 65535 mss 1460
            > S. 0 ack 2001
            """)
    }

    @Test("a peer that never closes is not waited for once the owner is gone")
    func orphan() throws {
        try PacketScript().run(Handshake.passive + """
            close
            > F. 1 ack 1001
            < . 1001 ack 2 win 65535
            streams LISTEN,FIN_WAIT_2
            wait 61s
            streams LISTEN
            """)
    }

    @Test("a reader that wants no more lets octets and the end pass, in order or not")
    func deaf() throws {
        try PacketScript().run(Handshake.passive + """
            < P. 1101:1201 ack 1 win 65535
            > . 1 ack 1001
            deaf
            < P. 1001:1101 ack 1 win 65535
            > . 1 ack 1201
            readable 0
            < F. 1201 ack 1 win 65535
            > . 1 ack 1202
            state CLOSE_WAIT
            """)
    }

    @Test("a connection that its own first segment resets leaves nothing behind")
    func resetAtOnce() throws {
        try PacketScript().run("""
            listen
            < S 1000 win 65535 mss 1460
            > S. 0 ack 1001
            < R. 1001 ack 1
            streams LISTEN
            < S 2000 win 65535 mss 1460
            > S. 0 ack 2001
            < . 2001 ack 1 win 65535
            accept
            """)
    }

    @Test("an abort tells the peer (RFC 9293 §3.10.5)")
    func abort() throws {
        try PacketScript().run(Handshake.passive + """
            abort
            > R. 1 ack 1001
            streams LISTEN
            """)
    }
}
