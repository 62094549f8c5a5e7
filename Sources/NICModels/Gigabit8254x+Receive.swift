import DriverKit
import E1000Registers

/// The receiver's state between frames.
struct ReceiveUnit {
    var fifo = ReceiveFIFO()
    /// Of each queue; an 8254x has one.
    var shadow = [OwnershipShadow(), OwnershipShadow()]
    /// The ring was not reachable.
    var halted = [false, false]
    /// Octets of the FIFO's first frame that are in buffers already.
    var progress = 0
    /// One report for each time that bus mastering is off.
    var busMasterReported = false

    mutating func reset() {
        _ = fifo.flush()
        for queue in shadow.indices { shadow[queue].resize(0) }
        (halted, progress, busMasterReported) = ([false, false], 0, false)
    }
}

// From the wire to the FIFO. 8254x §3.2
extension Gigabit8254x {
    /// The shortest frame without frame check sequence. A far end that sends less pads it; the cable carries it unpadded.
    static let minimumFrame = 60
    static let frameCheckOctets = 4
    /// The longest frame with frame check sequence, without and with RCTL.LPE. 8254x §13.4.22
    static let longestFrame = 1522
    static let longestJumbo = 16_384

    public var isListening: Bool { memory.isClaimed && RCTL().en.isSet(registers[.rctl]) }

    public func deliver(_ frame: UnsafeRawBufferPointer) {
        inbound.clear()
        let fits = unsafe inbound.append(frame)
        arrive(octets: frame.count, fits: fits)
        updateLine()
    }

    public func takeLoss() -> String? { ledger.takeLoss() }

    /// What we send comes back to us. 8254x §13.4.22 (LBM), IEEE 802.3 §22.2.4.1.2
    func loopBack(_ frame: FrameBuffer) {
        inbound.clear()
        // SAFETY: append copies within the call.
        let fits = unsafe frame.withOctets(0, frame.count) { unsafe inbound.append($0) }
        receive(octets: frame.count, fits: fits)
    }

    private func arrive(octets: Int, fits: Bool) {
        guard memory.isClaimed, linkUp else {
            ledger.arrived += 1
            ledger.drop(memory.isClaimed ? .linkDown : .unclaimed)
            return
        }
        receive(octets: octets, fits: fits)
    }

    private func receive(octets: Int, fits: Bool) {
        ledger.arrived += 1
        let control = registers[.rctl]
        guard RCTL().en.isSet(control) else { return ledger.drop(.receiverDisabled) }
        let onWire = max(octets, octets < 14 ? 0 : Self.minimumFrame) + Self.frameCheckOctets
        statistics.seen(octets: onWire)
        guard octets >= 14 else { return lose(.tooShort, .ruc) }
        let limit = RCTL().lpe.isSet(control) ? Self.longestJumbo : Self.longestFrame
        guard fits, onWire <= limit else { return lose(.tooLong, .roc) }
        inbound.pad(to: Self.minimumFrame)
        guard !isConsumedFlowControl(control) else { return ledger.drop(.flowControl) }
        switch filter.judge(inbound, registers) {
        case .wrongAddress: ledger.drop(.wrongAddress)
        case .wrongVLAN: ledger.drop(.wrongVLAN)
        case .accepted(let inexact): enqueue(inexact: inexact, onWire: onWire)
        }
    }

    private func lose(_ reason: DropReason, _ counter: E1000Register) {
        ledger.drop(reason)
        statistics.bump(counter)
    }

    /// Strips, checks and stores the frame; then as much as can goes to the host.
    private func enqueue(inexact: Bool, onWire: Int) {
        let kind = ReceiveFilter.destination(inbound)
        var entry = describe(inexact: inexact)
        if pcie != nil { classify(&entry) }
        let ring = Ring(.receive(entry.queue), registers)
        if ring.owned == 0 { statistics.bump(.rnbc) }
        let limit = Int(PBA().rxa.get(registers[.pba])) * 1024
        guard rx.fifo.push(inbound, entry, limit: limit) else {
            interrupts.raise(Causes().rxo.mask)
            return lose(.missed, .mpc)
        }
        statistics.received(octets: onWire, kind: kind)
        drainReceive()
    }

    /// Brings the frame into the form that the host sees, and says what is known of it. 8254x §3.2.3, §9.2
    private func describe(inexact: Bool) -> ReceiveFIFO.Entry {
        var entry = ReceiveFIFO.Entry()
        var status = ReceiveDescriptor.Status()
        let check = inbound.frameCheck(inbound.count)
        let vlanType = UInt16(truncatingIfNeeded: registers[.vet])
        if CTRL().vme.isSet(registers[.ctrl]), inbound.load16(12) == vlanType {
            entry.special = inbound.load16(14)
            status.insert(.vlan)
            inbound.removeFour(at: 12)
        }
        if inexact { status.insert(.inexactFilter) }
        let sums = ReceiveChecksum(inbound, control: registers[.rxcsum], vlanType: vlanType)
        let start = Int(RXCSUM().pcss.get(registers[.rxcsum]))
        entry.status = status.union(sums.status).rawValue
        entry.errors = sums.errors.rawValue
        // The sequence that the wire carried, also when a tag was taken out. It is part of the packet checksum.
        if !RCTL().secrc.isSet(registers[.rctl]) { inbound.append(frameCheck: check) }
        // Least significant octet first in memory: in the order in which the octets were summed. 8254x §13.4.47
        entry.checksum = inbound.sum(from: start, to: inbound.count).byteSwapped
        entry.length = inbound.count
        return entry
    }

    /// Pause frames, and MAC control frames that are none. IEEE 802.3 §31B, 8254x §13.4.8–13.4.10
    ///
    /// - Returns: true when the frame ends here.
    private func isConsumedFlowControl(_ control: UInt32) -> Bool {
        guard CTRL().rfce.isSet(registers[.ctrl]) else { return false }
        let type = inbound.load16(12)
        guard type != 0, UInt32(type) == registers[.fct], isFlowControlAddress else { return false }
        guard inbound.load16(14) == 1 else {
            statistics.bump(.fcruc)
            return !RCTL().pmcf.isSet(control)
        }
        let quanta = UInt64(inbound.load16(16))
        statistics.bump(quanta == 0 ? .xonrxc : .xoffrxc)
        // A quantum is 512 bit times.
        let megabits = UInt64(phy.link?.megabits ?? 1000)
        pausedUntil = quanta == 0 ? 0 : now + quanta * 512 * 1000 / megabits
        return RCTL().dpf.isSet(control)
    }

    /// The address in FCAH and FCAL, or the station's. 8254x §13.4.8
    private var isFlowControlAddress: Bool {
        let low = (0..<4).reduce(UInt32(0)) { $0 | UInt32(inbound[$1]) << UInt32(8 * $1) }
        let high = UInt32(inbound[4]) | UInt32(inbound[5]) << 8
        return low == registers[.fcal] && high == registers[.fcah]
            || low == registers[.ral] && high == registers[.rah] & 0xffff
    }

    /// When a pause ends, if one is on.
    var pauseDeadline: UInt64? { pausedUntil > now ? pausedUntil : nil }
}
