import DriverKit
import E1000Registers
import Testing

@testable import NICModels

struct InterruptTests {
    static let causes: [Field] = Causes.withList { list in list.indices.map { list[$0] } }

    @Test(arguments: causes.map { $0.mask })
    func `the line is up while an enabled cause is pending, and only then`(cause: UInt32) throws {
        let bench = try ModelBench()
        bench[.ics] = cause
        #expect(!bench.host.line)
        bench[.ims] = cause
        #expect(bench[.ims] == cause)
        #expect(bench.host.line)
        bench[.imc] = cause
        #expect(bench[.ims] == 0)
        #expect(!bench.host.line)
        bench[.ims] = cause
        #expect(bench[.icr] == cause)
        #expect(!bench.host.line)
        #expect(bench[.icr] == 0)
        #expect(bench.host.violations == [])
    }

    @Test func `writing ones to ICR clears those causes only`() throws {
        let bench = try ModelBench()
        bench[.ics] = 0x94
        bench[.icr] = 0x84
        #expect(bench[.icr] == 0x10)
    }

    @Test func `the mask is set and cleared bit by bit`() throws {
        let bench = try ModelBench()
        bench[.ims] = 0x05
        bench[.ims] = 0x80
        bench[.imc] = 0x01
        #expect(bench[.ims] == 0x84)
        bench[.imc] = .max
        #expect(bench[.ims] == 0)
        #expect(bench.host.violations == [])
    }

    @Test func `moderation keeps interrupts an interval apart and loses none`() throws {
        let bench = try ModelBench()
        bench[.itr] = 100
        bench[.ims] = 4
        bench[.ics] = 4
        #expect(bench.host.edges == 1)
        _ = bench[.icr]
        bench[.ics] = 4
        #expect(!bench.host.line)
        bench.pass(100 * 256 - 1)
        #expect(!bench.host.line)
        bench.pass(1)
        #expect(bench.host.line)
        #expect(bench.host.edges == 2)
        #expect(bench[.icr] == 4)
    }

    @Test func `service says when the next interrupt is due`() throws {
        let bench = try ModelBench()
        bench[.itr] = 100
        bench[.ims] = 4
        bench[.ics] = 4
        _ = bench[.icr]
        bench[.ics] = 4
        #expect(bench.model.service(now: bench.now) == bench.now + 25_600)
        #expect(bench.model.service(now: bench.now + 25_600) == nil)
    }

    @Test func `the receive packet timer restarts with each frame and the absolute timer does not`() throws {
        let bench = try ModelBench()
        try bench.bringUp()
        bench[.rdtr] = 100
        bench[.radv] = 150
        for _ in 0..<2 {
            bench.deliver(ModelBench.frame())
            #expect(bench[.icr] & Causes().rxt0.mask == 0)
            bench.pass(90 * 1024)
        }
        // 180 units after the first frame the absolute timer has fired, at 150.
        #expect(bench[.icr] & Causes().rxt0.mask != 0)
        bench.deliver(ModelBench.frame())
        bench.pass(99 * 1024)
        #expect(bench[.icr] & Causes().rxt0.mask == 0)
        bench.pass(1024)
        #expect(bench[.icr] & Causes().rxt0.mask != 0)
        bench.pass(1_000_000)
        #expect(bench[.icr] & Causes().rxt0.mask == 0)
        #expect(bench.host.violations == [])
    }

    @Test func `flushing the partial descriptor ends the delay at once`() throws {
        let bench = try ModelBench()
        try bench.bringUp()
        bench[.rdtr] = 1000
        bench.deliver(ModelBench.frame())
        bench[.rdtr] = 1000 | RDTR().fpd.mask
        #expect(bench[.icr] & Causes().rxt0.mask != 0)
        #expect(bench[.rdtr] == 1000)
    }

    @Test func `a small packet is told of at once when asked for`() throws {
        let bench = try ModelBench()
        try bench.bringUp()
        (bench[.rdtr], bench[.rsrpd]) = (1000, 100)
        bench.deliver(ModelBench.frame(count: 101))
        #expect(bench[.icr] & Causes().srpd.mask == 0)
        bench.deliver(ModelBench.frame(count: 100))
        #expect(bench[.icr] & Causes().srpd.mask != 0)
    }

    @Test func `transmit interrupts wait for their timers when the descriptor allows it`() throws {
        let bench = try ModelBench()
        try bench.bringUp()
        (bench[.tidv], bench[.tadv]) = (100, 150)
        _ = bench[.icr]
        bench.send(ModelBench.frame(), command: 0x8b)
        #expect(bench.transmitStatus(0) >> 32 & 1 == 1)
        #expect(bench[.icr] & Causes().txdw.mask == 0)
        bench.pass(90 * 1024)
        bench.send(ModelBench.frame(), command: 0x8b)
        bench.pass(50 * 1024)
        #expect(bench[.icr] & Causes().txdw.mask == 0)
        bench.pass(10 * 1024)
        #expect(bench[.icr] & Causes().txdw.mask != 0)
        bench.send(ModelBench.frame(), command: 0x8b)
        bench.send(ModelBench.frame(), command: 0x0b)
        #expect(bench[.icr] & Causes().txdw.mask != 0)
        bench.pass(1_000_000)
        #expect(bench[.icr] & Causes().txdw.mask == 0)
        #expect(bench.host.violations == [])
    }

    @Test func `an empty queue and a low one are told of`() throws {
        let bench = try ModelBench()
        try bench.bringUp(slots: 32)
        bench[.txdctl] = TXDCTL().lwthresh.of(1)
        _ = bench[.icr]
        bench.model.setCarrier(false)
        for _ in 0..<12 { bench.send(ModelBench.frame(), command: 0x03) }
        #expect(bench[.icr] & (Causes().txqe.mask | Causes().txdLow.mask) == 0)
        bench.model.setCarrier(true)
        bench.pass(30_000_000)
        let cause = bench[.icr]
        #expect(cause & Causes().txqe.mask != 0)
        #expect(cause & Causes().txdLow.mask != 0)
        #expect(cause & Causes().txdw.mask == 0)
        #expect(bench.host.frames.count == 12)
    }

    @Test func `a link change interrupts in both directions`() throws {
        let bench = try ModelBench()
        bench.resetAndLink()
        bench[.ims] = Causes().lsc.mask
        bench.model.setCarrier(false)
        #expect(bench.host.line)
        #expect(bench[.icr] == Causes().lsc.mask)
        bench.model.setCarrier(true)
        #expect(!bench.host.line)
        bench.pass(30_000_000)
        #expect(bench.host.line)
        #expect(bench[.icr] == Causes().lsc.mask)
    }
}
