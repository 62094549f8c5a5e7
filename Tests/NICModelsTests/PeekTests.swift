import E1000Registers
import Testing
@testable import NICModels

struct PeekTests {
    @Test func `a look changes nothing that reading would change`() throws {
        let bench = try ModelBench()
        bench.model.store(region: 0, offset: E1000Register.ics.rawValue, width: 4, value: 0x80)
        let cause = bench.model.peek(region: 0, offset: E1000Register.icr.rawValue, width: 4)
        #expect(cause == 0x80)
        #expect(bench.model.peek(region: 0, offset: E1000Register.icr.rawValue, width: 4) == cause)
        #expect(bench.model.load(region: 0, offset: E1000Register.icr.rawValue, width: 4) == cause, "the driver still sees it")
        #expect(bench.model.peek(region: 0, offset: E1000Register.icr.rawValue, width: 4) == 0)
        #expect(bench.host.violations.isEmpty)
    }

    @Test func `a look goes where no access may, and breaks no rule`() throws {
        let bench = try ModelBench()
        bench.model.configStore(offset: 4, width: 2, value: 0)
        #expect(bench.model.peek(region: 0, offset: E1000Register.status.rawValue, width: 4) != nil)
        #expect(bench.model.peek(region: 0, offset: E1000Register.imc.rawValue, width: 4) == nil, "it can only be written")
        #expect(bench.model.peek(region: 0, offset: 0x1fffe, width: 4) == nil && bench.model.peek(region: 5, offset: 0, width: 4) == nil)
        #expect(bench.host.violations.isEmpty)
    }
}
