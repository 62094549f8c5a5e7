import AbcRegisters
import DriverKit

// Frames in and out. ABC §4, §5
extension AbcNIC {
    /// Octets of a frame without frame check sequence, a VLAN tag included. ABC §5
    static let longestFrame = 1518, shortestFrame = 14, paddedFrame = 60

    // From the cable.

    public var isListening: Bool { memory.isClaimed && CTRL().rxen.isSet(control) }

    public func deliver(_ octets: UnsafeRawBufferPointer) {
        ledger.arrived += 1
        frame.clear()
        let fits = unsafe frame.append(octets)
        receive(fits: fits)
        updateInterrupt()
    }

    public func takeLoss() -> String? { ledger.takeLoss() }

    private func receive(fits: Bool) {
        guard memory.isClaimed else { return ledger.drop(.unclaimed) }
        guard carrier else { return ledger.drop(.linkDown) }
        guard CTRL().rxen.isSet(control) else { return ledger.drop(.receiverDisabled) }
        guard frame.count >= Self.shortestFrame else { return ledger.drop(.tooShort) }
        guard fits, frame.count <= Self.longestFrame else {
            count(&long)
            return ledger.drop(.tooLong)
        }
        frame.pad(to: Self.paddedFrame)
        guard isWanted else { return ledger.drop(.wrongAddress) }
        guard fifo.push(frame, ReceiveFIFO.Entry(length: frame.count), limit: Self.fifoOctets) else {
            count(&missed)
            return ledger.drop(.missed)
        }
        drainReceive()
    }

    /// Counters stay at their end. ABC §3.9
    private func count(_ counter: inout UInt32) { if counter < .max { counter += 1 } }

    /// ABC §5.1
    private var isWanted: Bool {
        if CTRL().promisc.isSet(control) { return true }
        let first = (0..<4).reduce(UInt32(0)) { $0 | UInt32(frame[$1]) << UInt32(8 * $1) }
        let last = UInt32(frame[4]) | UInt32(frame[5]) << 8
        if first == .max, last == 0xffff { return true }
        if frame[0] & 1 == 0 { return first == addressLow && last == addressHigh }
        let bit = (0..<6).reduce(UInt8(0)) { $0 ^ frame[$1] } & 63
        return hash >> UInt64(bit) & 1 == 1
    }

    /// Fills descriptors for as long as there are frames and descriptors.
    func drainReceive() {
        while !fifo.isEmpty, CTRL().rxen.isSet(control), receiveRing.isSound, mayMaster() {
            guard let (address, flags, length) = fetch(&receiveRing, 0), flags & AbcDescriptor.owned != 0 else { return }
            store(address, Int(length))
            receiveRing.advance(1)
            raise(Causes().rx)
        }
    }

    /// The first frame of the FIFO into one buffer. ABC §4.1
    private func store(_ address: UInt64, _ capacity: Int) {
        let octets = fifo.first?.length ?? 0, index = receiveRing.head
        var placed = octets <= capacity
        if placed {
            // SAFETY: place copies within the call.
            placed = unsafe fifo.withFirst(0, octets) { unsafe memory.place($0, at: address &+ UInt64($1)) }
            if !placed { stray("RX descriptor \(index)", address, "\(octets) octets of a frame") }
        } else {
            violate(.zeroLengthDescriptor, "RX descriptor \(index)", UInt64(capacity), "4.1",
                    "a buffer of \(capacity) octets for a frame of \(octets); give it \(Self.longestFrame)")
        }
        fifo.pop()
        if placed { ledger.delivered += 1 } else { ledger.drop(.receiveDMA) }
        giveBack(&receiveRing, 0, length: placed ? octets : 0, failed: !placed)
    }

    // To the cable.

    /// Sends what the doorbell announced, at most ``transmitBudget`` frames.
    ///
    /// - Returns: true when there is more to do at once.
    func transmit() -> Bool {
        for _ in 0..<Self.transmitBudget {
            guard transmitAsked, carrier, resetUntil == nil, transmitRing.isSound, mayMaster() else { return false }
            transmitAsked = sendFrame()
        }
        return transmitAsked
    }

    /// One frame.
    ///
    /// - Returns: false when the device owns no further descriptor.
    private func sendFrame() -> Bool {
        frame.clear()
        var parts = 0, reason: DropReason?, more = true
        while more {
            guard let (address, flags, length) = fetch(&transmitRing, parts) else { return false }
            if flags & AbcDescriptor.owned == 0 {
                guard parts > 0 else { return false }
                violate(.descriptorOwnership, "TX descriptor \(transmitRing.position(parts))", UInt64(flags), "4.2",
                        "a frame goes on in a descriptor that the device does not own; set OWN of the frame's first descriptor last")
                reason = .transmitAborted
                break
            }
            more = flags & AbcDescriptor.more != 0
            parts += 1
            reason = reason ?? gather(address, length, transmitRing.position(parts - 1))
            guard more, parts >= AbcDescriptor.longestFrame else { continue }
            violate(.frameTooLong, "TX descriptor \(transmitRing.head)", UInt64(parts), "4.2", "a frame of more than 16 descriptors")
            (reason, more) = (.transmitTooLong, false)
        }
        finish(parts, reason)
        return true
    }

