import DriverKit
import E1000Registers
import Testing
import Wire

@testable import NICModels

struct StatisticsTests {
    @Test func `the octet counters are read low then high, and reading high clears what was read`() throws {
        let bench = try ModelBench()
        for count in [Int(UInt32.max), 10] { bench.model.statistics.seen(octets: count) }
        #expect(bench[.torl] == 9)
        // What comes in between the two halves belongs to the next reading.
        bench.model.statistics.seen(octets: 100)
        #expect(bench[.torh] == 1)
        #expect(bench[.torl] == 100)
        #expect(bench[.torh] == 0)
        #expect(bench[.torl] == 0)
    }

    @Test func `the octet counters stick at all ones`() throws {
        let bench = try ModelBench()
        for _ in 0..<3 { bench.model.statistics.seen(octets: .max) }
        #expect(bench[.torl] == .max)
        #expect(bench[.torh] == .max)
    }

    @Test(arguments: [(60, E1000Register.prc64, E1000Register.ptc64), (61, .prc127, .ptc127), (123, .prc127, .ptc127),
                      (124, .prc255, .ptc255), (251, .prc255, .ptc255), (252, .prc511, .ptc511), (507, .prc511, .ptc511),
                      (508, .prc1023, .ptc1023), (1019, .prc1023, .ptc1023), (1020, .prc1522, .ptc1522), (1518, .prc1522, .ptc1522)])
    func `a frame is counted in the bin of its length, both ways`(count: Int, received: E1000Register, sent: E1000Register) throws {
        let bench = try ModelBench()
        try bench.bringUp()
        bench.deliver(ModelBench.frame(count: count))
        bench.send(ModelBench.frame(count: count))
        let all: [E1000Register] = [.prc64, .prc127, .prc255, .prc511, .prc1023, .prc1522, .ptc64, .ptc127, .ptc255, .ptc511,
                                    .ptc1023, .ptc1522]
        for register in all { #expect(bench[register] == (register == received || register == sent ? 1 : 0), "\(register)") }
        #expect(bench[.gprc] == 1)
        #expect(bench[.gptc] == 1)
        for register in [.gorcl, .gotcl, .torl, .totl] as [E1000Register] { #expect(bench[register] == UInt32(count + 4)) }
        for register in [.tpr, .tpt] as [E1000Register] { #expect(bench[register] == 1) }
    }

    @Test(arguments: [(MACAddress(value: 0x0100_5e00_0001), E1000Register.mprc, E1000Register.mptc),
                      (MACAddress.broadcast, .bprc, .bptc)])
    func `groups and broadcasts are counted apart`(to: MACAddress, received: E1000Register, sent: E1000Register) throws {
        let bench = try ModelBench()
        try bench.bringUp(receive: RCTL().bam.mask | RCTL().mpe.mask)
        bench.deliver(ModelBench.frame(to: to))
        bench.send(ModelBench.frame(to: to))
        for register in [.mprc, .mptc, .bprc, .bptc] as [E1000Register] {
            #expect(bench[register] == (register == received || register == sent ? 1 : 0))
        }
    }

    @Test func `each lost frame raises exactly one counter of the ledger`() throws {
        var random = SplitMix(seed: 7)
        let bench = try ModelBench()
        try bench.bringUp(receive: RCTL().bam.mask | RCTL().vfe.mask)
        for _ in 0..<2000 {
            let count = Int(random.next() % 1600)
            let to = [ModelBench.mac, .broadcast, MACAddress(value: 0x0100_5e00_0001), MACAddress(value: 0x0200_0000_0009)]
            bench.deliver(Array(ModelBench.frame(to: to[Int(random.next() % 4)], count: count, type: 0x8100).prefix(count)))
            if random.next() % 3 == 0 { bench[.rdt] = (bench[.rdt] + 1) % 16 }
            if random.next() % 50 == 0 { bench[.rctl] = bench[.rctl] ^ RCTL().en.mask }
        }
        let status = bench.model.status()
        #expect(status.framesArrived == 2000)
        #expect(status.framesArrived == status.framesDelivered + status.framesWaiting + status.dropped.values.reduce(0, +))
        #expect(status.dropped.count > 3)
    }
}
