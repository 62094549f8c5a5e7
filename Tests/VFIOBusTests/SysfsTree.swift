import Foundation
@testable import VFIOBus

/// A made-up /sys and /dev in a folder of its own, removed with this object.
final class SysfsTree {
    let folder = FileManager.default.temporaryDirectory.appending(path: "dd-sysfs-\(UUID().uuidString)", directoryHint: .isDirectory)
    private let files = FileManager.default

    init() throws {
        try files.createDirectory(at: folder.appending(path: "dev/vfio"), withIntermediateDirectories: true)
    }

    deinit { try? files.removeItem(at: folder) }

    var sysfs: String { folder.appending(path: "sys").path() }
    var dev: String { folder.appending(path: "dev").path() }

    func add(_ name: String, driver: String? = nil, group: String? = nil, interface: String? = nil) throws {
        let device = folder.appending(path: "sys/bus/pci/devices/\(name)")
        try files.createDirectory(at: device, withIntermediateDirectories: true)
        if let driver { try link(device.appending(path: "driver"), "../../../bus/pci/drivers/\(driver)") }
        if let interface { try files.createDirectory(at: device.appending(path: "net/\(interface)"), withIntermediateDirectories: true) }
        guard let group else { return }
        try link(device.appending(path: "iommu_group"), "../../../kernel/iommu_groups/\(group)")
        let members = folder.appending(path: "sys/kernel/iommu_groups/\(group)/devices")
        try files.createDirectory(at: members, withIntermediateDirectories: true)
        try link(members.appending(path: name), "../../../../bus/pci/devices/\(name)")
    }

    func addFile(_ path: String) throws { try Data().write(to: folder.appending(path: path)) }

    private func link(_ place: URL, _ target: String) throws {
        try files.createSymbolicLink(atPath: place.path(), withDestinationPath: target)
    }

    /// Why the card at `address` cannot be had; nil: sysfs has no objection.
    func refusal(_ address: String) -> CardRefusal? {
        do throws(CardRefusal) {
            _ = try PCISlot(PCIAddress(address)!, sysfs: sysfs)
            return nil
        } catch { return error }
    }

    /// The same of opening it.
    func openingRefusal(_ address: String) -> CardRefusal? {
        do throws(CardRefusal) {
            _ = try VFIONIC(PCIAddress(address)!, sysfs: sysfs, dev: dev)
            return nil
        } catch { return error }
    }
}
