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
    private static let capability: UInt64 = 0x08, faultStatus: UInt64 = 0x34

    private let bus: QTestLink
    private let tables: PageTables
    private let memoryOctets: UInt64
    private let window: DeviceWindow
    /// False: everything is in reach from the start, and nothing is taken away.
    private let isJudging: Bool
    /// How many mappings touch each page.
    private var users: [UInt32]
    /// The mappings that start at an offset, youngest last.
    private var mappings: [UInt64: [MappingHistory.Mapping]] = [:]
    private var history = MappingHistory()
    /// Where the unit's fault record is; known once it is up.
    private var faultRecord: UInt64 = 0
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
        // CAP.FRO: where the fault records begin, in units of 16 octets. VT-d §10.4.2.
        guard let capability = bus.ask("readq", Self.registers + Self.capability) else { return false }
        faultRecord = Self.registers + (capability >> 24 & 0x3ff) * 16
        let both = Self.setRootTable | Self.enableTranslation
        return bus.ask("readl", Self.registers + Self.status).map { $0 & both == both } ?? false
    }

    /// Opens the pages that hold `length` octets from `offset`; several mappings may share a page.
    ///
    /// - Parameter now: monotonic nanoseconds.
    func map(offset: UInt64, length: UInt64, now: UInt64) throws(NICFailure) -> UInt64 {
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
        let mapping = MappingHistory.Mapping(address: window.base + offset, length: length, made: now)
        mappings[offset, default: []].append(mapping)
        count += 1
        return window.base + offset
    }

    /// Takes the youngest mapping at `deviceAddress` away; returns when the device can no longer use it.
    func unmap(deviceAddress: UInt64, now: UInt64) {
        guard deviceAddress >= window.base else { return }
        let offset = deviceAddress - window.base
        guard let mapping = mappings[offset]?.popLast() else { return }
        history.end(mapping, now: now)
        if mappings[offset]?.isEmpty == true { mappings[offset] = nil }
        count -= 1
        // What the driver stored before it let go still finds the pages open.
        _ = bus.settle()
        var closed = false
        for page in Self.pages(offset, mapping.length) {
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

    /// Why an access of the device to `address` was refused, as far as mappings explain it.
    func account(of address: UInt64, now: UInt64) -> String {
        let live = mappings.values.joined().min { $0.distance(to: address) < $1.distance(to: address) }
        return history.account(of: address, nearest: live, now: now)
    }

    /// The fault that the unit has recorded since the last time; it keeps the first of several. VT-d §10.4.14.
    func takeFault() -> TranslationFault? {
        guard let high = bus.ask("readq", faultRecord + 8), high >> 63 == 1, let low = bus.ask("readq", faultRecord) else { return nil }
        // F is cleared by writing a one to it, then the overflow. VT-d §10.4.9.
        bus.post("writel", faultRecord + 12, 1 << 31)
        bus.post("writel", Self.registers + Self.faultStatus, 0xff)
        return TranslationFault(low: low, high: high)
    }

    private static func pages(_ offset: UInt64, _ length: UInt64) -> ClosedRange<UInt64> {
        offset / PageTables.page...(offset + length - 1) / PageTables.page
    }
}

/// An access that the unit refused, as it recorded it. VT-d §10.4.14.
struct TranslationFault: Equatable {
    /// Of the page.
    var address: UInt64
    var isRead: Bool
    /// VT-d Appendix A: 5 without the right to write, 6 without the right to read.
    var reason: UInt64
    /// Bus, device, function of who did it.
    var source: UInt64

    init(low: UInt64, high: UInt64) {
        (address, isRead, reason, source) = (low & ~0xfff, high >> 62 & 1 == 1, high >> 32 & 0xff, high & 0xffff)
    }

    var text: String {
        let bus = source >> 8, device = source >> 3 & 31, function = source & 7
        return "VT-d fault reason \(reason), source \(bus):\(device).\(function)"
    }
}
