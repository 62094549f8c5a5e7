import CDriver
import Rings

/// A `drydock_buffer` on its way between two processes: the same facts without an address, in 32 octets.
struct BufferToken: Equatable {
    var a: UInt64, b: UInt64, c: UInt64, d: UInt64

    init(a: UInt64, b: UInt64, c: UInt64, d: UInt64) { (self.a, self.b, self.c, self.d) = (a, b, c, d) }

    /// An empty token of a slot, with flags: how buffers come back that nothing became of.
    init(slot: UInt32, flags: UInt32) { self.init(a: UInt64(slot) | UInt64(flags) << 48, b: 0, c: 0, d: 0) }

    var slot: UInt32 { UInt32(truncatingIfNeeded: a) }
    /// Octets from the slot's start to the frame.
    var offset: Int { Int(a >> 32 & 0xffff) }
    var flags: UInt16 { UInt16(truncatingIfNeeded: a >> 48) }
    var length: Int { Int(b & 0xffff) }

    /// - Parameter start: where the buffer's slot begins in this process.
    init(_ buffer: drydock_buffer, start: Int) {
        let offset = unsafe Int(bitPattern: buffer.data) &- start
        // What lies outside its slot becomes an offset that no slot has.
        let bounded = offset >= 0 && offset < 0xffff ? UInt64(offset) : 0xffff
        a = unsafe UInt64(buffer.slot) | bounded << 32 | UInt64(buffer.flags) << 48
        b = unsafe UInt64(buffer.length) | UInt64(buffer.vlan) << 16 | UInt64(buffer.checksum_start) << 32 | UInt64(buffer.checksum_offset) << 48
        c = unsafe UInt64(buffer.checksum_ip_start) | UInt64(buffer.checksum_ip_end) << 16 | UInt64(buffer.segment_octets) << 32
            | UInt64(buffer.header_octets) << 48
        d = unsafe UInt64(buffer.capacity)
    }

    /// - Parameters:
    ///   - start: where the slot begins in this process.
    ///   - deviceStart: where it begins for the device.
    func buffer(start: UnsafeMutableRawPointer, deviceStart: UInt64) -> drydock_buffer {
        unsafe drydock_buffer(
            device_address: deviceStart &+ UInt64(offset), data: (start + offset).assumingMemoryBound(to: UInt8.self), slot: slot,
            capacity: UInt16(truncatingIfNeeded: d), length: UInt16(truncatingIfNeeded: b), flags: flags,
            vlan: UInt16(truncatingIfNeeded: b >> 16), checksum_start: UInt16(truncatingIfNeeded: b >> 32),
            checksum_offset: UInt16(truncatingIfNeeded: b >> 48), checksum_ip_start: UInt16(truncatingIfNeeded: c),
            checksum_ip_end: UInt16(truncatingIfNeeded: c >> 16), segment_octets: UInt16(truncatingIfNeeded: c >> 32),
            header_octets: UInt16(truncatingIfNeeded: c >> 48))
    }
}

/// Which slots a driver host has, and for what: the stack's own word, which nothing that the host writes can change.
///
/// A slot is given once and taken back once; whatever else comes back is a lie.
// SAFETY: `marks` covers `slots` octets from init to deinit; every index is compared with that.
@safe struct SlotLedger: ~Copyable {
    enum Use: UInt8 { case none, receive, transmit }

    private let marks: UnsafeMutablePointer<UInt8>
    private let slots: Int
    private(set) var receiveHeld = 0, transmitHeld = 0
    /// Where the census goes on.
    private var position = 0

    init(slots: Int) {
        self.slots = slots
        unsafe marks = .allocate(capacity: slots)
        unsafe marks.initialize(repeating: 0, count: slots)
    }

    deinit { unsafe marks.deallocate() }

    /// - Returns: false when there is no such slot, or the host has it already.
    mutating func give(_ slot: UInt32, for use: Use) -> Bool {
        guard Int(slot) < slots, unsafe marks[Int(slot)] == Use.none.rawValue else { return false }
        unsafe marks[Int(slot)] = use.rawValue
        if use == .receive { receiveHeld &+= 1 } else { transmitHeld &+= 1 }
        return true
    }

    /// - Returns: false when the host does not have that slot, or has it for the other use.
    mutating func take(_ slot: UInt32, from use: Use) -> Bool {
        guard Int(slot) < slots, unsafe marks[Int(slot)] == use.rawValue, use != .none else { return false }
        unsafe marks[Int(slot)] = Use.none.rawValue
        if use == .receive { receiveHeld &-= 1 } else { transmitHeld &-= 1 }
        return true
    }

    /// Takes back any slot of that use, for the census after a death; nil: there is none. All of them cost one walk.
    mutating func takeAny(from use: Use) -> UInt32? {
        guard (use == .receive ? receiveHeld : transmitHeld) > 0 else { return nil }
        for _ in 0..<slots {
            let slot = UInt32(position)
            position = position + 1 == slots ? 0 : position + 1
            if take(slot, from: use) { return slot }
        }
        return nil
    }
}
