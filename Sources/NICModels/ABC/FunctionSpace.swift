/// Configuration space of a small PCI function: one memory region, one interrupt pin, MSI with one vector. PCI 3.0 §6.1, §6.8
struct FunctionSpace {
    private static let command = 0x04, status = 0x06, region = 0x10, messages = 0x40
    /// Memory decode, bus mastering, interrupt disable. PCI 3.0 §6.2.2
    private static let commandBits: UInt16 = 0x0406

    let regionOctets: UInt32
    private var octets = [UInt8](repeating: 0, count: 256)
    private var writable = [UInt8](repeating: 0, count: 256)
    private let initial: [UInt8]

    init(vendor: UInt16, device: UInt16, revision: UInt8, regionOctets: UInt32) {
        self.regionOctets = regionOctets
        var bytes = [UInt8](repeating: 0, count: 256), mask = bytes
        func put(_ at: Int, _ value: UInt32, _ count: Int, writable: UInt32 = 0) {
            for lane in 0..<count {
                bytes[at + lane] = UInt8(truncatingIfNeeded: value >> UInt32(8 * lane))
                mask[at + lane] = UInt8(truncatingIfNeeded: writable >> UInt32(8 * lane))
            }
        }
        put(0x00, UInt32(vendor) | UInt32(device) << 16, 4)
        put(Self.command, 0, 2, writable: UInt32(Self.commandBits))
        put(Self.status, 0x0010, 2)  // Capability list.
        put(0x08, UInt32(revision) | 0x0200_0000, 4)  // Network controller, Ethernet.
        put(Self.region, 0, 4, writable: ~(regionOctets - 1))
        put(0x2c, UInt32(vendor) | UInt32(device) << 16, 4)
        put(0x34, UInt32(Self.messages), 1)
        put(0x3c, 0x0100, 2, writable: 0x00ff)  // INTA#
        // MSI: 64-bit address, one vector. PCI 3.0 §6.8.1
        put(Self.messages, 0x0080_0005, 4, writable: 0x0001_0000)
        put(Self.messages + 4, 0, 4, writable: ~3)
        put(Self.messages + 8, 0, 4, writable: .max)
        put(Self.messages + 12, 0, 2, writable: 0xffff)
        (octets, writable, initial) = (bytes, mask, bytes)
    }

    mutating func reset() { octets = initial }

    var memoryDecoded: Bool { octets[Self.command] & 0x02 != 0 }
    var isMaster: Bool { octets[Self.command] & 0x04 != 0 }
    var pinDisabled: Bool { octets[Self.command + 1] & 0x04 != 0 }
    var messagesEnabled: Bool { octets[Self.messages + 2] & 1 != 0 }

    mutating func setMessages(enabled: Bool) { octets[Self.messages + 2] = octets[Self.messages + 2] & ~1 | (enabled ? 1 : 0) }

    /// Interrupt status, whether or not the pin may show it. PCI 3.0 §6.2.3
    mutating func setInterruptStatus(_ pending: Bool) { octets[Self.status] = octets[Self.status] & ~0x08 | (pending ? 0x08 : 0) }

    /// A DMA found nobody: received master abort. PCI 3.0 §6.2.3
    mutating func masterAborted() { octets[Self.status + 1] |= 0x20 }

    /// All ones for what the bus cannot ask for.
    func load(_ offset: UInt32, _ width: UInt32) -> UInt32 {
        guard Self.isAccess(offset, width) else { return .max }
        return (0..<width).reduce(0) { $0 | UInt32(octets[Int(offset + $1)]) << (8 * $1) }
    }

    mutating func store(_ offset: UInt32, _ width: UInt32, _ value: UInt32) {
        guard Self.isAccess(offset, width) else { return }
        for lane in 0..<width {
            let (at, octet) = (Int(offset + lane), UInt8(truncatingIfNeeded: value >> (8 * lane)))
            octets[at] = octets[at] & ~writable[at] | octet & writable[at]
            // Error bits of the status register are cleared by writing ones.
            if at == Self.status + 1 { octets[at] &= ~(octet & 0xf9) }
        }
    }

    private static func isAccess(_ offset: UInt32, _ width: UInt32) -> Bool {
        (width == 1 || width == 2 || width == 4) && offset < 256 && offset % width == 0
    }
}
