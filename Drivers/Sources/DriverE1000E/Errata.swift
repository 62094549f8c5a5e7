public import DriverIntel
public import DriverKit
import E1000ERegisters
import E1000Registers

// What the 82574 specification update asks of software, and the bits that the data sheet wants set and does not set itself.
extension Chip82574 {
    public static func configure(_ nic: inout E1000E) throws(DriverFailure) {
        let io = nic.io
        disablePowerStates(nic.services)
        // Erratum: completions of PCIe requests go wrong, and the transmitter hangs. GCR bit 22, GCR2 bit 0; L1 only out of L0.
        io.write(.gcr, io.read(.gcr) | I82574.GCR().set22.mask | I82574.GCR().l1WithoutL0s.mask)
        io.write(.gcr2, io.read(.gcr2) | I82574.GCR2().completions.mask)
        // Bits that reset does not set as they must be. 82574 §10.2.2 (CTRL_EXT), §10.2.6 (TXDCTL, TARC)
        io.write(.ctrlExt, I82574.CTRL_EXT().linkMode.replacing(io.read(.ctrlExt), with: 1))
        for queue in UInt32(0)..<2 {
            // Whole descriptors are written back one by one: thresholds count in descriptors.
            let t = I82574.TXDCTL()
            io.write(.txdctl, at: queue, t.set22.mask | t.gran.mask | t.wthresh.of(1))
        }
        let tarc = io.read(.tarc)
        io.write(.tarc, tarc & ~I82574.TARC().clear.mask | I82574.TARC().set26.mask)
        io.write(.rfctl, receiveFilter(nic))
        configureInterrupts(nic)
        configureScaling(nic)
    }

    /// Extended descriptors; no NFS parsing. Erratum: with MSI-X, acknowledgement frames raise interrupts that nobody asked for,
    /// unless their detection is off. Early receive, which an erratum forbids for jumbo frames, stays off as after a reset.
    private static func receiveFilter(_ nic: borrowing E1000E) -> UInt32 {
        let r = I82574.RFCTL()
        return r.exsten.mask | r.nfswDis.mask | r.nfsrDis.mask | (isVectored(nic) ? r.ackDis.mask : 0)
    }

    /// Erratum: in the link power states L0s and L1 (ASPM) frames are lost and the chip may leave the bus: both off, in the
    /// link control register of the PCIe capability. PCIe 1.1 §7.8.7
    private static func disablePowerStates(_ services: Services) {
        guard let capability = services.capability(0x10) else { return }
        let control = services.config(capability + 0x10, width: 2)
        if control & 3 != 0 { services.setConfig(capability + 0x10, width: 2, control & ~3) }
    }

    /// Erratum: the PHY may stop receiving with the link up; then both of its counters of errors stick at their ends.
    public static func ailment(_ nic: inout E1000E) -> StaticString? {
        guard let phy = try? nic.phy(), let errors = try? phy.read(.recnt), errors == 0xFFFF,
              let status = try? phy.read(.gstatus), status & 0xFF == 0xFF else { return nil }
        return "the PHY hangs"
    }
}
