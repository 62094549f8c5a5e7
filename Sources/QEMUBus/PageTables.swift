/// Second-level page tables that let one device reach single pages of the claimed memory. VT-d §9.
///
/// All tables exist from the start, at fixed places behind the first mebibyte; mapping a page is one store.
struct PageTables {
    static let page: UInt64 = 4096
    private static let entries: UInt64 = 512, entryOctets: UInt64 = 8
    private static let readWrite: UInt64 = 3, present: UInt64 = 1
    /// The first mebibyte of a PC has a hole; tables start behind it.
    static let root: UInt64 = 1 << 20
    private static let context = root + page, level3 = context + page
    private static let doorbellLevel2 = level3 + page, doorbellLevel1 = doorbellLevel2 + page, level2 = doorbellLevel1 + page
    private static let level2Tables = QEMUCommand.mostMemory >> 30
    private static let level1 = level2 + level2Tables * page

    /// RAM that the machine needs to hold the tables for `memoryOctets`: whole steps of 2 MiB.
    static func scratchOctets(for memoryOctets: UInt64) -> UInt64 {
        let step = QEMUCommand.memoryStep, end = level1 + memoryOctets / step * page
        return (end + step - 1) / step * step
    }

    private let memory: ScratchMemory

    /// Writes the tables; no page is reachable yet but the doorbells, for writing.
    init(in memory: ScratchMemory, for memoryOctets: UInt64, window: DeviceWindow, slot: UInt32) {
        self.memory = memory
        memory.store(Self.context | Self.present, at: Self.root)
        // Domain 1, 39-bit addresses: three levels. VT-d §9.3.
        let entry = Self.context + 16 * UInt64(slot << 3)
        memory.store(Self.level3 | Self.present, at: entry)
        memory.store(1 << 8 | 1, at: entry + 8)
        let firstGibibyte = window.base >> 30
        for table in 0..<(window.most >> 30) {
            memory.store((Self.level2 + table * Self.page) | Self.readWrite, at: Self.level3 + (firstGibibyte + table) * Self.entryOctets)
        }
        for table in 0..<(memoryOctets / QEMUCommand.memoryStep) {
            memory.store((Self.level1 + table * Self.page) | Self.readWrite, at: Self.level2 + table * Self.entryOctets)
        }
        openDoorbells()
    }

    private func openDoorbells() {
        let address = DeviceWindow.doorbell
        memory.store(Self.doorbellLevel2 | Self.readWrite, at: Self.level3 + (address >> 30) * Self.entryOctets)
        memory.store(Self.doorbellLevel1 | Self.readWrite, at: Self.doorbellLevel2 + (address >> 21 & 511) * Self.entryOctets)
        let writeOnly: UInt64 = 2
        memory.store(BellBoard.registers | writeOnly, at: Self.doorbellLevel1 + (address >> 12 & 511) * Self.entryOctets)
    }

    /// Lets the device read and write page `number` of the claimed memory, or takes that away.
    func set(page number: UInt64, reachable: Bool) {
        let value = reachable ? (QEMUCommand.memoryBase + number * Self.page) | Self.readWrite : 0
        memory.store(value, at: Self.level1 + number * Self.entryOctets)
    }
}
