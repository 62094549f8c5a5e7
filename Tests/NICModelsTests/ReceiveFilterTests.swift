import DriverKit
import E1000Registers
import Testing
import Wire

@testable import NICModels

struct ReceiveFilterTests {
    static let other = MACAddress(value: 0x5254_0099_9999)
    static let group = MACAddress(value: 0x0100_5e01_0203)

    /// Whether a frame to `destination` is received, and with which PIF.
    static func passes(_ bench: ModelBench, _ frame: [UInt8]) -> (Bool, inexact: Bool) {
        let head = Int(bench[.rdh])
        let before = bench.model.status().framesDelivered
        bench.deliver(frame)
        let accepted = bench.model.status().framesDelivered > before
        return (accepted, accepted && bench.receiveStatus(head) >> 39 & 1 == 1)
    }

    @Test(arguments: [
        (0, true, false, false, false), (RCTL().bam.mask, true, false, false, true), (RCTL().upe.mask, true, true, false, false),
        (RCTL().mpe.mask, true, false, true, true), (RCTL().upe.mask | RCTL().mpe.mask, true, true, true, true),
    ] as [(UInt32, Bool, Bool, Bool, Bool)])
    func `the modes decide`(control: UInt32, own: Bool, unicast: Bool, multicast: Bool, broadcast: Bool) throws {
        let bench = try ModelBench()
        try bench.bringUp(receive: control | RCTL().secrc.mask)
        let results = [ModelBench.mac, Self.other, Self.group, .broadcast].map {
            Self.passes(bench, ModelBench.frame(to: $0)).0
        }
        #expect(results == [own, unicast, multicast, broadcast])
        let lost = results.filter { !$0 }.count
        #expect(bench.model.status().dropped[.wrongAddress] ?? 0 == UInt64(lost))
        #expect(bench[.tpr] == 4)
        #expect(bench[.gprc] == UInt32(4 - lost))
    }

    @Test(arguments: 0..<16 as Range<UInt32>)
    func `each exact address counts while its valid bit is set`(entry: UInt32) throws {
        let bench = try ModelBench()
        try bench.bringUp(receive: RCTL().secrc.mask)
        let frame = ModelBench.frame(to: Self.other)
        #expect(!Self.passes(bench, frame).0)
        bench[.ral, entry, stride: 8] = 0x9900_5452
        bench[.rah, entry, stride: 8] = 0x9999 | RAH().av.mask
        #expect(Self.passes(bench, frame) == (true, false))
        bench[.rah, entry, stride: 8] = 0x9999
        #expect(!Self.passes(bench, frame).0)
    }

    @Test(arguments: [(0, 0x030), (1, 0x060), (2, 0x0c0), (3, 0x302)] as [(UInt32, Int)])
    func `the multicast table is indexed by the twelve bits that MO picks`(offset: UInt32, bits: Int) throws {
        let bench = try ModelBench()
        try bench.bringUp(receive: RCTL().mo.of(offset) | RCTL().secrc.mask)
        // 01:00:5e:01:02:03 ends in the octets 02 and 03: bits 47:32 are 0x0302.
        #expect(!Self.passes(bench, ModelBench.frame(to: Self.group)).0)
        bench[.mta, UInt32(bits >> 5)] = 1 << UInt32(bits & 31)
        #expect(Self.passes(bench, ModelBench.frame(to: Self.group)) == (true, true))
        bench[.mta, UInt32(bits >> 5)] = ~(1 << UInt32(bits & 31))
        #expect(!Self.passes(bench, ModelBench.frame(to: Self.group)).0)
    }

    @Test func `a broadcast may also pass by the multicast table`() throws {
        let bench = try ModelBench()
        try bench.bringUp(receive: RCTL().secrc.mask)
        #expect(!Self.passes(bench, ModelBench.frame(to: .broadcast)).0)
        bench[.mta, 127] = 1 << 31
        #expect(Self.passes(bench, ModelBench.frame(to: .broadcast)).0)
    }

    @Test func `with VFE only the listed identifiers pass, and frames without a tag`() throws {
        let bench = try ModelBench()
        try bench.bringUp(receive: RCTL().vfe.mask | RCTL().secrc.mask)
        func tagged(_ tag: UInt16) -> [UInt8] {
            let plain = ModelBench.frame(count: 80)
            return Array(plain.prefix(12)) + [0x81, 0, UInt8(tag >> 8), UInt8(tag & 0xff)] + Array(plain.dropFirst(12))
        }
        #expect(Self.passes(bench, ModelBench.frame()).0)
        #expect(!Self.passes(bench, tagged(0x123)).0)
        bench[.vfta, 0x123 >> 5] = 1 << (0x123 & 31)
        #expect(Self.passes(bench, tagged(0x123)).0)
        #expect(Self.passes(bench, tagged(0xe123)).0)
        #expect(!Self.passes(bench, tagged(0x124)).0)
        bench[.rctl] = bench[.rctl] | RCTL().cfien.mask
        #expect(!Self.passes(bench, tagged(0x1123)).0)
        #expect(Self.passes(bench, tagged(0x0123)).0)
        #expect(bench.model.status().dropped == [.wrongVLAN: 3])
    }
}
