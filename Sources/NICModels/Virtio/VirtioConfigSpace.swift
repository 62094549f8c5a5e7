import VirtioNetRegisters
import VirtioRegisters

/// PCI configuration space of a modern virtio network device. virtio 1.2 §4.1.2, §4.1.4
struct VirtioConfigSpace {
    /// The regions: MSI-X, and the four structures, one a page.
    static let messageRegion: UInt32 = 1, messageOctets: UInt32 = 4096
    static let region: UInt32 = 4
    /// Octets from one queue's notification to the next.
    static let multiplier: UInt32 = 4
    static let vectors = 8

    private static let messages = 0x98

    private var octets = [UInt8](repeating: 0, count: 256)
    private var writable = [UInt8](repeating: 0, count: 256)
    private let initial: [UInt8]

    init() {
        var space = Layout()
        space.put(0x00, 0x1AF4, 2)
        space.put(0x02, 0x1041, 2)
        space.put(0x04, 0, 2, writable: 0x0406)
        // A capability list. PCI 3.0 §6.2.3
        space.put(0x06, 0x0010, 2)
        space.put(0x08, 1, 1)
        space.put(0x0B, 2, 1)
        space.put(0x0C, 0, 2, writable: 0xFFFF)
        space.put(0x14, 0, 4, writable: ~(Self.messageOctets - 1))
        // 64 bits wide, prefetchable.
        space.put(0x20, 0x0C, 4, writable: ~(VirtioRegister.regionLength - 1))
        space.put(0x24, 0, 4, writable: .max)
        space.put(0x2C, 0x1AF4, 2)
        space.put(0x2E, 0x1100, 2)
        space.put(0x34, 0x40, 1)
        space.put(0x3C, 0, 1, writable: 0xFF)
        space.put(0x3D, 1, 1)
        let page: UInt32 = 0x1000
        space.structure(0x40, next: 0x50, VirtioCapability.common, 0 * page)
        space.structure(0x50, next: 0x60, VirtioCapability.isr, 1 * page)
        space.structure(0x60, next: 0x70, VirtioCapability.device, 2 * page)
        space.structure(0x70, next: UInt32(Self.messages), VirtioCapability.notify, 3 * page)
        space.put(0x72, 20, 1)
        space.put(0x80, Self.multiplier, 4)
        // MSI-X: table at the start of its region, pending bits behind. PCI 3.0 §6.8.2
        space.put(Self.messages, 0x0011, 2)
        space.put(Self.messages + 2, UInt32(Self.vectors - 1), 2, writable: 0xC000)
        space.put(Self.messages + 4, Self.messageRegion, 4)
        space.put(Self.messages + 8, 0x800 | Self.messageRegion, 4)
        (octets, writable, initial) = (space.octets, space.writable, space.octets)
    }

    mutating func reset() { octets = initial }

    private var command: UInt8 { octets[4] }
    var memoryDecoded: Bool { command & 0x02 != 0 }
    var isMaster: Bool { command & 0x04 != 0 }
    var interruptDisabled: Bool { octets[5] & 0x04 != 0 }

    /// MSI-X on or off, as the platform's software does. PCI 3.0 §6.8.2.3
    mutating func setMessages(enabled: Bool) { octets[Self.messages + 3] = octets[Self.messages + 3] & 0x7F | (enabled ? 0x80 : 0) }
    /// Interrupt status. PCI 3.0 §6.2.3
    mutating func setInterruptStatus(_ pending: Bool) { octets[6] = octets[6] & ~0x08 | (pending ? 0x08 : 0) }

    func load(_ offset: UInt32, _ width: UInt32) -> UInt32 {
        guard Self.isAccess(offset, width) else { return .max }
        return (0..<width).reduce(0) { $0 | UInt32(octets[Int(offset + $1)]) << (8 * $1) }
    }

    mutating func store(_ offset: UInt32, _ width: UInt32, _ value: UInt32) {
        guard Self.isAccess(offset, width) else { return }
        for lane in 0..<width {
            let at = Int(offset + lane), octet = UInt8(truncatingIfNeeded: value >> (8 * lane))
            octets[at] = octets[at] & ~writable[at] | octet & writable[at]
        }
    }

    private static func isAccess(_ offset: UInt32, _ width: UInt32) -> Bool {
        (width == 1 || width == 2 || width == 4) && offset < 256 && offset % width == 0
    }

    private struct Layout {
        var octets = [UInt8](repeating: 0, count: 256), writable = [UInt8](repeating: 0, count: 256)

        mutating func put(_ at: Int, _ value: UInt32, _ width: Int, writable mask: UInt32 = 0) {
            for lane in 0..<width {
                octets[at + lane] = UInt8(truncatingIfNeeded: value >> UInt32(8 * lane))
                writable[at + lane] = UInt8(truncatingIfNeeded: mask >> UInt32(8 * lane))
            }
        }

        /// A vendor's capability for one structure. virtio 1.2 §4.1.4
        mutating func structure(_ at: Int, next: UInt32, _ type: UInt32, _ offset: UInt32) {
            put(at, VirtioCapability.identifier, 1)
            put(at + 1, next, 1)
            put(at + 2, 16, 1)
            put(at + 3, type, 1)
            put(at + 4, VirtioConfigSpace.region, 1)
            put(at + 8, offset, 4)
            put(at + 12, 0x1000, 4)
        }
    }
}
