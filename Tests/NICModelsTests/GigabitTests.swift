import DriverKit
import E1000Registers
import Testing
import Wire

@testable import NICModels

/// The shortest way through: frames in, frames out, interrupts, no complaint.
struct GigabitTests {
    @Test(arguments: Gigabit8254x.names)
    func `a correct driver sends and receives without a violation`(name: String) throws {
        let bench = try ModelBench(name)
        try bench.bringUp()
        bench[.ims] = Causes().rxt0.mask | Causes().txdw.mask | Causes().lsc.mask
        let frame = ModelBench.frame(count: 100)
        bench.deliver(frame)
        #expect(bench.host.line)
        #expect(bench[.icr] & Causes().rxt0.mask != 0)
        #expect(!bench.host.line)
        #expect(bench.received(0) == frame)
        #expect(bench.receiveStatus(0) >> 32 & 0x3 == 3)
        bench.send(frame)
        #expect(bench.host.frames == [frame])
        #expect(bench.transmitStatus(0) >> 32 & 1 == 1)
        #expect(bench.host.line)
        #expect(bench[.icr] & Causes().txdw.mask != 0)
        #expect(bench.host.violations == [])
        #expect(bench.model.status().framesSent == 1)
        #expect(bench.model.status().framesDelivered == 1)
    }

    @Test func `an unknown model is refused with the names there are`() {
        let seen = #expect(throws: NICFailure.self) {
            try NICModelCatalog.make("82599", ModelOptions(mac: ModelBench.mac))
        }
        guard case .noSuchModel(let text) = seen else { Issue.record("\(String(describing: seen))"); return }
        #expect(NICModelCatalog.names.allSatisfy(text.contains))
    }

    @Test func `both rings wrap many times and lose nothing`() throws {
        let bench = try ModelBench()
        try bench.bringUp(slots: 8)
        for round in 0..<100 {
            let frame = ModelBench.frame(count: 60 + round)
            let index = round % 8
            bench.deliver(frame)
            #expect(bench.received(index) == frame)
            bench.putWord(0, at: ModelBench.receiveRing + 16 * index + 8)
            bench[.rdt] = UInt32((Int(bench[.rdt]) + 1) % 8)
            bench.send(frame)
            #expect(bench.host.frames.last == frame)
        }
        #expect(bench.host.frames.count == 100)
        #expect(bench.host.violations == [])
    }
}
