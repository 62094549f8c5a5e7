public import NICModels

/// A NIC of QEMU's that the bus knows how to bring up and to quiet.
public struct QEMUModel: Sendable, Equatable {
    /// What configuration space says, known before there is any.
    public struct Identity: Sendable, Equatable {
        public let vendor: UInt16, device: UInt16, revision: UInt8
        public let subsystemVendor: UInt16, subsystemDevice: UInt16
    }

    /// One access of the way back to the state after power-on.
    enum Step: Sendable, Equatable {
        case store(region: UInt32, offset: UInt32, width: UInt32, value: UInt32)
        /// A register whose reading is the command.
        case load(region: UInt32, offset: UInt32, width: UInt32)
    }

    /// As a user writes it after `qemu:`.
    public let device: String
    /// The chip that it models.
    public let chip: String
    public let identity: Identity
    /// As `-device` spells it, with its properties.
    let type: String
    /// Bits of a device address that the chip can hold.
    let addressBits: Int
    /// Vectors of MSI and MSI-X; 0: it does not have it.
    let msi: Int, msix: Int
    /// Stops all DMA and interrupts.
    let quiet: [Step]
    /// QEMU's trace events of this model, as `-trace` takes patterns.
    let traces: [String]
    /// How QEMU's names of its register blocks begin; empty where the events of all memory are not used.
    let blocks: String

    /// The title that tools print.
    public var title: String { "\(chip) (QEMU \(device))" }

    /// The model of that name.
    ///
    /// - Throws: `NICFailure.noSuchModel` with a sentence that lists the known names.
    public static func named(_ device: String) throws(NICFailure) -> QEMUModel {
        if let model = all.first(where: { $0.device == device }) { return model }
        let known = all.map { "qemu:\($0.device)" }.joined(separator: ", ")
        throw .noSuchModel("qemu:\(device.prefix(40)): QEMU's bus has no such NIC; known: \(known)")
    }
}

extension QEMUModel {
    init(
        _ device: String, type: String? = nil, _ chip: String, vendor: UInt16, id: UInt16, revision: UInt8,
        subsystem: (UInt16, UInt16) = (0x1af4, 0x1100), bits: Int, msi: Int = 0, msix: Int = 0, quiet: [Step], traces: [String] = everyAccess,
        blocks: String = ""
    ) {
        (self.device, self.chip, self.type, addressBits) = (device, chip, type ?? device, bits)
        identity = Identity(vendor: vendor, device: id, revision: revision, subsystemVendor: subsystem.0, subsystemDevice: subsystem.1)
        (self.msi, self.msix, self.quiet, self.traces, self.blocks) = (msi, msix, quiet, traces, blocks)
    }

    /// For models that QEMU gives no events of their own.
    static let everyAccess = ["memory_region_ops_read", "memory_region_ops_write"]
    /// CTRL.RST, the same place in all of the family. 8254x §13.4.1, 82574 §10.2.2.1.
    private static let gigabitReset = Step.store(region: 0, offset: 0, width: 4, value: 1 << 26)

    private static func gigabit(_ device: String, _ chip: String, _ id: UInt16) -> QEMUModel {
        QEMUModel(
            device, "\(chip) Gigabit Ethernet Controller", vendor: 0x8086, id: id, revision: 3, bits: 64, quiet: [gigabitReset],
            traces: everyAccess + ["e1000x_*"], blocks: "e1000-")
    }

    /// Every NIC that `qemu:` accepts.
    public static let all = [
        gigabit("e1000", "82540EM", 0x100e),
        gigabit("e1000-82545em", "82545EM", 0x100f),
        gigabit("e1000-82544gc", "82544GC", 0x100c),
        QEMUModel(
            "e1000e", "82574L Gigabit Ethernet Controller", vendor: 0x8086, id: 0x10d3, revision: 0, subsystem: (0x8086, 0), bits: 64,
            msi: 1, msix: 5, quiet: [gigabitReset], traces: ["e1000e_*", "e1000x_*"]),
        // Without access to the platform's IOMMU the device would reach all memory behind the bus's back. VIRTIO 1.2 §6.1.
        // Device status 0 is the reset. VIRTIO 1.2 §4.1.4.3.
        QEMUModel(
            "virtio-net-pci", type: "virtio-net-pci-non-transitional,iommu_platform=on", "virtio network device", vendor: 0x1af4, id: 0x1041,
            revision: 1, bits: 64, msix: 4, quiet: [.store(region: 4, offset: 0x14, width: 1, value: 0)],
            traces: ["virtio_*", "virtqueue_*"]),
        // CR.RST. RTL8139C+ datasheet §6.2.
        QEMUModel(
            "rtl8139", "RTL8139C+ Fast Ethernet Controller", vendor: 0x10ec, id: 0x8139, revision: 0x20, bits: 32,
            quiet: [.store(region: 1, offset: 0x37, width: 1, value: 0x10)], blocks: "rtl8139"),
        // Reading RESET, which is at either place, by the width in use. Am79C970A, I/O resources.
        QEMUModel(
            "pcnet", "Am79C970A PCnet-PCI II Ethernet Controller", vendor: 0x1022, id: 0x2000, revision: 0x10, subsystem: (0, 0), bits: 32,
            quiet: [.load(region: 0, offset: 0x14, width: 2), .load(region: 0, offset: 0x18, width: 4)], traces: ["pcnet_*"]),
        // The command register takes RESET_DEV.
        QEMUModel(
            "vmxnet3", "VMXNET3 network device", vendor: 0x15ad, id: 0x07b0, revision: 1, subsystem: (0x15ad, 0x07b0), bits: 64,
            msi: 1, msix: 25, quiet: [.store(region: 1, offset: 0x20, width: 4, value: 0xcafe_0002)], blocks: "vmxnet3-"),
        // PORT 0 is the software reset. 8255x §6.3.3.
        QEMUModel(
            "i82559c", "82559C Fast Ethernet Controller", vendor: 0x8086, id: 0x1229, revision: 12, subsystem: (0x8086, 0x0040), bits: 32,
            quiet: [.store(region: 0, offset: 8, width: 4, value: 0)], blocks: "eepro100-"),
    ]
}
