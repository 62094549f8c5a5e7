import CDriver
import Glibc

/// A device of the 8254x family that is nothing but memory: registers, rings and packet memory of this process. What it has to do by itself
/// at bring-up it does while the driver waits; afterwards the benchmark plays the hardware on the descriptors. So a driver is timed
/// with plain loads and stores, as on silicon, and with no bus in between.
// SAFETY: all blocks are allocated for good; offsets from a driver are masked into the region.
@safe final class BareNIC {
    static let regionOctets = 0x20000, arenaOctets = 8 << 20
    let registers: UnsafeMutableRawPointer
    private let arena: UnsafeMutableRawPointer
    private let table: UnsafeMutablePointer<drydock_services>
    private var used = 0, now: UInt64 = 0
    private var words = [UInt16](repeating: 0, count: 64)

    init() {
        unsafe registers = .allocate(byteCount: Self.regionOctets, alignment: 4096)
        unsafe registers.initializeMemory(as: UInt8.self, repeating: 0, count: Self.regionOctets)
        unsafe arena = .allocate(byteCount: Self.arenaOctets, alignment: 4096)
        unsafe arena.initializeMemory(as: UInt8.self, repeating: 0, count: Self.arenaOctets)
        unsafe table = .allocate(capacity: 1)
        unsafe table.initialize(to: drydock_services())
        words[0] = 0x0002
        words[63] = 0xBABA &- 0x0002
        self[0x0008] = 0x83
        fill()
    }

    var services: UnsafePointer<drydock_services> { unsafe UnsafePointer(table) }

    subscript(_ offset: Int) -> UInt32 {
        get { unsafe registers.load(fromByteOffset: offset, as: UInt32.self) }
        set { unsafe registers.storeBytes(of: newValue, toByteOffset: offset, as: UInt32.self) }
    }

    /// Memory for the device and for packets; device addresses are this process's.
    func allocate(_ octets: Int, alignment: Int = 4096) -> UnsafeMutableRawPointer {
        used = (used + alignment - 1) / alignment * alignment
        precondition(used + octets <= Self.arenaOctets, "the arena is used up")
        defer { used += octets }
        return unsafe arena + used
    }

    /// A ring as the driver gave it to the device.
    func ring(low: Int, length: Int) -> (base: UnsafeMutableRawPointer, count: Int) {
        let address = UInt64(self[low + 4]) << 32 | UInt64(self[low])
        return unsafe (UnsafeMutableRawPointer(bitPattern: UInt(address))!, Int(self[length]) / 16)
    }

    /// What the hardware does while the driver waits: ends a reset, reads the EEPROM and the PHY. 8254x §13.4.1, §13.4.4, §13.4.7
    private func work() {
        self[0x0000] &= ~(1 << 26)
        if self[0x0014] & 1 != 0 { self[0x0014] = 1 << 4 | UInt32(words[Int(self[0x0014] >> 8 & 63)]) << 16 }
        if self[0x0020] >> 26 & 3 == 2 { self[0x0020] = self[0x0020] & ~0xFFFF | 1 << 28 | [0: 0x1140, 2: 0x0141, 3: 0x0C20, 4: 0x01E1, 9: 0x0200][self[0x0020] >> 16 & 31, default: 0] }
        if self[0x0020] >> 26 & 3 == 1 { self[0x0020] |= 1 << 28 }
    }

    private static func of(_ host: UnsafeMutableRawPointer?) -> BareNIC { unsafe Unmanaged<BareNIC>.fromOpaque(host!).takeUnretainedValue() }

    private static func say(_ text: UnsafePointer<CChar>?) {
        let line = Array(unsafe (text.map { unsafe String(cString: $0) } ?? "").utf8) + [10]
        _ = unsafe write(2, line, line.count)
    }

    private func fill() {
        unsafe table.pointee.abi = DRYDOCK_ABI
        unsafe table.pointee.size = UInt32(MemoryLayout<drydock_services>.size)
        unsafe table.pointee.identity = drydock_identity(
            vendor: 0x8086, device: 0x100E, subsystem_vendor: 0, subsystem_device: 0, revision: 3, class_code: 2, subclass: 0, programming_interface: 0)
        unsafe table.pointee.host = Unmanaged.passUnretained(self).toOpaque()
        unsafe table.pointee.config_read = { _, _, _ in 0 }
        unsafe table.pointee.config_write = { _, _, _, _ in }
        unsafe table.pointee.region_length = { _, region in region == 0 ? UInt64(BareNIC.regionOctets) : 0 }
        unsafe table.pointee.region_address = { host, _ in unsafe UnsafeMutablePointer(BareNIC.of(host).registers.assumingMemoryBound(to: UInt8.self)) }
        unsafe table.pointee.load = { host, _, offset, _ in unsafe BareNIC.of(host)[Int(offset) & (BareNIC.regionOctets - 4)] }
        unsafe table.pointee.store = { host, _, offset, _, value in unsafe BareNIC.of(host)[Int(offset) & (BareNIC.regionOctets - 4)] = value }
        unsafe table.pointee.dma_allocate = { host, length, alignment, out in
            let block = unsafe BareNIC.of(host).allocate(Int(length), alignment: max(Int(alignment), 64))
            unsafe out!.pointee = drydock_dma(memory: block.assumingMemoryBound(to: UInt8.self), device_address: UInt64(UInt(bitPattern: block)),
                                              length: length, handle: 0, reserved: 0)
            return 0
        }
        unsafe table.pointee.dma_free = { _, _ in }
        unsafe table.pointee.interrupt_enable = { _, kind, _ in kind == DRYDOCK_INTX.rawValue ? 1 : -95 }
        unsafe table.pointee.interrupt_disable = { _ in }
        unsafe table.pointee.timer_set = { _, _, _ in }
        unsafe table.pointee.now_us = { unsafe BareNIC.of($0).now }
        unsafe table.pointee.delay_us = { host, microseconds in
            unsafe BareNIC.of(host).now += UInt64(microseconds)
            unsafe BareNIC.of(host).work()
        }
        unsafe table.pointee.log = { _, _, text in unsafe BareNIC.say(text) }
        unsafe table.pointee.link_changed = { _ in }
        unsafe table.pointee.device_failed = { _, text in unsafe BareNIC.say(text) }
        unsafe table.pointee.device_reset = { _ in -95 }
        unsafe table.pointee.watch = { _, _, _ in -95 }
        unsafe table.pointee.packet_memory = { _, _ in -95 }
    }
}
