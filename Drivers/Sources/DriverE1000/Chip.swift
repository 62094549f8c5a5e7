public import CDriver
public import DriverIntel
public import DriverKit
public import E1000Registers

/// The driver of the Intel 8254x family.
public typealias E1000 = IntelNIC<Chip8254x>
public typealias E1000Variables = IntelVariables

/// A member of the 8254x family that this driver drives: copper, one port, EERD as in the 82540EM. 8254x §5.2
public struct Chip8254x: IntelChip {
    public typealias Map = E1000Register
    public typealias Format = LegacyReceive

    let device: UInt16
    public let title: StaticString
    /// The 82544 has no EERD, another gap, no absolute timers and another automatic speed detection.
    let is82544: Bool

    private init(_ device: UInt16, _ title: StaticString, is82544: Bool = false) {
        (self.device, self.title, self.is82544) = (device, title, is82544)
    }

    public static func find(_ identity: drydock_identity) -> Chip8254x? {
        guard identity.vendor == 0x8086 else { return nil }
        switch identity.device {
        case 0x1008: return Self(0x1008, "Intel 82544EI Gigabit Ethernet Controller", is82544: true)
        case 0x100C: return Self(0x100C, "Intel 82544GC Gigabit Ethernet Controller", is82544: true)
        case 0x100D: return Self(0x100D, "Intel 82544GC Gigabit Ethernet Controller (LOM)", is82544: true)
        case 0x100E: return Self(0x100E, "Intel 82540EM Gigabit Ethernet Controller")
        case 0x100F: return Self(0x100F, "Intel 82545EM Gigabit Ethernet Controller")
        case 0x1015: return Self(0x1015, "Intel 82540EM Gigabit Ethernet Controller (LOM)")
        case 0x1016, 0x1017, 0x101E: return Self(identity.device, "Intel 82540EP Gigabit Ethernet Controller")
        case 0x1026: return Self(0x1026, "Intel 82545GM Gigabit Ethernet Controller")
        default: return nil
        }
    }

    public static var name: StaticString { "e1000" }
    public static var prefix: StaticString { "em" }
    public static var version: StaticString { "1.1" }
    public static var optionNames: StaticString {
        "mac= speed= duplex= promiscuous nomulticast verbose mtu= receive= transmit= irq_thresh= rx_abs= rx_delay="
    }
    public static var help: StaticString {
        """
        mac=XX:XX:XX:XX:XX:XX  use this address, not the EEPROM's
        speed=10|100|1000      allow this speed only (default: negotiated)
        duplex=0|1             half or full, with speed only
        promiscuous            accept every frame
        nomulticast            accept no multicast frame
        verbose[=0..2]         log more
        mtu=68..9000           octets of payload (default 1500)
        receive=64..4096       receive descriptors, a multiple of 8 (default 256)
        transmit=64..4096      transmit descriptors, a multiple of 8 (default 256)
        irq_thresh=0..100000   interrupts a second at most, 0: no limit (default 8000)
        rx_abs=0..65535        longest delay of a receive interrupt, in 1.024 us (default 0: off)
        rx_delay=0..65535      delay of a receive interrupt after a frame, in 1.024 us (default 0: off)
        """
    }

    public static var capabilities: UInt32 {
        DRYDOCK_CAP_IP4CSUM_RX | DRYDOCK_CAP_TCP4CSUM_RX | DRYDOCK_CAP_UDP4CSUM_RX
            | DRYDOCK_CAP_IP4CSUM_TX | DRYDOCK_CAP_TCP4CSUM_TX | DRYDOCK_CAP_UDP4CSUM_TX
            | DRYDOCK_CAP_TCP6CSUM_TX | DRYDOCK_CAP_UDP6CSUM_TX
            | DRYDOCK_CAP_VLAN_MTU | DRYDOCK_CAP_VLAN_HW | DRYDOCK_CAP_VLAN_FILTER | DRYDOCK_CAP_JUMBO
    }
    public static var receiveQueues: Int { 1 }
    public static var symbolErrors: E1000Register? { .symerrs }
    public static var causes: UInt32 { Causes.every }
    public static var linkReset: UInt32 { CTRL().lrst.mask | CTRL().ilos.mask }
    public static var transmitControl: UInt32 { 0 }
    /// 8254x §13.4.34
    public var gap: (transmit: UInt32, first: UInt32, second: UInt32) { (is82544 ? 8 : 10, 8, 6) }
    public var readsNVM: Bool { !is82544 }
    public var hasAbsoluteTimers: Bool { !is82544 }
    public var detectsSpeed: Bool { is82544 }
}

