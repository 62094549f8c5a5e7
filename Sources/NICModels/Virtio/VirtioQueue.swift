import VirtioNetRegisters
import VirtioRegisters

/// One virtqueue as the device sees it. virtio 1.2 §2.7, §4.1.4.3
struct VirtioQueue {
    static let longest: UInt16 = 256

    let index: Int
    // As the driver has set it up.
    var size: UInt16 = Self.longest
    var vector = VirtioCapability.noVector
    var enabled = false
    var descriptors: UInt64 = 0, available: UInt64 = 0, used: UInt64 = 0

    /// The driver has notified; there may be work.
    var notified = false
    /// The queue broke a rule that leaves no way on.
    var broken = false
    /// How far the available ring has been looked at, and how far it has been worked through; entries used.
    var sighted: UInt16 = 0, taken: UInt16 = 0, returned: UInt16 = 0
    /// By descriptor: in a chain that the device holds.
    var held = [Bool](repeating: false, count: Int(Self.longest))
    /// By head: the chain.
    var chains = [[VirtioDescriptor]](repeating: [], count: Int(Self.longest))
    /// Heads that were sighted and not taken, oldest first.
    var heads: [Int] = []
    /// Reported once an enable.
    var masterReported = false

    init(index: Int) { self.index = index }

    /// Everything as after a reset of the device.
    mutating func reset() { self = VirtioQueue(index: index) }

    mutating func forget(_ head: Int) {
        for descriptor in chains[head] { held[descriptor.index] = false }
        chains[head].removeAll(keepingCapacity: true)
    }

    func availableEntry(_ at: UInt16) -> UInt64 { available &+ 4 &+ 2 &* UInt64(at & (size &- 1)) }
    func usedEntry(_ at: UInt16) -> UInt64 { used &+ 4 &+ 8 &* UInt64(at & (size &- 1)) }
    var usedEvent: UInt64 { available &+ 4 &+ 2 &* UInt64(size) }
    var availableEvent: UInt64 { used &+ 4 &+ 8 &* UInt64(size) }
}

/// A descriptor. virtio 1.2 §2.7.5
struct VirtioDescriptor {
    var index: Int
    var address: UInt64
    var length: UInt32
    var flags: UInt16
    var next: UInt16

    var isWritable: Bool { flags & 2 != 0 }
    var goesOn: Bool { flags & 1 != 0 }
}
