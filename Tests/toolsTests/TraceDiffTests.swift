import Dossier
import Recorder
import Testing

@testable import tools

struct TraceDiffTests {
    static let registers: RegisterTable = {
        var cause = RegisterTable.Register(name: "ICR", offset: 0xc0)
        cause.access = 3
        var status = RegisterTable.Register(name: "STATUS", offset: 8)
        status.fields = [.init(name: "FD", low: 0, high: 0), .init(name: "LU", low: 1, high: 1)]
        var bell = RegisterTable.Register(name: "notify", offset: 0x3000)
        bell.access = 5
        return RegisterTable([cause, status, bell, .init(name: "CTRL", offset: 0), .init(name: "RDBAL", offset: 0x2800)])
    }()

    static func event(_ body: RecordedEvent.Body) -> RecordedEvent {
        RecordedEvent(number: 0, time: 0, calendar: 0, slot: 0, body: body)
    }

    /// Short for an access in words: `l STATUS 3`, `s CTRL 1`; `. attach` ends a callout; `d 0x100000` is DMA memory.
    static func run(_ bus: String, _ words: [String], violations: [String] = []) -> TraceRun {
        var records = words.map { line -> TraceRecord in
            let parts = line.split(separator: " ").map(String.init)
            switch parts[0] {
            case ".": return TraceRecord(event(.detached), interface: "em0", kind: .callout, action: parts[1])
            case "d":
                var record = TraceRecord(event(.detached), interface: "em0", kind: .dma, action: "allocate")
                (record.address, record.length) = (UInt64(parts[1].dropFirst(2), radix: 16), 4096)
                return record
            default:
                var record = TraceRecord(event(.detached), interface: "em0", kind: .register, action: parts[0] == "l" ? "load" : "store")
                let register = registers.registers.first { $0.name == parts[1] }
                (record.register, record.region, record.offset, record.width) = (parts[1], 0, register?.offset, 4)
                record.value = parts[2].hasPrefix("0x") ? UInt64(parts[2].dropFirst(2), radix: 16) : UInt64(parts[2])
                return record
            }
        }
        records += violations.map { text in
            var record = TraceRecord(event(.detached), interface: "em0", kind: .violation, action: "violation")
            record.text = text
            return record
        }
        return TraceRun(bus: bus, records: records, registers: registers)
    }

    static func report(_ a: [String], _ b: [String]) -> TraceDiffReport {
        TraceDiffReport(driver: "/x/devnp-e1000.so", .attach, run("sim:82540em", a), run("qemu:e1000", b))
    }

    @Test func `the same traces have no difference`() {
        let report = Self.report(["l STATUS 3", "s CTRL 1", ". attach"], ["l STATUS 3", "s CTRL 1", ". attach"])
        #expect(report.differences == 0)
        #expect(report.text.contains("no difference in 3 steps"))
    }

    @Test func `a doorbell is rung when the device asks for it: how often is not compared`() {
        let asked = ["s CTRL 1", "s notify 2", "s notify 2", ". set_filter"]
        #expect(Self.report(["s CTRL 1", ". set_filter"], asked).differences == 0)
        #expect(Self.report(["s CTRL 1", "s CTRL 2", ". set_filter"], asked).differences == 1)
    }

    @Test func `loops that wait, DMA addresses and registers that clear are not compared`() {
        let a = ["d 0x10200000", "l STATUS 0", "l STATUS 0", "l STATUS 3", "s RDBAL 0x10200000", "s CTRL 0", "l ICR 4", ". attach"]
        let b = ["d 0x30300000", "l STATUS 3", "s RDBAL 0x30300000", "s CTRL 0", "l ICR 0", ". attach"]
        #expect(Self.report(a, b).differences == 0)
    }

    @Test func `a value that differs is shown with its fields`() {
        let report = Self.report(["l STATUS 3", ". attach"], ["l STATUS 1", ". attach"])
        #expect(report.differences == 1)
        #expect(report.rows[0].kind == .value && report.rows[0].fields == ["LU 1|0"])
        #expect(report.text.contains("  A load STATUS 0x00000003\n  B load STATUS 0x00000001   LU 1|0\n"))
    }

    @Test func `an access that one bus alone has is shown with what is around it`() {
        let many = (0..<9).map { "s CTRL \($0)" }
        let report = Self.report(many + ["s RDBAL 1"] + many + [". attach"], many + many + [". attach"])
        #expect(report.differences == 1)
        #expect(report.text.contains("  A store RDBAL 0x00000001\n"))
        #expect(report.text.split(separator: "\n").filter { $0.hasPrefix("    store CTRL") }.count == 4)
        #expect(report.text.contains("  …\n"))
    }

    @Test func `accesses of callouts that come by chance are listed and are no difference`() {
        let report = Self.report([". attach", "s CTRL 7", ". timer"], [". attach", "l STATUS 3", ". interrupt"])
        #expect(report.differences == 0)
        #expect(report.onlyFirstAnytime == ["timer: store CTRL"])
        #expect(report.onlySecondAnytime == ["interrupt: load STATUS"])
    }

    @Test func `rules broken are counted for each bus`() {
        let strict = Self.run("sim:82540em", [], violations: ["tailOutOfRange: TDT = 0x999: too far (8254x 13.4.39)", "tailOutOfRange: TDT = 0x998: too far (8254x 13.4.39)"])
        let report = TraceDiffReport(driver: "/x/d.so", .traffic, strict, Self.run("qemu:e1000", []))
        #expect(report.firstViolations.map(\.count) == [2])
        #expect(report.secondViolations.isEmpty)
        #expect(report.text.contains("refused by A (sim:82540em):\n    tailOutOfRange: TDT"))
    }
}
