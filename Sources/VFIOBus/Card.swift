internal import CLinux
internal import Glibc
internal import Host

/// An open PCI function: its IOMMU group, a container of its own, its regions and interrupts.
///
/// The kernel quiets the device, and takes its mappings away, when the descriptors are closed, by whatever end.
final class Card {
    struct Region: Equatable {
        var length: UInt64 = 0, offset: UInt64 = 0
        var isMappable = false
    }

    let slot: PCISlot
    /// Base address regions 0 to 5.
    let regions: [Region]
    let canReset: Bool
    private let container: FileDescriptor, group: FileDescriptor, device: FileDescriptor
    private let config: Region
    /// By the kernel's index: INTx, MSI, MSI-X.
    private let vectors: [Int]

    /// - Parameters:
    ///   - sysfs: `/sys`.
    ///   - dev: `/dev`.
    init(_ address: PCIAddress, sysfs: String, dev: String) throws(CardRefusal) {
        slot = try PCISlot(address, sysfs: sysfs)
        guard FileSystem.exists("\(dev)/vfio/vfio") else { throw .noVFIO }
        container = try Self.open("\(dev)/vfio/vfio", address)
        try Self.check("VFIO", address, clinux_vfio_check(container.raw))
        group = try Self.open("\(dev)/vfio/\(slot.group)", address)
        // What sysfs did not show: the kernel has the last word.
        guard clinux_vfio_is_viable(group.raw) == 1 else { throw .notViable(address, group: slot.group, others: ["something"]) }
        try Self.check("IOMMU", address, clinux_vfio_join(group.raw, container.raw))
        let opened = unsafe clinux_vfio_device(group.raw, "\(address)")
        try Self.check("device", address, opened)
        device = FileDescriptor(owning: opened)
        device.closeOnExec()
        canReset = clinux_vfio_can_reset(opened) == 1
        var all: [Region] = []
        for index in 0..<6 as Range<UInt32> { all.append(Self.region(opened, index) ?? Region()) }
        regions = all
        guard let config = Self.region(opened, UInt32(CLINUX_VFIO_CONFIG_REGION)) else {
            throw .failed(address, step: "configuration space", why: "\(Errno.last)")
        }
        self.config = config
        vectors = (0..<3).map { max(0, Int(clinux_vfio_vectors(opened, $0))) }
    }

    private static func open(_ path: String, _ address: PCIAddress) throws(CardRefusal) -> FileDescriptor {
        do { return try FileDescriptor.open(path, O_RDWR) } catch {
            let owner = FileSystem.ownership(path)
            switch error.number {
            case .busy: throw .inUse(path: path)
            case .accessDenied, .notPermitted:
                throw .notAccessible(path: path, owner: owner.map { "user \($0.uid)" } ?? "nobody", mode: owner.map { String($0.mode, radix: 8) } ?? "?")
            default: throw .failed(address, step: path, why: "\(error.number)")
            }
        }
    }

    private static func check(_ step: String, _ address: PCIAddress, _ result: Int32) throws(CardRefusal) {
        if result < 0 { throw .failed(address, step: step, why: "\(Errno.last)") }
    }

    private static func region(_ device: Int32, _ index: UInt32) -> Region? {
        var found = clinux_vfio_region()
        guard unsafe clinux_vfio_region(device, index, &found) == 0 else { return nil }
        return Region(length: found.length, offset: found.offset, isMappable: found.mappable != 0)
    }

    /// The descriptor that regions are mapped from.
    var descriptor: Int32 { device.raw }

    // MARK: Registers

    /// Nil: there is nothing, or the device does not decode.
    func load(_ region: Region, _ offset: UInt32, _ width: UInt32) -> UInt32? {
        guard let place = Self.place(region, offset, width) else { return nil }
        var value: UInt32 = 0 // Little-endian, as PCI.
        return unsafe pread(device.raw, &value, Int(width), place) == Int(width) ? value : nil
    }

    func store(_ region: Region, _ offset: UInt32, _ width: UInt32, _ value: UInt32) {
        guard let place = Self.place(region, offset, width) else { return }
        var value = value
        _ = unsafe pwrite(device.raw, &value, Int(width), place)
    }

    func configLoad(_ offset: UInt32, _ width: UInt32) -> UInt32? { load(config, offset, width) }
    func configStore(_ offset: UInt32, _ width: UInt32, _ value: UInt32) { store(config, offset, width, value) }

    private static func place(_ region: Region, _ offset: UInt32, _ width: UInt32) -> Int? {
        guard width == 1 || width == 2 || width == 4, offset % width == 0, UInt64(offset) + UInt64(width) <= region.length else { return nil }
        return Int(exactly: region.offset &+ UInt64(offset))
    }

    // MARK: Interrupts

    func vectors(_ kind: UInt32) -> Int { vectors.indices.contains(Int(kind)) ? vectors[Int(kind)] : 0 }

    /// - Parameter bells: one a vector; empty: off.
    func setInterrupts(_ kind: UInt32, _ bells: [Int32]) throws(SystemError) {
        guard unsafe clinux_vfio_interrupts(device.raw, kind, bells, UInt32(bells.count)) == 0 else {
            throw SystemError("VFIO_DEVICE_SET_IRQS", .last)
        }
    }

    func unmaskLine() { _ = clinux_vfio_unmask(device.raw, UInt32(CLINUX_VFIO_INTX)) }

    /// Asks the kernel to ring `bell` when the device is to be given back: it is being unbound, or pulled out.
    func watchRemoval(_ bell: Int32) { _ = unsafe clinux_vfio_interrupts(device.raw, UInt32(CLINUX_VFIO_REMOVAL), [bell], 1) }

    // MARK: The device as a whole

    func reset() throws(SystemError) {
        guard clinux_vfio_reset(device.raw) == 0 else { throw SystemError("VFIO_DEVICE_RESET", .last) }
    }

    /// First and last device addresses that the IOMMU takes; empty: it does not say.
    var usableAddresses: [ClosedRange<UInt64>] {
        var pairs = [UInt64](repeating: 0, count: 64)
        let count = unsafe clinux_vfio_ranges(container.raw, &pairs, 32)
        guard count > 0 else { return [] }
        var ranges: [ClosedRange<UInt64>] = []
        for index in 0..<Int(count) {
            let (first, last) = (pairs[2 * index], pairs[2 * index + 1])
            if first <= last { ranges.append(first...last) }
        }
        return ranges
    }

    // SAFETY: the kernel checks that the range is this process's memory, and pins it until it is unmapped.
    func map(_ start: UnsafeMutableRawPointer, length: UInt64, at address: UInt64) throws(SystemError) {
        guard unsafe clinux_vfio_map(container.raw, start, length, address) == 0 else { throw SystemError("VFIO_IOMMU_MAP_DMA", .last) }
    }

    func unmap(length: UInt64, at address: UInt64) { _ = clinux_vfio_unmap(container.raw, length, address) }
}
