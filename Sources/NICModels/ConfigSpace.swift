/// PCI configuration space of one function. 8254x §4.1
struct ConfigSpace {
    /// Bits of the command register. 8254x §4.1, PCI 2.3 §6.2.2
    struct Command: OptionSet {
        var rawValue: UInt16
        static let io = Self(rawValue: 1 << 0)
        static let memory = Self(rawValue: 1 << 1)
        static let busMaster = Self(rawValue: 1 << 2)
        static let interruptDisable = Self(rawValue: 1 << 10)
        /// Those that the function has.
        static let writable = Self(rawValue: 0x0557)
    }

    /// Octets of the register region and of the I/O region.
    static let memoryOctets: UInt32 = 128 * 1024
    static let ioOctets: UInt32 = 64
    static let memoryRegion: UInt32 = 0
    static let ioRegion: UInt32 = 2

    /// The MSI-X table and the pending bits, of the 82574. 82574 §9.1
    static let vectorOctets: UInt32 = 16 * 1024
    static let vectorRegion: UInt32 = 3

    /// Where the capabilities lie; 0: there is none.
    private let power: Int, messages: Int, vectors: Int

    private var octets = [UInt8](repeating: 0, count: 256)
    /// Ones where software may write.
    private var writable = [UInt8](repeating: 0, count: 256)
    /// Ones where a written one clears the bit.
    private var writeClears = [UInt8](repeating: 0, count: 256)
    private let initial: [UInt8]

    init(device: UInt16, revision: UInt8, subsystem: UInt16, isPCIe: Bool = false) {
        var space = Layout()
        space.put16(0x00, 0x8086)
        space.put16(0x02, device)
        space.put16(0x04, 0, writable: Command.writable.rawValue)
        // Capability list, and on PCI 66 MHz and the time of DEVSEL; the error bits are cleared by writing ones. PCI Express §7.5.1.2
        space.put16(0x06, isPCIe ? 0x0010 : 0x0230, clears: 0xf900)
        space.octets[0x08] = revision
        space.octets[0x0b] = 0x02  // Network controller, Ethernet.
        space.put16(0x0c, 0, writable: 0xffff)  // Cache line size, latency timer.
        space.put32(0x10, 0, writable: ~(Self.memoryOctets - 1))
        space.put32(0x18, 1, writable: ~(Self.ioOctets - 1))
        space.put16(0x2c, 0x8086)
        space.put16(0x2e, subsystem)
        (power, messages, vectors) = isPCIe ? (0xc8, 0xd0, 0xa0) : (0xdc, 0xf0, 0)
        space.octets[0x34] = UInt8(power)
        space.writable[0x3c] = 0xff
        space.octets[0x3d] = 1  // INTA#
        if isPCIe { space.putPCIe(power, messages, vectors) } else { space.putPCI(power, messages) }
        (octets, writable, writeClears) = (space.octets, space.writable, space.clears)
        initial = space.octets
    }

    mutating func reset() { octets = initial }

    var command: Command { Command(rawValue: get16(0x04)) }
    /// D0 is 0, D3hot is 3.
    var powerState: UInt8 { octets[power + 4] & 3 }
    var messagesEnabled: Bool { octets[messages + 2] & 1 == 1 }
    var vectorsEnabled: Bool { vectors != 0 && octets[vectors + 3] & 0x80 != 0 }
    var memoryDecoded: Bool { command.contains(.memory) && powerState == 0 }
    var ioDecoded: Bool { command.contains(.io) && powerState == 0 }
    var isMaster: Bool { command.contains(.busMaster) && powerState == 0 }

    /// A DMA found nobody home: received master abort. PCI 2.3 §6.2.3
    mutating func masterAborted() { octets[0x07] |= 0x20 }

    /// MSI on or off. 8254x §4.1.3
    mutating func setMessages(enabled: Bool) { octets[messages + 2] = octets[messages + 2] & ~1 | (enabled ? 1 : 0) }

    /// MSI-X on or off. 82574 §9.1
    mutating func setVectors(enabled: Bool) {
        guard vectors != 0 else { return }
        octets[vectors + 3] = octets[vectors + 3] & 0x7f | (enabled ? 0x80 : 0)
    }

    /// Interrupt status follows the causes whether or not the line may. PCI 2.3 §6.2.3
    mutating func setInterruptStatus(_ pending: Bool) { octets[0x06] = octets[0x06] & ~0x08 | (pending ? 0x08 : 0) }

