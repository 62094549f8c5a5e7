internal import Host

/// What the kernel tells of one PCI function under /sys.
struct PCISlot: Equatable {
    let address: PCIAddress
    /// Of the kernel; nil: none has it.
    let driver: String?
    /// The IOMMU group's number.
    let group: String
    /// What the kernel's driver made of it: `eth0`.
    let interface: String?

    /// Drivers that never let their device reach memory: they do not spoil a group.
    private static let harmless: Set<String> = ["vfio-pci", "pci-stub", "pcieport"]

    /// The function at `address`, fit to be taken; all of its group is looked at.
    ///
    /// - Parameter sysfs: `/sys`.
    init(_ address: PCIAddress, sysfs: String) throws(CardRefusal) {
        let folder = "\(sysfs)/bus/pci/devices/\(address)"
        guard FileSystem.exists(folder) else { throw .noDevice(address) }
        guard let group = FileSystem.linkedName("\(folder)/iommu_group") else { throw .noIOMMU(address) }
        (self.address, self.group) = (address, group)
        driver = FileSystem.linkedName("\(folder)/driver")
        interface = FileSystem.names(in: "\(folder)/net").first
        guard driver == "vfio-pci" else { throw .notBound(address, driver: driver, interface: interface) }
        let others = Self.others(of: address, group: group, sysfs: sysfs)
        guard others.isEmpty else { throw .notViable(address, group: group, others: others) }
    }

    /// Functions of the group that the kernel's drivers have.
    private static func others(of address: PCIAddress, group: String, sysfs: String) -> [String] {
        FileSystem.names(in: "\(sysfs)/kernel/iommu_groups/\(group)/devices").compactMap { name in
            guard name != "\(address)", let driver = FileSystem.linkedName("\(sysfs)/bus/pci/devices/\(name)/driver"),
                !harmless.contains(driver)
            else { return nil }
            return "\(name) (\(driver))"
        }
    }
}
