import Messages
import NICModels
import Testing
@testable import nicd

@Suite struct ViolationLogTests {
    private func violation(_ subject: String) -> Violation {
        Violation(rule: .reservedBits, subject: subject, value: 1, section: "8254x §13.4.1", text: "reserved bits were set")
    }

    @Test func `the same violation is counted, and written at 1, 10, 100`() {
        var log = ViolationLog(), written: [Int] = []
        for k in 1...150 where log.note(violation("CTRL")) { written.append(k) }
        #expect(written == [1, 10, 100])
        #expect(log.report.map(\.count) == [150] && log.total == 150)
    }

    @Test func `different ones are bounded, the total is not`() {
        var log = ViolationLog()
        for k in 0..<1000 { _ = log.note(violation("R\(k)")) }
        #expect(log.report.count == ViolationLog.most && log.total == 1000)
        #expect(log.report.last?.subject == "R999")
    }
}
