import DriverKit
import E1000Registers

/// The descriptors of one ring as they were handed over, to find those that software changed while the device owned
/// them. 8254x §3.2.6, §3.4
struct OwnershipShadow {
    private var words: [(UInt64, UInt64)?] = []

    /// The ring has this many descriptors now; nothing is known of them.
    mutating func resize(_ count: Int) {
        words.removeAll(keepingCapacity: true)
        words.append(contentsOf: repeatElement(nil, count: count))
    }

    mutating func record(_ index: Int, _ low: UInt64, _ high: UInt64) {
        if index < words.count { words[index] = (low, high) }
    }

    /// True when the descriptor is still what was handed over, or nothing is known of it.
    func matches(_ index: Int, _ low: UInt64, _ high: UInt64) -> Bool {
        guard index < words.count, let (oldLow, oldHigh) = words[index] else { return true }
        return oldLow == low && oldHigh == high
    }

    /// The device gives the descriptor back.
    mutating func giveBack(_ index: Int) {
        if index < words.count { words[index] = nil }
    }
}

/// The registers of one descriptor ring, and the rules that both rings share.
struct RingRegisters {
    let low: E1000Register
    let high: E1000Register
    let length: E1000Register
    let head: E1000Register
    let tail: E1000Register
    let control: E1000Register
    let enable: UInt32
    /// `RX` or `TX`.
    let direction: String
    /// 0, or 1: the second queue's registers lie 256 octets further on. 82574 §10.2.5
    var queue = 0
    var shift: UInt32 { UInt32(queue) * 0x100 }

    static func receive(_ queue: Int) -> Self {
        var set = receive
        set.queue = queue
        return set
    }
    static func transmit(_ queue: Int) -> Self {
        var set = transmit
        set.queue = queue
        return set
    }

    static let receive = Self(
        low: .rdbal, high: .rdbah, length: .rdlen, head: .rdh, tail: .rdt, control: .rctl, enable: RCTL().en.mask,
        direction: "RX")
    static let transmit = Self(
        low: .tdbal, high: .tdbah, length: .tdlen, head: .tdh, tail: .tdt, control: .tctl, enable: TCTL().en.mask,
        direction: "TX")
}

/// A ring's state as the registers have it.
struct Ring {
    static let descriptorOctets = 16

    var base: UInt64
    var count: Int
    var head: Int
    var tail: Int

    @inline(__always)
    init(_ set: RingRegisters, _ registers: RegisterFile) {
        let shift = set.shift
        base = UInt64(registers[set.high, shift: shift]) << 32 | UInt64(registers[set.low, shift: shift])
        count = Int(registers[set.length, shift: shift]) / Self.descriptorOctets
        head = Int(registers[set.head, shift: shift])
        tail = Int(registers[set.tail, shift: shift])
    }

    /// Whether head and tail lie in the ring; nothing else is worked on.
    var isSound: Bool { count > 0 && head < count && tail < count }
    /// Descriptors that the device owns.
    var owned: Int { isSound ? (tail - head + count) % count : 0 }

    func address(_ index: Int) -> UInt64 { base &+ UInt64(index * Self.descriptorOctets) }
    func next(_ index: Int) -> Int { index + 1 == count ? 0 : index + 1 }
}
