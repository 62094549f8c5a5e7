import Messages
import Testing

@testable import tools

struct PingSessionTests {
    static let millisecond: UInt64 = 1_000_000
    static func options(_ change: (inout PingOptions) -> Void = { _ in }) -> PingOptions {
        var options = PingOptions(host: "10.1.0.1", family: .inet)
        options.count = 2
        change(&options)
        return options
    }
    static func reply(_ sequence: UInt16, _ data: [UInt8]) -> EchoReply {
        EchoReply(source: "10.1.0.1", hopLimit: 64, sequence: sequence, data: data)
    }

    @Test func `two requests a second apart, two replies, the end`() {
        let options = Self.options()
        var session = PingSession(options, now: 0)
        #expect(session.head == "PING 10.1.0.1 (10.1.0.1): 56 data bytes\n")
        #expect(session.timer(0) == [.send(sequence: 0)])
        #expect(session.deadline == 1_000 * Self.millisecond)
        #expect(session.timer(10) == [])
        #expect(session.reply(Self.reply(0, options.data), at: 4 * Self.millisecond, now: 5 * Self.millisecond)
            == [.print("64 bytes from 10.1.0.1: icmp_seq=0 ttl=64 time=4.000 ms\n")])
        #expect(session.timer(1_000 * Self.millisecond) == [.send(sequence: 1)])
        #expect(session.reply(Self.reply(1, options.data), at: 0, now: 1_002 * Self.millisecond)
            == [.print("64 bytes from 10.1.0.1: icmp_seq=1 ttl=64 time=2.000 ms\n"), .finish])
        #expect(session.exit == 0)
        #expect(session.summary == """

            ----10.1.0.1 PING Statistics----
            2 packets transmitted, 2 packets received, 0% packet loss
            round-trip min/avg/max = 2.000/3.000/4.000 ms   variance = 1.000 ms^2

            """)
    }

    @Test func `without a reply it ends a second after the last request`() {
        var session = PingSession(Self.options { $0.count = 1 }, now: 0)
        #expect(session.timer(0) == [.send(sequence: 0)])
        #expect(session.deadline == 1_000 * Self.millisecond)
        #expect(session.timer(1_000 * Self.millisecond) == [.finish])
        #expect(session.exit == 1)
        #expect(session.summary == """

            ----10.1.0.1 PING Statistics----
            1 packets transmitted, 0 packets received, 100% packet loss

            """)
    }

    @Test func `a second reply to one request is a duplicate, and not received`() {
        let options = Self.options { $0.count = 5 }
        var session = PingSession(options, now: 0)
        _ = session.timer(0)
        _ = session.reply(Self.reply(0, options.data), at: 1, now: 1)
        #expect(session.reply(Self.reply(0, options.data), at: 2_500, now: 2_500)
            == [.print("64 bytes from 10.1.0.1: icmp_seq=0 ttl=64 time=0.003 ms (DUP!)\n")])
        #expect(session.statistics.received == 1 && session.statistics.duplicates == 1)
        #expect(session.summary.contains("1 packets received, +1 duplicates, 0% packet loss"))
    }

    @Test func `a wrong octet is named, a short reply is told`() {
        let options = Self.options { $0.size = 16 }
        var session = PingSession(options, now: 0)
        _ = session.timer(0)
        var data = options.data
        data[9] = 0xff
        data.removeLast()
        #expect(session.reply(Self.reply(0, data), at: 0, now: 0) == [.print("""
            23 bytes from 10.1.0.1: icmp_seq=0 ttl=64 time=0.000 ms (truncated)
            wrong data byte #9 should be 0x9 but was 0xff

            """)])
        #expect(session.statistics.corrupted == 1)
    }

    @Test func `a reply to what was never asked counts as an error and prints nothing`() {
        var session = PingSession(Self.options(), now: 0)
        _ = session.timer(0)
        #expect(session.reply(Self.reply(77, []), at: 0, now: 1) == [])
        #expect(session.statistics.errors == 1 && session.statistics.received == 0)
    }

    @Test func `a flood prints dots and backspaces and keeps the pace of the replies`() {
        let options = Self.options { ($0.flood, $0.count) = (true, nil) }
        var session = PingSession(options, now: 0)
        #expect(session.timer(0) == [.send(sequence: 0), .print(".")])
        #expect(session.deadline == 10 * Self.millisecond)
        #expect(session.reply(Self.reply(0, options.data), at: 50, now: 60) == [.print("\u{8}")])
        #expect(session.deadline == 60)
        #expect(session.timer(60) == [.send(sequence: 1), .print(".")])
    }

    @Test func `quiet prints no line, preload sends a burst, once ends at the first reply`() {
        let options = Self.options { ($0.quiet, $0.preload, $0.once, $0.count) = (true, 3, true, 9) }
        var session = PingSession(options, now: 0)
        #expect(session.timer(0) == (0...3).map { .send(sequence: $0) })
        #expect(session.reply(Self.reply(2, options.data), at: 0, now: 1) == [.finish])
        #expect(session.error(EchoError(source: "10.1.0.9", octets: 36, meaning: "x", sequence: 1)) == [])
    }

    @Test func `the limit ends it whatever is outstanding`() {
        var session = PingSession(Self.options { ($0.count, $0.limit) = (nil, 1_500 * Self.millisecond) }, now: 0)
        _ = session.timer(0)
        _ = session.timer(1_000 * Self.millisecond)
        #expect(session.deadline == 1_500 * Self.millisecond)
        #expect(session.timer(1_500 * Self.millisecond) == [.finish])
    }

    @Test func `sequence numbers come round without memory growing`() {
        let options = Self.options { ($0.flood, $0.count, $0.quiet, $0.size) = (true, 70_000, true, 0) }
        var session = PingSession(options, now: 0)
        for index in 0..<70_000 {
            #expect(session.timer(session.deadline) == [.send(sequence: UInt16(truncatingIfNeeded: index))])
            _ = session.reply(Self.reply(UInt16(truncatingIfNeeded: index), []), at: 0, now: session.deadline)
        }
        #expect(session.statistics.received == 70_000 && session.statistics.duplicates == 0)
    }

    @Test func `a time of arrival before the request is not believed`() {
        let options = Self.options()
        var session = PingSession(options, now: 5_000_000)
        _ = session.timer(5_000_000)
        #expect(session.reply(Self.reply(0, options.data), at: 1, now: 6_000_000)
            == [.print("64 bytes from 10.1.0.1: icmp_seq=0 ttl=64 time=1.000 ms\n")])
    }

    @Test func `errors print in the words of BSD`() {
        var session = PingSession(Self.options(), now: 0)
        #expect(session.error(EchoError(source: "10.1.0.254", octets: 36, meaning: "Destination Host Unreachable", sequence: 0))
            == [.print("36 bytes from 10.1.0.254: icmp_seq=0 Destination Host Unreachable\n")])
        #expect(session.asynchronousError("No route to host") == [.print("ping: 10.1.0.1: No route to host\n")])
    }

    @Test(arguments: [("ff00", [0xff, 0]), ("a", [0x0a]), ("abc", [0x0a, 0xbc])] as [(String, [UInt8])])
    func `patterns are hexadecimal`(text: String, octets: [UInt8]) { #expect(PingOptions.pattern(text) == octets) }

    @Test(arguments: ["", "xy", "0x1", String(repeating: "a", count: 33)])
    func `what is no pattern is refused`(text: String) { #expect(PingOptions.pattern(text) == nil) }
}