/// What this family wants done at each moment: little.
extension Chip8254x {
    public static func nvmCommand(_ word: UInt32) -> UInt32 { EERD().start.mask | EERD().addr.of(word) }
    public static var nvmDone: UInt32 { EERD().done.mask }
    public static func option(_ option: Options.Option, _ options: Options, _ settings: inout Settings) throws(DriverFailure) -> Bool { false }

    public static func connect(_ services: Services, _ settings: Settings) throws(DriverFailure) -> (kind: UInt32, vectors: UInt32) {
        let line = UInt32(DRYDOCK_INTX.rawValue)
        return (line, try services.enableInterrupts(line, vectors: 1))
    }

    public static func beforeReset(_ services: Services, _ io: RegisterAccess<E1000Register>) throws(DriverFailure) {}
    /// The EEPROM is read again after a reset, and no bit says so on all chips. Where EECD has an arbiter, the grant is refused for
    /// as long as the hardware reads (8254x §5.3.1), and RAH[0] has its valid bit from then on (§13.5.3). Whatever does not say so
    /// within five milliseconds has had its time.
    public static func afterReset(_ services: Services, _ io: RegisterAccess<E1000Register>) throws(DriverFailure) {
        let most: UInt32 = 5000, pins = EECD()
        let is82544 = find(services.identity)?.is82544 ?? true
        guard !is82544 else { return services.delay(microseconds: most) }
        let idle = io.read(.eecd)
        io.write(.eecd, idle | pins.req.mask)
        defer { io.write(.eecd, idle) }
        do throws(DriverFailure) {
            try services.settle("EECD.EE_GNT", within: most) { () throws(DriverFailure) in
                let eecd = io.read(.eecd)
                guard eecd != .max else { throw .gone }
                return pins.gnt.isSet(eecd) && RAH().av.isSet(io.read(.rah))
            }
        } catch .timedOut {} catch { throw error }
    }
    public static func acquirePHY(_ services: Services, _ io: RegisterAccess<E1000Register>) throws(DriverFailure) {}
    public static func releasePHY(_ io: RegisterAccess<E1000Register>) {}
    public static func configure(_ nic: inout E1000) throws(DriverFailure) {}
    public static func unmask(_ nic: borrowing E1000) { nic.io.write(.ims, Causes.wanted) }
    public static func throttle(_ nic: borrowing E1000, _ interval: UInt32) { nic.io.write(.itr, interval) }
    public static func interrupt(_ nic: inout E1000, _ vector: UInt32) -> Events { nic.interruptOfAll(nic.io.read(.icr)) }
    public static func receiveChecksum(_ settings: Settings) -> UInt32 { 0 }
    public static func ailment(_ nic: inout E1000) -> StaticString? { nil }
}

/// Address, length, checksum, status, errors, tag. 8254x §3.2.3
public enum LegacyReceive: ReceiveFormat {
    @inlinable public static var statusHalf: Int { ReceiveDescriptor.status }
    @inlinable @inline(__always)
    public static func status(_ word: UInt64) -> ReceiveDescriptor.Status { .init(rawValue: UInt8(truncatingIfNeeded: word >> 32)) }
    @inlinable @inline(__always)
    public static func errors(_ word: UInt64) -> ReceiveDescriptor.Errors { .init(rawValue: UInt8(truncatingIfNeeded: word >> 40)) }
    @inlinable @inline(__always)
    public static func isPlain(_ word: UInt64) -> Bool {
        let bits: ReceiveDescriptor.Status = [.done, .endOfPacket], wrong = ReceiveDescriptor.Errors.frame
        return UInt16(truncatingIfNeeded: word >> 32) & (UInt16(bits.rawValue) | UInt16(wrong.rawValue) << 8) == UInt16(bits.rawValue)
    }
    @inlinable @inline(__always)
    public static func length(_ word: UInt64) -> Int { Int(UInt16(truncatingIfNeeded: word)) }
    @inlinable @inline(__always)
    public static func tag(_ word: UInt64) -> UInt16 { UInt16(truncatingIfNeeded: word >> 48) }
}
