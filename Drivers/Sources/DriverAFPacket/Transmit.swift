import CDriver
import CHostLink
public import DriverKit
import HostLink

/// Slots that frames are copied into and the kernel sends from: TPACKET_V2, which Linux has had longer than V3 for sending. Neither
/// is faster for certain: forwarding over a veth pair in nine interleaved rounds, V3 had 0.95 to 1.26 times the frames of V2, 1.05 in
/// the middle, on two busy processors.
// SAFETY: `ring` is mapped as long as this owner lives; a frame is cut to the room of a slot before it is copied.
@safe struct SlotRing: ~Copyable {
    private let socket: HostDescriptor
    private let shared: SharedRing
    private let slots: UInt32
    private let room: Int
    /// The next slot to fill; the oldest that the kernel may not have looked at.
    private var next: UInt32 = 0, oldest: UInt32 = 0, pending: UInt32 = 0
    private var done: ReturnQueue
    /// Frames that the kernel must not be given.
    private(set) var refused: UInt64 = 0

    static func make(_ services: Services, _ settings: Settings, _ index: UInt32) throws(DriverFailure) -> SlotRing {
        let socket = HostDescriptor(try services.granted(AFPacket.name, "a packet socket", hostlink_packet_open()))
        var ring = unsafe hostlink_ring()
        let status = unsafe hostlink_packet_transmit(socket.raw, settings.link.transmit, 2048, &ring)
        _ = try services.granted(AFPacket.name, "PACKET_TX_RING", status)
        let shared = unsafe SharedRing(ring)
        _ = try services.granted(AFPacket.name, "bind to ", of: settings.link.name, hostlink_packet_bind(socket.raw, index, 0))
        return SlotRing(socket, shared, settings.link.transmit)
    }

    private init(_ socket: consuming HostDescriptor, _ shared: consuming SharedRing, _ slots: UInt32) {
        self.socket = socket
        room = unsafe Int(hostlink_slot_room(shared.ring))
        self.shared = shared
        self.slots = slots
        done = ReturnQueue(capacity: Int(slots))
    }

    /// No buffer of the stack's is here: they are copied, and only wait to be taken.
    var isHome: Bool { done.isEmpty }

    /// Copies whole frames into slots, in order; returns how many buffers.
    mutating func provide(_ list: Span<Buffer>, _ counters: inout CounterSet, hasCarrier: Bool, mtu: Int) -> Int {
        var n = 0
        while n < list.count {
            let parts = list.parts(from: n)
            guard parts > 0, done.room >= parts else { break }
            var lost = false
            if !hasCarrier {
                counters.add(DRYDOCK_TX_NO_CARRIER, 1)
                lost = true
            } else if refuses(list, n, parts, mtu: mtu) {
                refused &+= 1
                counters.add(DRYDOCK_TX_ERRORS, 1)
                lost = true
            } else {
                guard isFree(&counters) else { break }
                fill(list, n, parts, &counters)
            }
            done.add(list, from: n, parts: parts, failed: lost)
            n &+= parts
        }
        return n
    }

    @inline(__always) private func refuses(_ list: Span<Buffer>, _ start: Int, _ parts: Int, mtu: Int) -> Bool {
        var octets = 0
        for i in 0..<parts { octets &+= list[start &+ i].length }
        let flags = list[start].flags
        let tag = flags.contains(.vlan) ? 4 : 0
        return octets < 14 || octets &+ tag > min(room, mtu &+ LinkCore.headerOctets)
            || !flags.isDisjoint(with: [.insertChecksum, .insertIP, .segment]) || list[start].length < 12
    }

    /// Whether the next slot may be filled.
    @inline(__always) private mutating func isFree(_ counters: inout CounterSet) -> Bool {
        switch unsafe hostlink_slot_state(shared.ring, next) {
        case Int32(HOSTLINK_SLOT_FREE.rawValue): return true
        case Int32(HOSTLINK_SLOT_REFUSED.rawValue):
            // It was counted as sent when it was handed over; it was not.
            counters.add(DRYDOCK_TX_ERRORS, 1)
            unsafe hostlink_slot_clear(shared.ring, next)
            return true
        default: return false
        }
    }

    @inline(__always) private mutating func fill(_ list: Span<Buffer>, _ start: Int, _ parts: Int, _ counters: inout CounterSet) {
        var octets = 0
        guard let to = unsafe hostlink_slot_octets(shared.ring, next) else { return }
        let first = list[start]
        if first.flags.contains(.vlan) {
            octets = unsafe first.copyTagged(to: to)
        } else {
            octets = unsafe first.copy(to: to, octets: first.length)
        }
        for i in 1..<max(parts, 1) {
            let part = list[start &+ i]
            octets &+= unsafe part.copy(to: to + octets, octets: part.length)
        }
        unsafe hostlink_slot_send(shared.ring, next, UInt32(truncatingIfNeeded: octets))
        counters.sent(octets, to: Audience(first.destination))
        next = next &+ 1 == slots ? 0 : next &+ 1
        pending &+= 1
    }

    /// Has the kernel send. False: it could not yet, and must be asked again.
    mutating func wake() -> Bool {
        guard pending > 0 else { return true }
        let status = hostlink_wake(socket.raw)
        if status == 0 { pending = 0 }
        return status == 0
    }

    var isWaiting: Bool { pending > 0 }

    /// The interface is going down: what the kernel has not looked at is over.
    mutating func abandon(_ counters: inout CounterSet) {
        guard pending > 0 else { return }
        for slot in 0..<slots where unsafe hostlink_slot_state(shared.ring, slot) != Int32(HOSTLINK_SLOT_FREE.rawValue) {
            unsafe hostlink_slot_clear(shared.ring, slot)
            counters.add(DRYDOCK_TX_ERRORS, 1)
        }
        pending = 0
    }

    mutating func take(_ out: inout MutableSpan<Buffer>) -> Int { done.take(&out) }
}

extension AFPacket {
    public mutating func provideTransmit(_ buffers: Span<Buffer>) -> Int {
        guard core.state == .running else { return 0 }
        // The announcement of a carrier may be late.
        if !core.linkUp { _ = core.linkEvent() }
        guard core.state == .running else { return 0 }
        let taken = transmit.provide(buffers, &core.counters, hasCarrier: core.linkUp, mtu: Int(core.mtu))
        core.live.value.refusedFrames = transmit.refused
        push()
        return taken
    }

    /// One system call a batch; a timer when the kernel has no room.
    mutating func push() {
        guard transmit.isWaiting else { return }
        core.live.value.wakeUps &+= 1
        guard !transmit.wake() else { return }
        core.live.value.retries &+= 1
        services.setTimer(AFPacket.retry, microseconds: UInt64(max(core.live.value.retryMicroseconds, 1)))
    }

    public mutating func returnTransmit(_ out: inout MutableSpan<Buffer>) -> Int { transmit.take(&out) }
}
