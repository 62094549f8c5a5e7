import CDriver
import CHostLink
public import DriverKit
import HostLink

/// What the stack has asked of received frames.
struct Wanted {
    var mtu: Int
    /// The kernel's word about sums is passed on; tags come beside the frame, and not in it.
    var checked: Bool, tagsBeside: Bool
}

/// Blocks of received frames that the kernel fills and we read: TPACKET_V3.
// SAFETY: `ring` is mapped as long as this owner lives; a frame's place and length were checked against its block.
@safe struct BlockRing: ~Copyable {
    /// Blocks of the ring and octets of one: large enough for bursts, small enough to be shared soon.
    static var blocks: UInt32 { 64 }
    static var octets: UInt32 { 64 << 10 }

    private let socket: HostDescriptor
    private let shared: SharedRing
    private let limit: Int
    private var empties: BufferQueue
    /// The block that is read now, frames left in it, where the next of them begins.
    private var block: UInt32 = 0, left: Int32 = 0, offset: UInt32 = 0
    private var draining = false
    /// The event loop does not look: there is no buffer to copy into.
    private(set) var isPaused = false

    static func make(_ services: Services, _ settings: Settings, _ index: UInt32) throws(DriverFailure) -> BlockRing {
        let socket = HostDescriptor(try services.granted(AFPacket.name, "a packet socket", hostlink_packet_open()))
        var ring = unsafe hostlink_ring()
        let status = unsafe hostlink_packet_receive(socket.raw, blocks, octets, settings.delay, &ring)
        _ = try services.granted(AFPacket.name, "PACKET_RX_RING", status)
        let shared = unsafe SharedRing(ring)
        _ = try services.granted(AFPacket.name, "bind to ", of: settings.link.name, hostlink_packet_bind(socket.raw, index, 1))
        return BlockRing(socket, shared, Int(settings.link.receive))
    }

    private init(_ socket: consuming HostDescriptor, _ shared: consuming SharedRing, _ limit: Int) {
        self.socket = socket
        self.shared = shared
        self.limit = limit
        empties = BufferQueue(capacity: limit)
    }

    var descriptor: Int32 { socket.raw }
    var isDraining: Bool { draining && !empties.isEmpty }
    mutating func drain() { (draining, isPaused) = (true, false) }
    mutating func resume() { isPaused = false }

    mutating func provide(_ list: Span<Buffer>) -> Int {
        if draining {
            guard empties.isEmpty else { return 0 }
            draining = false
        }
        return empties.append(list, most: limit &- empties.count)
    }

    /// Gives all blocks back as they are.
    mutating func discard() {
        for _ in 0..<BlockRing.blocks { guard open() else { return }; left = 0; close() }
    }

    /// Whether there is a frame to read: opens the next block when the last is done with.
    @inline(__always) private mutating func open() -> Bool {
        if left > 0 { return true }
        var first: UInt32 = 0
        let frames = unsafe hostlink_block_frames(shared.ring, block, &first)
        guard frames >= 0 else { return false }
        (left, offset) = (frames, first)
        if frames == 0 { close() }
        return true
    }

    /// Gives the block that has been read back to the kernel.
    @inline(__always) private mutating func close() {
        unsafe hostlink_block_release(shared.ring, block)
        block = block &+ 1 == BlockRing.blocks ? 0 : block &+ 1
    }

    /// Copies frames into `out` until there are no more, or no room.
    mutating func take(_ out: inout MutableSpan<Buffer>, _ counters: inout CounterSet, _ wanted: Wanted, _ filter: borrowing AddressFilter) -> Int {
        if draining { return empties.empty(into: &out, from: 0) }
        var n = 0, frame = unsafe hostlink_frame()
        while n < out.count, !empties.isEmpty {
            guard open() else { return n }
            guard left > 0 else { continue }
            let isWhole = unsafe hostlink_block_frame(shared.ring, block, offset, &frame) != 0
            guard isWhole, unsafe frame.outgoing == 0, unsafe accepts(frame, filter) else { skip(unsafe isWhole ? frame.next : 0); continue }
            n = unsafe emit(&out, n, frame, &counters, wanted)
            skip(unsafe frame.next)
        }
        isPaused = empties.isEmpty
        return n
    }

    /// Past one frame; `next` 0: what is left of the block cannot be read.
    @inline(__always) private mutating func skip(_ next: UInt32) {
        left &-= 1
        offset &+= next
        if next == 0 { left = 0 }
        if left <= 0 { (left, offset) = (0, 0); close() }
    }

    /// What is too short to be for anybody is counted as that.
    @inline(__always) private func accepts(_ frame: hostlink_frame, _ filter: borrowing AddressFilter) -> Bool {
        guard unsafe frame.octets >= 14, let at = unsafe frame.at else { return true }
        return unsafe filter.accepts(HardwareAddress.number(at: at))
    }

    @inline(__always)
    private mutating func emit(_ out: inout MutableSpan<Buffer>, _ n: Int, _ frame: hostlink_frame, _ counters: inout CounterSet, _ wanted: Wanted) -> Int {
        let octets = unsafe Int(frame.octets)
        // The kernel joins segments of its own connections into longer frames than any wire has.
        guard octets >= 14, unsafe frame.wire == frame.octets, octets <= wanted.mtu &+ LinkCore.headerOctets else {
            counters.add(octets < 14 ? DRYDOCK_RX_UNDERSIZED : DRYDOCK_RX_OVERSIZED, 1)
            return n
        }
        var buffer = empties.takeFirst()
        buffer.flags = unsafe wanted.checked && frame.checked != 0 ? .l4Checked : []
        if unsafe frame.tagged != 0, !wanted.tagsBeside {
            unsafe buffer.fill(from: frame.at, octets: octets, tag: frame.vlan)
        } else {
            unsafe buffer.fill(from: frame.at, octets: octets)
            if unsafe frame.tagged != 0 {
                buffer.flags.insert(.vlan)
                buffer.vlan = unsafe frame.vlan
            }
        }
        counters.received(buffer.length, to: Audience(buffer.destination))
        out[n] = buffer
        return n &+ 1
    }
}

extension AFPacket {
    public mutating func provideReceive(_ buffers: Span<Buffer>) -> Int {
        let taken = core.state == .gone ? 0 : receive.provide(buffers)
        if taken > 0, receive.isPaused {
            receive.resume()
            try? services.watch(AFPacket.frames, receive.descriptor)
        }
        return taken
    }

    public mutating func returnReceive(_ out: inout MutableSpan<Buffer>) -> Int {
        if core.state == .gone { receive.drain() }
        let wanted = Wanted(mtu: Int(core.mtu), checked: offloads & AFPacket.receiveSums != 0, tagsBeside: offloads & DRYDOCK_CAP_VLAN_HW != 0)
        let count = receive.take(&out, &core.counters, wanted, members.filter)
        // A descriptor that stays readable with nothing to copy into would keep the stack from everything else.
        if receive.isPaused { try? services.watch(AFPacket.frames, nil) }
        return count
    }
}
