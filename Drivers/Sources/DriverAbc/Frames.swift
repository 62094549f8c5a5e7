import AbcRegisters
import CDriver
public import DriverKit

// Frames, and one doorbell a batch. The stack moves buffers in with `provide…`, and out with `return…`.
extension AbcDriver {
    /// Empty buffers for the device to receive into. §5.1
    public mutating func provideReceive(_ buffers: Span<Buffer>) -> Int {
        guard state == .running else { return 0 }
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
            buffer.flags = isGood ? [] : .error
            counters.add(isGood ? DRYDOCK_RX_PACKETS : DRYDOCK_RX_ERRORS, 1)
            counters.add(DRYDOCK_RX_OCTETS, UInt64(buffer.length))
            out[n] = buffer.surrender()
            n += 1
        }
        while state != .running, n < out.count, !receive.isEmpty {
            out[n] = receive.takeBack().surrenderUnused()
            n += 1
        }
        return n
    }

    /// Frames to send, each of one or more buffers. §5.2
    public mutating func provideTransmit(_ buffers: Span<Buffer>) -> Int {
        guard state == .running else { return 0 }
        var n = 0
        while n < buffers.count {
            var parts = 1
            while buffers[n + parts - 1].flags.contains(.more), n + parts < buffers.count { parts += 1 }
            guard parts <= transmit.free else { break }
            let first = transmit.next
            for part in 0..<parts {
                let buffer = OwnedBuffer(taking: buffers[n + part])
                transmit.describe(transmit.next, buffer.deviceAddress, UInt32(buffer.length), more: part < parts - 1)
                if part > 0 { transmit.give(transmit.next) }
                transmit.handOver(buffer)
            }
            // The first last: the device may be looking at this very moment. §4.2
            transmit.give(first)
            n += parts
        }
        if n > 0 { ring(DOORBELL().tx.mask) }
        return n
    }

    /// Buffers of frames that were sent, or that a stop has overtaken.
    public mutating func returnTransmit(_ out: inout MutableSpan<Buffer>) -> Int {
        var n = 0
        // A frame is never split over two calls, and has at most 16 parts: so many places must be free.
        while n + AbcDescriptor.longestFrame <= out.count, !transmit.isEmpty {
            let flags = transmit.load32(transmit.oldest + AbcDescriptor.flags), isDone = flags & AbcDescriptor.owned == 0
            guard isDone || state != .running else { break }
            acquireFromDevice()
            let isSent = isDone && flags & AbcDescriptor.error == 0
            var more = true, octets = 0, isFirst = true
            while more {
                var buffer = transmit.takeBack()
                octets += buffer.length
                more = buffer.flags.contains(.more) && !transmit.isEmpty
                buffer.flags = more ? .more : []
                if isFirst, !isSent { buffer.flags.insert(.failed) }
                isFirst = false
                out[n] = buffer.surrender()
                n += 1
            }
            counters.add(isSent ? DRYDOCK_TX_PACKETS : DRYDOCK_TX_ERRORS, 1)
            if isSent { counters.add(DRYDOCK_TX_OCTETS, UInt64(octets)) }
        }
        return n
    }

    private func ring(_ bells: UInt32) {
        releaseToDevice()
        io.write(.doorbell, bells)
    }
}

// What a descriptor says. §4
extension DescriptorRing where Layout == AbcDescriptor {
    /// Everything but the owner bit: the descriptor is still ours.
    mutating func describe(_ at: Int, _ address: UInt64, _ octets: UInt32, more: Bool = false) {
        store64(at + AbcDescriptor.address, address)
        store32(at + AbcDescriptor.length, octets)
        store32(at + AbcDescriptor.flags, more ? AbcDescriptor.more : 0)
    }

    /// Now it is the device's: everything else must be in memory before.
    mutating func give(_ at: Int) {
        releaseToDevice()
        store32(at + AbcDescriptor.flags, load32(at + AbcDescriptor.flags) | AbcDescriptor.owned)
    }
}