    /// All ones for a width or offset that the bus cannot ask for.
    func load(_ offset: UInt32, _ width: UInt32) -> UInt32 {
        guard Self.isAccess(offset, width) else { return .max }
        return (0..<width).reduce(0) { $0 | UInt32(octets[Int(offset + $1)]) << (8 * $1) }
    }

    /// Bits that may not be written keep their value.
    mutating func store(_ offset: UInt32, _ width: UInt32, _ value: UInt32) {
        guard Self.isAccess(offset, width) else { return }
        for lane in 0..<width {
            let (at, octet) = (Int(offset + lane), UInt8(truncatingIfNeeded: value >> (8 * lane)))
            octets[at] = octets[at] & ~writable[at] | octet & writable[at]
            octets[at] &= ~(octet & writeClears[at])
        }
    }

    private static func isAccess(_ offset: UInt32, _ width: UInt32) -> Bool {
        (width == 1 || width == 2 || width == 4) && offset < 256 && offset % width == 0
    }

    private func get16(_ at: Int) -> UInt16 { UInt16(octets[at]) | UInt16(octets[at + 1]) << 8 }

    /// The space while it is laid out.
    private struct Layout {
        var octets = [UInt8](repeating: 0, count: 256)
        var writable = [UInt8](repeating: 0, count: 256)
        var clears = [UInt8](repeating: 0, count: 256)

        mutating func put16(_ at: Int, _ value: UInt16, writable mask: UInt16 = 0, clears clear: UInt16 = 0) {
            for lane in 0..<2 {
                octets[at + lane] = UInt8(truncatingIfNeeded: value >> UInt16(8 * lane))
                writable[at + lane] = UInt8(truncatingIfNeeded: mask >> UInt16(8 * lane))
                clears[at + lane] = UInt8(truncatingIfNeeded: clear >> UInt16(8 * lane))
            }
        }

        /// Power management, PCI-X, MSI. 8254x §4.1
        mutating func putPCI(_ power: Int, _ messages: Int) {
            let pciX = 0xe4
            octets[0x3e] = 0xff  // Minimum grant.
            putPower(power, next: pciX)
            put16(pciX, UInt16(messages) << 8 | 0x07)
            put16(pciX + 2, 0x0002, writable: 0x007f)
            put32(pciX + 4, 0x0040_0000 | 0xfff8)
            putMessages(messages, next: 0)
        }

        /// Power management, MSI, PCIe (an endpoint of one lane, ASPM L0s and L1 possible and on), MSI-X. 82574 §9.1
        mutating func putPCIe(_ power: Int, _ messages: Int, _ vectors: Int) {
            let express = 0xe0
            putPower(power, next: messages)
            putMessages(messages, next: express)
            put16(express, UInt16(vectors) << 8 | 0x10)
            put16(express + 2, 0x0001)
            put32(express + 4, 0x0000_8cc1)
            put16(express + 8, 0x2810, writable: 0x7fff)
            put16(express + 10, 0, clears: 0x000f)
            put32(express + 12, 0x0003_4c11)
            put16(express + 16, 0x0003, writable: 0x01fb)
            put16(express + 18, 0x1011)
            put32(0x1c, 0, writable: ~(ConfigSpace.vectorOctets - 1))
            put16(vectors, 0x0011)
            put16(vectors + 2, UInt16(PCIeUnit.vectors - 1), writable: 0xc000)
            put32(vectors + 4, ConfigSpace.vectorRegion)
            put32(vectors + 8, 0x2000 | ConfigSpace.vectorRegion)
        }

        private mutating func putPower(_ at: Int, next: Int) {
            put16(at, UInt16(next) << 8 | 0x01)
            put16(at + 2, 0xc822)
            put16(at + 4, 0, writable: 0x1f03, clears: 0x8000)
        }

        private mutating func putMessages(_ at: Int, next: Int) {
            put16(at, UInt16(next) << 8 | 0x05)
            put16(at + 2, 0x0080, writable: 0x0001)
            put32(at + 4, 0, writable: 0xffff_fffc)
            put32(at + 8, 0, writable: 0xffff_ffff)
            put16(at + 12, 0, writable: 0xffff)
        }

        mutating func put32(_ at: Int, _ value: UInt32, writable mask: UInt32 = 0) {
            put16(at, UInt16(truncatingIfNeeded: value), writable: UInt16(truncatingIfNeeded: mask))
            put16(at + 2, UInt16(value >> 16), writable: UInt16(mask >> 16))
        }
    }
}
