@testable import Stack
import Testing

@Suite("TCP: urgent octets")
struct UrgentScripts {
    @Test("the owner hears when urgent octets are announced and when there are more, and learns how many (RFC 9293 §3.8.5, MUST-30, MUST-32, MUST-33)")
    func received() throws {
        try PacketScript().run(Handshake.passive + """
            events streamAcceptable
            < PU. 1001:1011 ack 1 win 65535 urg 20
            events streamAdvised streamReadable
            pending 20
            < PU. 1011:1021 ack 1 win 65535 urg 10     # The same mark.
            events none
            < PU. 1021:1031 ack 1 win 65535 urg 30
            events streamAdvised
            pending 50
            read 30
            pending 20
            < P. 1031:1061 ack 1 win 65535
            read 30
            pending 0
            """)
    }

    @Test("the mark names the octet behind the urgent ones (RFC 9293 §3.8.5, MUST-62)")
    func mark() throws {
        try PacketScript().run(Handshake.passive + """
            write 5
            urgent
            > PU. 1:6 ack 1001 urg 5
            < . 1001 ack 6 win 65535
            write 5
            > P. 6:11 ack 1001
            """)
    }

    @Test("urgent octets may be more than one field can say (RFC 9293 §3.8.5, MUST-31)")
    func long() throws {
        var options = StreamOptions()
        options.sendBuffer = 100_000
        try PacketScript(options).run(Handshake.passive + """
            write 80000
            urgent
            > U. 1:1461 ack 1001 urg 65535
            wait 1ms
            < . 1001 ack 14601 win 65535
            """)
        let lab = try Lab()
        let (a, b) = try lab.connected(options)
        let octets = [UInt8].pattern(80_000)
        #expect(lab.a.write(a, octets, now: lab.now) == 80_000)
        lab.a.markUrgent(a, now: lab.now)
        lab.run(.milliseconds(100))
        let arrived = lab.b.readAll(b, now: lab.now)
        #expect(arrived == octets)
        #expect(lab.b.streamCondition(b)?.urgent == 0 && lab.b.streams[b.position].receiveUrgent == lab.b.streams[b.position].receiveBase)
        #expect(!lab.a.streams[a.position].flags.contains(.sendsUrgent), "what was acknowledged is urgent no more")
    }

    @Test("an owner that wants no reports gets none (RFC 9293 §3.9.1.8, SHLD-20)")
    func silent() throws {
        var options = StreamOptions()
        options.hearsAdvice = false
        try PacketScript(options).run(Handshake.passive + """
            events streamAcceptable
            < PU. 1001:1011 ack 1 win 65535 urg 10
            events streamReadable
            """)
    }

    @Test("a mark that was read means nothing half a sequence space later")
    func passedMark() throws {
        try PacketScript().run(Handshake.passive + """
            < PU. 1001:1011 ack 1 win 65535 urg 10
            pending 10
            read 10
            pending 0
            events streamAcceptable streamAdvised streamReadable
            < PU. 1011:1021 ack 1 win 65535 urg 5
            events streamAdvised streamReadable
            pending 5
            """)
    }

    @Test("with its window closed this side still hears of resets and urgent octets (RFC 9293 §3.4, MUST-66)")
    func closedWindow() throws {
        var options = StreamOptions()
        options.receiveBuffer = 4096
        let full = Handshake.passive + """
            < P. 1001:2461 ack 1 win 65535
            > . 1 ack 2461
            < P. 2461:3921 ack 1 win 65535
            > . 1 ack 3921
            < P. 3921:5097 ack 1 win 65535
            > . 1 ack 5097 win 0
            events streamAcceptable streamReadable

            """
        try PacketScript(options).run(full + """
            < U. 5097 ack 1 win 65535 urg 10
            events streamAdvised
            pending 4106
            """)
        try PacketScript(options).run(full + """
            < R 5097
            error reset
            """)
    }
}
