import AbcRegisters
import CDriver
public import DriverKit

// Frames, and one doorbell a batch. The stack moves buffers in with `provide…`, and out with `return…`.
extension AbcDriver {
    /// Empty buffers for the device to receive into. §5.1
    public mutating func provideReceive(_ buffers: Span<Buffer>) -> Int {
        guard core.state == .running else { return 0 }
        let count = min(buffers.count, receive.free)
        for n in 0..<count {
            let buffer = OwnedBuffer(taking: buffers[n])
            receive.describe(receive.next, buffer.deviceAddress, UInt32(buffer.capacity))
            receive.give(receive.next)
            receive.handOver(buffer)
        }
        if count > 0 { ring(DOORBELL().rx.mask) }
        return count
    }

    /// Buffers that were in the ring when the device was reset: it starts at descriptor 0, and has forgotten them.
    func offerAgain() {
        for n in 0..<receive.used {
            receive.describe(receive.oldest(plus: n), receive.look(n).deviceAddress, UInt32(receive.look(n).capacity))
            receive.give(receive.oldest(plus: n))
        }
        if !receive.isEmpty { ring(DOORBELL().rx.mask) }
    }

    /// Received frames; after a stop, what was left.
    public mutating func returnReceive(_ out: inout MutableSpan<Buffer>) -> Int {
        var n = 0
        while n < out.count, !receive.isEmpty {
            let flags = receive.load32(receive.oldest + AbcDescriptor.flags)
            guard flags & AbcDescriptor.owned == 0 else { break }
            acquireFromDevice()
            let length = Int(receive.load32(receive.oldest + AbcDescriptor.length))
            var buffer = receive.takeBack()
            // What the device claims to have written must lie in the buffer that it was given.
            let isGood = flags & AbcDescriptor.error == 0 && length >= 14 && length <= buffer.capacity
            buffer.length = isGood ? length : 0
            out[n] = buffer.surrender()
            core.counters.received(&out, n..<n + 1, isGood: isGood)
            n += 1
        }
        while core.state != .running, n < out.count, !receive.isEmpty {
            out[n] = receive.takeBack().surrenderUnused()
            n += 1
        }
        return n
    }

    public var isIdle: Bool { receive.isEmpty }

    /// A frame to send, of one or more buffers. §5.2
    public mutating func offer(_ list: Span<Buffer>, _ start: Int, _ parts: Int) -> Offer {
        guard parts <= AbcDescriptor.longestFrame else { return .refused }
        guard parts <= transmit.free else { return .full }
        let first = transmit.next
        for part in 0..<parts {
            let buffer = OwnedBuffer(taking: list[start + part])
            transmit.describe(transmit.next, buffer.deviceAddress, UInt32(buffer.length), more: part < parts - 1)
            if part > 0 { transmit.give(transmit.next) }
            transmit.handOver(buffer)
        }
        // The first last: the device may be looking at this very moment. §4.2
        transmit.give(first)
        return .taken
    }

    public mutating func announce() { ring(DOORBELL().tx.mask) }

    /// Buffers of frames that were sent, or that a stop has overtaken.
    public mutating func returnTransmit(_ out: inout MutableSpan<Buffer>) -> Int {
        while core.takesHome, isDone { finish(failed: false) }
        return core.home(&out)
    }

    /// Whether the device has given the oldest frame back.
    private var isDone: Bool { !transmit.isEmpty && transmit.load32(transmit.oldest + AbcDescriptor.flags) & AbcDescriptor.owned == 0 }

    /// The oldest frame is over.
    private mutating func finish(failed: Bool) {
        acquireFromDevice()
        let failed = failed || transmit.load32(transmit.oldest + AbcDescriptor.flags) & AbcDescriptor.error != 0
        var isFirst = true, more = true
        while more {
            let buffer = transmit.takeBack()
            more = buffer.flags.contains(.more) && !transmit.isEmpty
            core.sendHome(buffer, isFirst: isFirst, isLast: !more, failed: failed)
            isFirst = false
        }
    }

    /// The device is reset: what it had sent was sent, the rest comes back as failed.
    public mutating func abandon(keepingReceived: Bool) {
        while !transmit.isEmpty { finish(failed: !isDone) }
        guard !keepingReceived else { return }
        for n in 0..<receive.used where receive.load32(receive.oldest(plus: n) + AbcDescriptor.flags) & AbcDescriptor.owned == 0 {
            core.counters.add(DRYDOCK_RX_ERRORS, 1)
        }
    }

    public var progress: TransmitProgress {
        TransmitProgress(isBusy: !transmit.isEmpty && !isDone, finished: core.counters[DRYDOCK_TX_PACKETS] &+ core.counters[DRYDOCK_TX_ERRORS])
    }

    private func ring(_ bells: UInt32) {
        releaseToDevice()
        io.write(.doorbell, bells)
    }
}

// What a descriptor says. §4
extension DescriptorRing where Layout == AbcDescriptor {
    /// Everything but the owner bit: the descriptor is still ours.
    func describe(_ at: Int, _ address: UInt64, _ octets: UInt32, more: Bool = false) {
        store64(at + AbcDescriptor.address, address)
        store32(at + AbcDescriptor.length, octets)
        store32(at + AbcDescriptor.flags, more ? AbcDescriptor.more : 0)
    }

    /// Now it is the device's: everything else must be in memory before.
    func give(_ at: Int) {
        releaseToDevice()
        store32(at + AbcDescriptor.flags, load32(at + AbcDescriptor.flags) | AbcDescriptor.owned)
    }
}
