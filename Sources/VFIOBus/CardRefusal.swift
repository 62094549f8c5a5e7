internal import Host

/// Why a card cannot be had, and what to do about it.
public enum CardRefusal: Error, Equatable, Sendable {
    case noAddress(String)
    case noDevice(PCIAddress)
    case noIOMMU(PCIAddress)
    /// `driver` nil: none has it. `interface`: what the kernel calls it: `eth0`.
    case notBound(PCIAddress, driver: String?, interface: String?)
    /// Devices of its group that other drivers have: `0000:00:03.0 (e1000e)`.
    case notViable(PCIAddress, group: String, others: [String])
    case noVFIO
    /// `owner` and `mode` of the file that may not be opened.
    case notAccessible(path: String, owner: String, mode: String)
    case inUse(path: String)
    case failed(PCIAddress, step: String, why: String)

    /// There is no such card, as against: it cannot be had.
    public var isAbsence: Bool {
        switch self {
        case .noAddress, .noDevice: true
        default: false
        }
    }

    public var why: String {
        switch self {
        case .noAddress(let text): "“\(text.prefix(40))” is no address of a PCI function"
        case .noDevice: "this machine has no such PCI function"
        case .noIOMMU: "the machine has no IOMMU in use, so nothing would keep the card inside the stack's memory"
        case .notBound(_, let driver, let interface):
            driver.map { "the kernel's \($0) has it\(interface.map { ", as \($0)" } ?? "")" } ?? "no driver has it, where vfio-pci must"
        case .notViable(_, let group, let others):
            "its IOMMU group \(group) is not viable: the kernel has \(others.joined(separator: ", ")) of it"
        case .noVFIO: "the kernel offers no /dev/vfio/vfio"
        case .notAccessible(let path, let owner, let mode): "\(path) may not be opened: it belongs to \(owner), mode \(mode)"
        case .inUse(let path): "\(path) is in use by another process"
        case .failed(_, let step, let why): "\(step): \(why)"
        }
    }

    public var fix: String {
        switch self {
        case .noAddress: "write it as lspci -D does: vfio:0000:00:02.0"
        case .noDevice: "see what there is: lspci -D, or ls /sys/bus/pci/devices"
        case .noIOMMU: "switch VT-d or AMD-Vi on in the firmware, and boot Linux with intel_iommu=on (Intel)"
        case .notBound(let address, let driver, _):
            (["modprobe vfio-pci", "echo vfio-pci > /sys/bus/pci/devices/\(address)/driver_override"]
                + (driver == nil ? [] : ["echo \(address) > /sys/bus/pci/devices/\(address)/driver/unbind"])
                + ["echo \(address) > /sys/bus/pci/drivers_probe"]).joined(separator: " && ")
        case .notViable: "bind those to vfio-pci too, or to no driver, or put the card into another slot"
        case .noVFIO: "modprobe vfio-pci"
        case .notAccessible(let path, _, _): "as root: chown $USER \(path)"
        case .inUse: "end that process, or choose another card"
        case .failed(_, _, let why):
            why.contains("\(Errno.noMemory)") ? "raise the limit of locked memory (ulimit -l), or become root" : "see dmesg"
        }
    }
}