    /// Appends one descriptor's octets; the reason when the frame cannot be sent.
    private func gather(_ address: UInt64, _ length: UInt32, _ index: Int) -> DropReason? {
        guard length > 0 else {
            violate(.zeroLengthDescriptor, "TX descriptor \(index)", 0, "4.2", "a buffer of 0 octets; a descriptor has at least one")
            return .transmitTooShort
        }
        guard frame.count + Int(length) <= Self.longestFrame else {
            violate(.frameTooLong, "TX descriptor \(index)", UInt64(length), "5.2",
                    "the frame reaches \(frame.count + Int(length)) octets; the most is \(Self.longestFrame)")
            return .transmitTooLong
        }
        guard memory.fetch(address, Int(length), into: &frame) else {
            stray("TX descriptor \(index)", address, "\(length) octets of a frame")
            return .transmitDMA
        }
        return nil
    }

    private func finish(_ parts: Int, _ reason: DropReason?) {
        var reason = reason
        if reason == nil, frame.count < Self.shortestFrame {
            violate(.frameTooShort, "TX descriptor \(transmitRing.head)", UInt64(frame.count), "5.2",
                    "a frame of \(frame.count) octets; an Ethernet header alone has 14")
            reason = .transmitTooShort
        }
        if let reason { ledger.drop(reason) } else {
            frame.pad(to: Self.paddedFrame)
            // SAFETY: the host reads within the call.
            unsafe frame.withOctets(0, frame.count) { unsafe host?.transmit($0) }
            ledger.sent += 1
        }
        // The first last: when software sees it, the others are back too. ABC §4.2
        for part in (0..<parts).reversed() { giveBack(&transmitRing, part, length: nil, failed: reason != nil) }
        transmitRing.advance(parts)
        raise(Causes().tx)
    }

    // Descriptors.

    private func mayMaster() -> Bool {
        if config.isMaster { return true }
        if !busMasterReported {
            violate(.busMasterOff, "DMA", 0, "2", "there is work but bus mastering is off; set bit 2 of the PCI command register")
        }
        busMasterReported = true
        return false
    }

    /// Address, flags and length of the descriptor `steps` from the head; nil, and the unit halts, when it is out of reach.
    private func fetch(_ ring: inout AbcRing, _ steps: Int) -> (UInt64, UInt32, UInt32)? {
        let index = ring.position(steps), place = ring.address(index)
        // The half with the owner first: a driver writes it last, and the other half is whole only behind it.
        guard let high = memory.word(at: place &+ 8), let low = memory.word(at: place) else {
            ring.halted = true
            raise(Causes().fault)
            stray("\(ring.direction) descriptor \(index)", place, "the descriptor")
            return nil
        }
        let flags = UInt32(high >> 32), reserved = flags & ~(AbcDescriptor.owned | AbcDescriptor.more)
        guard flags & AbcDescriptor.owned != 0 else { return (low, flags, UInt32(truncatingIfNeeded: high)) }
        if !ring.shadow.matches(index, low, high) {
            violate(.descriptorOwnership, "\(ring.direction) descriptor \(index)", low, "4", "changed while the device owned it")
        }
        if reserved != 0 || ring.direction == "RX" && flags & AbcDescriptor.more != 0 {
            violate(.descriptorReserved, "\(ring.direction) descriptor \(index)", UInt64(flags), "4",
                    "flags 0x\(String(flags, radix: 16)): software sets OWN, and MORE in transmit descriptors; the others are zero")
        }
        return (low, flags, UInt32(truncatingIfNeeded: high))
    }

    /// Remembers what the bell announced, to find what is changed afterwards. ABC §4
    func learn(_ ring: inout AbcRing) {
        while ring.isSound, config.isMaster, ring.known < ring.size {
            let index = ring.position(ring.known), place = ring.address(index)
            guard let low = memory.word(at: place), let high = memory.word(at: place &+ 8),
                  UInt32(high >> 32) & AbcDescriptor.owned != 0 else { return }
            ring.shadow.record(index, low, high)
            ring.known += 1
        }
    }

    /// Clears OWN and writes the outcome. `length` nil: the length stays.
    private func giveBack(_ ring: inout AbcRing, _ steps: Int, length: Int?, failed: Bool) {
        let place = ring.address(ring.position(steps)) &+ 8
        guard let old = memory.word(at: place) else { return }
        let octets = length.map { UInt64($0) } ?? old & 0xffff_ffff
        let flags = UInt32(old >> 32) & AbcDescriptor.more | (failed ? AbcDescriptor.error : 0)
        _ = memory.publish(octets | UInt64(flags) << 32, at: place)
    }

    private func stray(_ subject: String, _ address: UInt64, _ what: String) {
        config.masterAborted()
        violate(.strayDMA, subject, address, "4", "\(what) at 0x\(String(address, radix: 16)), which lies in no DMA mapping")
    }
}
