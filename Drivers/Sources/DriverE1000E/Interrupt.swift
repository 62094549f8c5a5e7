import CDriver
public import DriverIntel
public import DriverKit
import E1000ERegisters
import E1000Registers

/// Which vector each cause has. With all five granted each has its own; with three, the queues of one direction share.
struct VectorPlan {
    let receive0: UInt32, receive1: UInt32, transmit: UInt32, other: UInt32

    init(_ vectors: UInt32) {
        let all = vectors >= Vectors82574.count
        (receive0, receive1, transmit, other) = (0, all ? 1 : 0, all ? 2 : 1, all ? 4 : 2)
    }

    /// IVAR. The second transmit queue is not used; its cause has a vector so that nothing is undefined. 82574 §10.2.4
    func allocation(_ vectors: UInt32) -> UInt32 {
        let i = I82574.IVAR(), valid: UInt32 = 8
        let transmit1 = vectors >= Vectors82574.count ? 3 : transmit
        return i.rxq0.of(valid | receive0) | i.rxq1.of(valid | receive1) | i.txq0.of(valid | transmit) | i.txq1.of(valid | transmit1)
            | i.other.of(valid | other) | i.everyWriteBack.mask
    }
}

extension Chip82574 {
    private static var queues: UInt32 {
        let c = I82574.Causes()
        return c.rxq0.mask | c.rxq1.mask | c.txq0.mask | c.txq1.mask
    }

    /// MSI-X with a vector a cause (or three), else one message, else the line.
    public static func connect(_ services: Services, _ settings: Settings) throws(DriverFailure) -> (kind: UInt32, vectors: UInt32) {
        let line = UInt32(DRYDOCK_INTX.rawValue), message = UInt32(DRYDOCK_MSI.rawValue), vectors = UInt32(DRYDOCK_MSIX.rawValue)
        if settings.interruptKind == vectors {
            if let granted = try? services.enableInterrupts(vectors, vectors: Vectors82574.count) {
                if granted >= 3 { return (vectors, granted) }
                services.disableInterrupts()
            }
        }
        if settings.interruptKind != line, let granted = try? services.enableInterrupts(message, vectors: 1) { return (message, granted) }
        return (line, try services.enableInterrupts(line, vectors: 1))
    }

    /// Which causes clear themselves when their message leaves, and where each message goes. 82574 §7.4.2
    static func configureInterrupts(_ nic: borrowing E1000E) {
        let c = I82574.CTRL_EXT()
        var control = nic.io.read(.ctrlExt) & ~(c.iame.mask | c.eiame.mask | c.pba.mask)
        if isVectored(nic) { control |= c.pba.mask }
        nic.io.write(.ctrlExt, control)
        nic.io.write(.iam, 0)
        nic.io.write(.eiac, isVectored(nic) ? queues : 0)
        nic.io.write(.ivar, isVectored(nic) ? VectorPlan(nic.vectors).allocation(nic.vectors) : 0)
    }

    static func isVectored(_ nic: borrowing E1000E) -> Bool { nic.kind == UInt32(DRYDOCK_MSIX.rawValue) }

    public static func unmask(_ nic: borrowing E1000E) {
        let c = I82574.Causes()
        nic.io.write(.ims, isVectored(nic) ? queues | c.other.mask | c.lsc.mask
            : c.txdw.mask | c.lsc.mask | c.rxdmt0.mask | c.rxo.mask | c.rxt0.mask)
    }

    public static func throttle(_ nic: borrowing E1000E, _ interval: UInt32) {
        nic.io.write(.itr, interval)
        guard isVectored(nic) else { return }
        for vector in 0..<min(nic.vectors, Vectors82574.count) { nic.io.write(.eitr, at: vector, interval) }
    }

    public static func interrupt(_ nic: inout E1000E, _ vector: UInt32) -> Events {
        guard isVectored(nic) else {
            let causes = nic.io.read(.icr)
            // Reading clears only when the chip itself holds the interrupt for asserted; writing ones always does. 82574 §7.4.3
            if causes != .max { nic.io.write(.icr, causes & ~I82574.Causes().asserted.mask) }
            return nic.interruptOfAll(causes)
        }
        let plan = VectorPlan(nic.vectors), c = I82574.Causes()
        if vector == plan.other { return otherCauses(&nic) }
        nic.live.value.interrupts &+= 1
        // The message took the cause out of IMS as well as out of ICR (IAME is clear): without this write it was the last one.
        // Before the rings are looked at, so that what comes from now on interrupts again. 82574 §7.4.3, §7.4.5
        if vector == plan.receive0 || vector == plan.receive1 {
            let both = plan.receive0 == plan.receive1
            nic.io.write(.ims, both ? c.rxq0.mask | c.rxq1.mask : vector == plan.receive0 ? c.rxq0.mask : c.rxq1.mask)
            return .receive
        }
        nic.io.write(.ims, c.txq0.mask | c.txq1.mask)
        return .transmit
    }

    /// The vector of everything else. Reading ICR may take queue causes with it whose messages have not left: they are raised
    /// again. 82574 §7.4.3
    private static func otherCauses(_ nic: inout E1000E) -> Events {
        let causes = nic.io.read(.icr), c = I82574.Causes()
        if causes == .max && nic.isGone() { return [] }
        nic.io.write(.icr, causes & ~(queues | c.asserted.mask))
        if causes & queues != 0 { nic.io.write(.ics, causes & queues) }
        nic.io.write(.ims, c.other.mask | c.lsc.mask)
        guard causes & (c.other.mask | c.lsc.mask) != 0 else {
            nic.live.value.foreignInterrupts &+= 1
            return .foreign
        }
        nic.live.value.interrupts &+= 1
        return nic.lookAtLink()
    }
}
