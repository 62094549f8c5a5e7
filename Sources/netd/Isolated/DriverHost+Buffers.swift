import CDriver
import Messages
import Rings

/// Buffers between the rings and the driver, in bursts.
// SAFETY: as for the host; what the stack put into a ring is believed as an in-process driver believes its arguments.
extension DriverHost {
    func moveBuffers() {
        isBusy = false
        guard isRunning, let instance = unsafe instance else { return }
        unsafe takeReceived(instance)
        unsafe takeSent(instance)
        if unsafe provide(instance) { refusedTransmit = 0 }
        unsafe send(instance)
    }

    private func start(_ slot: UInt32) -> UnsafeMutableRawPointer { unsafe memory.base + memory.memoryOffset(slot: slot) }

    private func token(_ buffer: drydock_buffer) -> BufferToken {
        // A slot that cannot be has no place; the stack judges it.
        let isSlot = unsafe Int(buffer.slot) < memory.layout.smallSlots + memory.layout.largeSlots
        return unsafe BufferToken(buffer, start: isSlot ? Int(bitPattern: start(buffer.slot)) : 0)
    }

    private func fill(_ ring: TokenConsumer, _ count: Int) {
        guard let context else { return }
        for k in 0..<count {
            let token = ring.token(k)
            unsafe batch[k] = token.buffer(start: start(token.slot), deviceStart: context.deviceAddress(slot: token.slot))
        }
    }

    /// Empty buffers for the driver. - Returns: whether it took any.
    private func provide(_ instance: UnsafeMutableRawPointer) -> Bool {
        var any = false
        while true {
            let waiting = given.ready ?? 0, count = min(waiting, Self.burst)
            guard count > 0, waiting > refusedReceive else { return any }
            fill(given, count)
            let entry = mark.enter(.provideReceive)
            let accepted = unsafe min(Int(image.table.pointee.provide_receive(instance, batch, UInt32(count))), count)
            _ = unsafe mark.leave(entry, .provideReceive, moved: accepted, of: count, first: batch[0].slot)
            given.retire(accepted)
            any = any || accepted > 0
            guard accepted == count else { refusedReceive = waiting - accepted; return any }
            refusedReceive = 0
        }
    }

    private func send(_ instance: UnsafeMutableRawPointer) {
        while true {
            let waiting = sending.ready ?? 0, count = min(waiting, Self.burst)
            guard count > 0, waiting > refusedTransmit else { return }
            fill(sending, count)
            let entry = mark.enter(.provideTransmit)
            let accepted = unsafe min(Int(image.table.pointee.provide_transmit(instance, batch, UInt32(count))), count)
            _ = unsafe mark.leave(entry, .provideTransmit, moved: accepted, of: count, first: batch[0].slot)
            sending.retire(accepted)
            guard accepted == count else { refusedTransmit = waiting - accepted; return }
            refusedTransmit = 0
        }
    }

    /// Frames from the driver: the stack sees those of one callout at once, so that no frame arrives in parts.
    func takeReceived(_ instance: UnsafeMutableRawPointer) {
        let entry = mark.enter(.returnReceive)
        let count = unsafe min(Int(image.table.pointee.return_receive(instance, batch, UInt32(Self.burst))), Self.burst)
        _ = unsafe mark.leave(entry, .returnReceive, moved: count, first: count > 0 ? batch[0].slot : 0)
        guard count > 0 else { return }
        for k in 0..<count { unsafe received.put(token(batch[k]), k) }
        received.publish(count)
        refusedReceive = 0
        if !Attachment.wasAll(count) { isBusy = true }
        ringStack()
    }

    func takeSent(_ instance: UnsafeMutableRawPointer) {
        let entry = mark.enter(.returnTransmit)
        let count = unsafe min(Int(image.table.pointee.return_transmit(instance, batch, UInt32(Self.burst))), Self.burst)
        _ = unsafe mark.leave(entry, .returnTransmit, moved: count, first: count > 0 ? batch[0].slot : 0)
        guard count > 0 else { return }
        for k in 0..<count { unsafe sent.put(token(batch[k]), k) }
        sent.publish(count)
        refusedTransmit = 0
        if !Attachment.wasAll(count) { isBusy = true }
        ringStack()
    }

    /// After `stop`: everything goes back, what the driver never saw included.
    func giveAllBack(_ instance: UnsafeMutableRawPointer) {
        repeat { isBusy = false; unsafe takeReceived(instance) } while isBusy
        repeat { isBusy = false; unsafe takeSent(instance) } while isBusy
        giveBack(&given, to: &received, DRYDOCK_BUFFER_UNUSED)
        giveBack(&sending, to: &sent, DRYDOCK_BUFFER_FAILED)
    }

    private func giveBack(_ from: inout TokenConsumer, to: inout TokenProducer, _ flags: UInt32) {
        let count = from.ready ?? 0
        for k in 0..<count { to.put(BufferToken(slot: from.token(k).slot, flags: flags), k) }
        from.retire(count)
        to.publish(count)
    }
}
