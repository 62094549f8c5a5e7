import CDriver
import Rings

/// Buffers on their way to and from a driver's process, and what comes back from a dead one.
///
/// What a ring brings is copied once and then judged: the slot must be one that the host has for that use, a frame must be whole, and
/// lie in its slot, which `PacketMemory.place` looks at. The first lie ends the exchange with that host.
// SAFETY: the pointers are the attachment's batch, of the count given.
final class BufferExchange {
    let memory: PacketMemory
    var ledger: SlotLedger
    /// What the host did that no host does; nil: nothing.
    var lie: String?

    init(memory: PacketMemory) {
        self.memory = memory
        ledger = SlotLedger(slots: memory.layout.smallSlots + memory.layout.largeSlots)
    }

    private func start(_ slot: UInt32) -> UnsafeMutableRawPointer { unsafe memory.base + memory.memoryOffset(slot: slot) }

    /// - Returns: buffers that have gone into the ring.
    func provide(_ buffers: UnsafePointer<drydock_buffer>, _ count: Int, for use: SlotLedger.Use, to rings: HostRings) -> Int {
        guard let room = use == .receive ? rings.giving.room : rings.sending.room else { return impossible() }
        var taken = 0
        while taken < min(count, room) {
            let buffer = unsafe buffers[taken]
            let token = unsafe BufferToken(buffer, start: Int(bitPattern: start(buffer.slot)))
            guard unsafe ledger.give(buffer.slot, for: use) else { break }
            if use == .receive { rings.giving.put(token, taken) } else { rings.sending.put(token, taken) }
            taken &+= 1
        }
        if taken > 0 { if use == .receive { rings.giving.publish(taken) } else { rings.sending.publish(taken) } }
        return taken
    }

    /// Frames whole, as the contract has it.
    func takeReceived(_ out: UnsafeMutablePointer<drydock_buffer>, _ room: Int, from rings: HostRings) -> Int {
        guard let ready = rings.received.ready else { return impossible() }
        var count = 0
        while count < ready, lie == nil {
            let end = frameEnd(rings, from: count, ready: ready)
            guard end <= room else { break }
            if end == count { lie = "it gave a frame in parts" }
            for place in count..<end {
                let token = rings.received.token(place)
                guard ledger.take(token.slot, from: .receive) else {
                    lie = "it gave back a buffer that it does not have"
                    break
                }
                unsafe out[place] = token.buffer(start: start(token.slot), deviceStart: 0)
                // Of a frame that a lie cuts, the attachment counts what there is.
                count &+= 1
            }
        }
        rings.received.retire(count)
        return count
    }

    /// Where the frame ends that begins at `start`; `start`: it has no end within what may be.
    private func frameEnd(_ rings: HostRings, from start: Int, ready: Int) -> Int {
        var end = start
        while end < min(ready, start &+ Attachment.longestFrame) {
            end &+= 1
            if rings.received.token(end &- 1).flags & UInt16(DRYDOCK_BUFFER_MORE) == 0 { return end }
        }
        return start
    }

    func takeSent(_ out: UnsafeMutablePointer<drydock_buffer>, _ room: Int, from rings: HostRings) -> Int {
        guard let ready = rings.sent.ready else { return impossible() }
        var count = 0
        while count < min(ready, room) {
            let token = rings.sent.token(count)
            guard ledger.take(token.slot, from: .transmit) else {
                lie = "it gave back a buffer that it does not have"
                break
            }
            unsafe out[count] = empty(token.slot, token.flags)
            count &+= 1
        }
        rings.sent.retire(count)
        return count
    }

    /// Every slot that a dead process had comes back here, once: received ones empty, those to be sent as unsent.
    func census(_ out: UnsafeMutablePointer<drydock_buffer>, _ room: Int, _ use: SlotLedger.Use) -> Int {
        var count = 0
        while count < room, let slot = ledger.takeAny(from: use) {
            unsafe out[count] = empty(slot, UInt16(use == .receive ? DRYDOCK_BUFFER_UNUSED : DRYDOCK_BUFFER_FAILED))
            count += 1
        }
        return count
    }

    /// What nobody will ask for again becomes free.
    func forgetAll() {
        while let slot = ledger.takeAny(from: .receive) { _ = memory.adopt(slot: slot) }
        while let slot = ledger.takeAny(from: .transmit) { _ = memory.adopt(slot: slot) }
    }

    private func empty(_ slot: UInt32, _ flags: UInt16) -> drydock_buffer {
        unsafe BufferToken(slot: slot, flags: UInt32(flags)).buffer(start: start(slot), deviceStart: 0)
    }

    private func impossible() -> Int {
        lie = "its ring's cursor cannot be"
        return 0
    }
}
