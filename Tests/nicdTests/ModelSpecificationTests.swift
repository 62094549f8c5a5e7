import Messages
import QEMUBus
import Testing
import Wire
@testable import nicd

struct ModelSpecificationTests {
    @Test func `options of QEMU's bus are read and belong to it alone`() throws {
        let plain = try ModelSpecification("qemu:e1000e", name: "a")
        #expect(plain.isJudged && !plain.isTraced)
        let full = try ModelSpecification("qemu:e1000e,judge=off,trace=on,mac=02:00:00:00:00:01", name: "a")
        #expect(!full.isJudged && full.isTraced && full.mac.description == "02:00:00:00:00:01")
        for text in ["sim:82540em,judge=vtd", "sim:82540em,trace=on", "qemu:e1000,judge=yes", "qemu:e1000,judge=", "qemu:e1000,", "qemu:e1000,mac=1"] {
            #expect(throws: Failure.self) { try ModelSpecification(text, name: "a") }
        }
    }

    @Test(arguments: [
        ("e1000", 0x8086, 0x100e), ("e1000-82545em", 0x8086, 0x100f), ("e1000-82544gc", 0x8086, 0x100c), ("e1000e", 0x8086, 0x10d3),
        ("virtio-net-pci", 0x1af4, 0x1041), ("rtl8139", 0x10ec, 0x8139), ("pcnet", 0x1022, 0x2000), ("vmxnet3", 0x15ad, 0x07b0),
        ("i82559c", 0x8086, 0x1229),
    ] as [(String, UInt16, UInt16)]) func `a NIC of QEMU's is known before it runs`(device: String, vendor: UInt16, identifier: UInt16) throws {
        let known = try ModelSpecification("qemu:\(device)", name: "a").identifier
        #expect(known.vendor == vendor && known.device == identifier)
    }
}
