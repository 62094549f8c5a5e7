import Foundation
import Testing
@testable import VFIOBus

@Suite struct PCISlotTests {
    private let card = "0000:00:02.0"

    @Test func `a card with vfio-pci, alone in its group, is taken`() throws {
        let tree = try SysfsTree()
        try tree.add(card, driver: "vfio-pci", group: "1")
        let slot = try PCISlot(PCIAddress(card)!, sysfs: tree.sysfs)
        #expect(slot.group == "1" && slot.driver == "vfio-pci" && slot.interface == nil)
    }

    @Test func `a function that is not there is refused`() throws {
        let tree = try SysfsTree()
        #expect(tree.refusal(card) == .noDevice(PCIAddress(card)!))
    }

    @Test func `without an IOMMU there is no group, and no card`() throws {
        let tree = try SysfsTree()
        try tree.add(card, driver: "vfio-pci")
        let refusal = try #require(tree.refusal(card))
        #expect(refusal == .noIOMMU(PCIAddress(card)!))
        #expect(refusal.fix.contains("intel_iommu=on"))
    }

    @Test func `a card that the kernel drives is refused with the commands that free it`() throws {
        let tree = try SysfsTree()
        try tree.add(card, driver: "e1000e", group: "1", interface: "eth0")
        let refusal = try #require(tree.refusal(card))
        #expect(refusal.why == "the kernel's e1000e has it, as eth0")
        #expect(refusal.fix == """
            modprobe vfio-pci && echo vfio-pci > /sys/bus/pci/devices/0000:00:02.0/driver_override \
            && echo 0000:00:02.0 > /sys/bus/pci/devices/0000:00:02.0/driver/unbind && echo 0000:00:02.0 > /sys/bus/pci/drivers_probe
            """)
    }

    @Test func `a card without a driver need not be unbound`() throws {
        let tree = try SysfsTree()
        try tree.add(card, group: "1")
        let refusal = try #require(tree.refusal(card))
        #expect(refusal.why == "no driver has it, where vfio-pci must" && !refusal.fix.contains("unbind"))
    }

    @Test func `a group is viable when every other function has a harmless driver or none`() throws {
        let tree = try SysfsTree()
        try tree.add(card, driver: "vfio-pci", group: "7")
        try tree.add("0000:00:1c.0", driver: "pcieport", group: "7")
        try tree.add("0000:00:02.1", driver: "vfio-pci", group: "7")
        try tree.add("0000:00:02.2", driver: "pci-stub", group: "7")
        try tree.add("0000:00:02.3", group: "7")
        try tree.add("0000:00:04.0", driver: "ahci", group: "8")
        #expect(tree.refusal(card) == nil)
    }

    @Test func `a group that is not viable is refused, and the others are named`() throws {
        let tree = try SysfsTree()
        try tree.add(card, driver: "vfio-pci", group: "7")
        try tree.add("0000:00:03.0", driver: "ahci", group: "7")
        try tree.add("0000:00:03.1", driver: "xhci_hcd", group: "7")
        let refusal = try #require(tree.refusal(card))
        #expect(refusal == .notViable(PCIAddress(card)!, group: "7", others: ["0000:00:03.0 (ahci)", "0000:00:03.1 (xhci_hcd)"]))
        #expect(refusal.why == "its IOMMU group 7 is not viable: the kernel has 0000:00:03.0 (ahci), 0000:00:03.1 (xhci_hcd) of it")
    }

    @Test func `a kernel without VFIO is refused with the module to load`() throws {
        let tree = try SysfsTree()
        try tree.add(card, driver: "vfio-pci", group: "1")
        let refusal = try #require(tree.openingRefusal(card))
        #expect(refusal == .noVFIO && refusal.fix == "modprobe vfio-pci")
    }

    @Test func `files that are no VFIO are refused, not believed`() throws {
        let tree = try SysfsTree()
        try tree.add(card, driver: "vfio-pci", group: "1")
        try tree.addFile("dev/vfio/vfio")
        try tree.addFile("dev/vfio/1")
        guard case .failed(PCIAddress(card)!, step: "VFIO", why: _) = try #require(tree.openingRefusal(card)) else {
            Issue.record("\(String(describing: tree.openingRefusal(card)))")
            return
        }
    }

    @Test(.enabled(if: getuid() != 0, "root may open every file"))
    func `a container that may not be opened is refused with its owner`() throws {
        let tree = try SysfsTree()
        try tree.add(card, driver: "vfio-pci", group: "1")
        try tree.addFile("dev/vfio/vfio")
        try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: "\(tree.dev)/vfio/vfio")
        #expect(tree.openingRefusal(card) == .notAccessible(path: "\(tree.dev)/vfio/vfio", owner: "user \(getuid())", mode: "0"))
    }

    @Test(arguments: [
        CardRefusal.noAddress("x"), .noDevice(PCIAddress("0000:00:02.0")!), .noIOMMU(PCIAddress("0000:00:02.0")!),
        .notBound(PCIAddress("0000:00:02.0")!, driver: "e1000e", interface: nil), .notViable(PCIAddress("0000:00:02.0")!, group: "1", others: ["x"]),
        .noVFIO, .notAccessible(path: "/dev/vfio/1", owner: "user 0", mode: "600"), .inUse(path: "/dev/vfio/1"),
        .failed(PCIAddress("0000:00:02.0")!, step: "IOMMU", why: "Cannot allocate memory"),
    ]) func `every refusal says why and what to do, in one line`(refusal: CardRefusal) {
        #expect(!refusal.why.isEmpty && !refusal.fix.isEmpty && !(refusal.why + refusal.fix).contains("\n"))
    }
}
