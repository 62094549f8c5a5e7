import NICModels

/// The machine's VT-d unit in front of the NIC: the device reaches what is mapped, by whole pages, and nothing else.
///
/// A DMA elsewhere is refused by QEMU and named in its log; `ErrorLog` makes a violation of it.
final class DMAGuard {
    /// Mappings at a time; a driver that never unmaps is refused, not fed.
    static let mostMappings = 65_536
    /// The unit's registers, and those used of them. VT-d §10.4.
    private static let registers: UInt64 = 0xfed9_0000
    private static let command: UInt64 = 0x18, status: UInt64 = 0x1c, rootTable: UInt64 = 0x20, invalidate: UInt64 = 0xf8
    private static let setRootTable: UInt64 = 1 << 30, enableTranslation: UInt64 = 1 << 31

    private let bus: QTestLink
    private let tables: PageTables
    private let memoryOctets: UInt64
    private let window: DeviceWindow
    /// False: everything is in reach from the start, and nothing is taken away.
    private let isJudging: Bool
    /// How many mappings touch each page.
    private var users: [UInt32]
    /// Lengths of the mappings that start at an offset, youngest last.
    private var mappings: [UInt64: [UInt64]] = [:]
    private(set) var count = 0

    init(bus: QTestLink, scratch: ScratchMemory, memoryOctets: UInt64, window: DeviceWindow, slot: UInt32, isJudging: Bool) {
        (self.bus, self.memoryOctets, self.window, self.isJudging) = (bus, memoryOctets, window, isJudging)
        tables = PageTables(in: scratch, for: memoryOctets, window: window, slot: slot)
        users = [UInt32](repeating: isJudging ? 0 : 1, count: Int(memoryOctets / PageTables.page))
        if !isJudging { for page in 0..<(memoryOctets / PageTables.page) { tables.set(page: page, reachable: true) } }
    }

    /// Switches translation on; false when the unit does not say that it did.
    func bringUp() -> Bool {
        bus.post("writeq", Self.registers + Self.rootTable, PageTables.root)
        bus.post("writel", Self.registers + Self.command, Self.setRootTable)
        bus.post("writel", Self.registers + Self.command, Self.enableTranslation)
        let both = Self.setRootTable | Self.enableTranslation
        return bus.ask("readl", Self.registers + Self.status).map { $0 & both == both } ?? false
    }

    /// Opens the pages that hold `length` octets from `offset`; several mappings may share a page.
    func map(offset: UInt64, length: UInt64) throws(NICFailure) -> UInt64 {
        let (end, overflow) = offset.addingReportingOverflow(length)
        guard length > 0 && !overflow && end <= memoryOctets else {
            throw .badMapping("\(length) octets from \(offset) are not within the \(memoryOctets) octets of claimed memory; map less")
        }
        guard count < Self.mostMappings else {
            throw .badMapping("\(count) mappings are held already; unmap what the device no longer uses")
        }
        for page in Self.pages(offset, length) {
            if users[Int(page)] == 0 { tables.set(page: page, reachable: true) }
            users[Int(page)] += 1
        }
        mappings[offset, default: []].append(length)
        count += 1
        return window.base + offset
    }

    /// Takes the youngest mapping at `deviceAddress` away; returns when the device can no longer use it.
    func unmap(deviceAddress: UInt64) {
        guard deviceAddress >= window.base else { return }
        let offset = deviceAddress - window.base
        guard let length = mappings[offset]?.popLast() else { return }
        if mappings[offset]?.isEmpty == true { mappings[offset] = nil }
        count -= 1
        var closed = false
        for page in Self.pages(offset, length) {
            users[Int(page)] -= 1
            guard users[Int(page)] == 0 else { continue }
            tables.set(page: page, reachable: false)
            closed = true
        }
        guard closed else { return }
        // The unit remembers translations: make it forget all of them. VT-d §10.4.8.1: IVT, global.
        bus.post("writeq", Self.registers + Self.invalidate, 1 << 63 | 1 << 60)
        _ = bus.settle()
    }

    private static func pages(_ offset: UInt64, _ length: UInt64) -> ClosedRange<UInt64> {
        offset / PageTables.page...(offset + length - 1) / PageTables.page
    }
}
