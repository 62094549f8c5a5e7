import CDriver
import DriverKit
import Testing

@Suite struct OptionsTests {
    let host = TestHost(drydock_identity())

    /// Runs `body` over the options of `text`.
    func parse<R>(_ text: String, _ body: (inout Options) throws -> R) rethrows -> R {
        try unsafe text.withCString { pointer in
            var options = unsafe Options(pointer, services: Services(host.services), driver: "test")
            return try body(&options)
        }
    }

    @Test func `empty items are skipped`() {
        parse(",,a,,b=1,") { options in
            let a = options.next(), b = options.next()
            #expect(a.map { options.named($0, "a") && $0.isFlag } == true)
            #expect(b.map { options.named($0, "b") && options.valued($0, "1") } == true)
            #expect(options.next() == nil)
        }
    }

    @Test(arguments: ["n=", "n", "n=x", "n=9", "n=41", "n=4294967296", "n=99999999999999", "n=-8", "n=12 "])
    func `a number that is not allowed is refused with a line that says why`(text: String) throws {
        parse(text) { options in
            guard let option = options.next() else { Issue.record("no option"); return }
            #expect(throws: DriverFailure.self) { try options.number(option, in: 8...40, step: 4, allowed: "8 to 40, a multiple of 4") }
        }
        let line = try #require(host.log.last)
        #expect(host.log.count == 1)
        #expect(line.severity == Severity.error.rawValue)
        #expect(line.text.hasPrefix("test: option '\(text)' "))
        #expect(line.text.hasSuffix("; allowed: 8 to 40, a multiple of 4"))
    }

    @Test func `a number in range is read`() throws {
        parse("n=36") { options in
            guard let option = options.next() else { Issue.record("no option"); return }
            let value = try? options.number(option, in: 8...40, step: 4, allowed: "")
            #expect(value == 36)
        }
    }

    @Test(arguments: ["m=52:54:00:12:34:5", "m=52-54-00-12-34-56", "m=53:54:00:12:34:56", "m=00:00:00:00:00:00", "m", "m=52:54:00:12:34:5g"])
    func `an address that no station can have is refused`(text: String) {
        parse(text) { options in
            guard let option = options.next() else { Issue.record("no option"); return }
            #expect(throws: DriverFailure.self) { try options.address(option) }
        }
        #expect(host.log.count == 1)
    }

    @Test func `an address is read in either case`() throws {
        try parse("m=aA:54:00:12:34:Ff") { options in
            guard let option = options.next() else { Issue.record("no option"); return }
            let address = try options.address(option)
            #expect(address.tuple == (0xAA, 0x54, 0x00, 0x12, 0x34, 0xFF))
            #expect(HardwareAddress(low: address.low, high: address.high).tuple == address.tuple)
        }
    }

    @Test func `octets that could harm a terminal do not reach the log`() throws {
        parse("a\u{1B}[2J=é") { options in
            guard let option = options.next() else { Issue.record("no option"); return }
            _ = options.refuse(option, "is not known", allowed: "nothing")
        }
        #expect(try #require(host.log.last).text == "test: option 'a?[2J=??' is not known; allowed: nothing")
    }

    @Test func `names that another driver keeps to itself are passed over`() {
        parse("fault=x,a,after=2,after,b") { options in
            options.skip("fault", "after")
            #expect(options.next().map { options.named($0, "a") } == true)
            #expect(options.next().map { options.named($0, "b") } == true)
            #expect(options.next() == nil)
        }
    }
}
