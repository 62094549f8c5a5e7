import DriverKit
import E1000ERegisters
import E1000Registers

// The 82574's own registers, and what it forbids that an 8254x does not. 82574 §3.3, §4.5, §4.6, §10.2
extension Gigabit8254x {
    /// What reading a register of its own returns, or nil: read as in an 8254x.
    func readPCIe(_ register: E1000ERegister) -> UInt32? {
        switch register {
        case .icr: return readCauses()
        case .eec:
            let value = EECD().dout.replacing(registers[.eecd], with: microwire.output ? 1 : 0)
            return I82574.EEC().autoRD.replacing(value, with: pcie?.reloadUntil == nil ? 1 : 0)
        case .swsm:
            // Reading takes the semaphore. 82574 §3.3.4
            let was = pcie?.isTaken ?? false
            pcie?.isTaken = true
            return I82574.SWSM().smbi.replacing(registers[own: .swsm], with: was ? 1 : 0)
        case .iac, .icrxptc, .icrxatc, .ictxptc, .ictxatc, .ictxqec, .ictxqmtc, .icrxdmtc, .icrxoc: return statistics.read(own: register)
        default: return nil
        }
    }

    /// - Returns: false when the register is written as in an 8254x.
    func writePCIe(_ register: E1000ERegister, _ rule: RegisterFile.Rule, _ offset: UInt32, _ value: UInt32) -> Bool {
        switch register {
        case .swsm:
            pcie?.isTaken = I82574.SWSM().smbi.isSet(value)
            registers[own: .swsm] = value & rule.defined & ~I82574.SWSM().smbi.mask
        case .icr: interrupts.clear(value)
        case .ims:
            checkVectors(value)
            interrupts.enable(value & rule.defined)
            // What is there already asks again.
            pcie?.sent &= ~value
        case .rfctl: writeFilterControl(rule, value)
        case .fcrtl, .fcrth, .pba: registers.setWord(value & rule.defined, at: offset)
        case .ctrl:
            write(control: value, rule)
        case .tidv: registers.setWord(value & I82574.TIDV().idv.mask, at: offset)
        default: return false
        }
        return true
    }

    private func write(control value: UInt32, _ rule: RegisterFile.Rule) {
        let disable = I82574.CTRL().gioMasterDisable
        if !I82574.CTRL().set3.isSet(value) {
            violate(.reservedBits, "CTRL", UInt64(value), "82574 §10.2.2.1", "bit 3 is stored as zero; it is reserved and one: change the bits that are meant, keep the others")
        }
        if disable.isSet(registers[.ctrl]), !disable.isSet(value) { resumeMastering() }
        writeControl(value)
    }

    private func writeFilterControl(_ rule: RegisterFile.Rule, _ value: UInt32) {
        let layout = I82574.RFCTL().exsten.mask
        if (registers[own: .rfctl] ^ value) & layout != 0, RCTL().en.isSet(registers[.rctl]) {
            violate(
                .enableOrder, "RFCTL", UInt64(value), rule.section,
                "EXSTEN changed while the receiver is enabled; choose the descriptors' layout before")
        }
        registers[own: .rfctl] = value & rule.defined
    }

    /// No request is ever on our bus when it has been asked to be quiet. 82574 §3.1.3.10
    var masterStatus: UInt32 { I82574.STATUS().gioMasterEnable.of(isMaster ? 1 : 0) }

    /// CTRL.RST while requests may be on the bus. 82574 §3.1.3.10
    func checkMaster() {
        guard isMaster else { return }
        violate(
            .enableOrder, "CTRL", UInt64(registers[.ctrl]), "82574 §3.1.3.10",
            "RST while the device may master the bus; set GIO_MASTER_DISABLE and wait for GIO_MASTER_ENABLE_STATUS to clear first")
    }

    /// The NVM, the PHY and the MDI have their times and owners. 82574 §4.5, §3.3.4
    func isAllowedNow(_ rule: RegisterFile.Rule, _ value: UInt32) -> Bool {
        guard let unit = pcie, resetUntil == nil, rule.pcie == .eerd || rule.pcie == .mdic else { return true }
        if unit.reloadUntil != nil {
            violate(
                .resetTiming, rule.name, UInt64(value), "82574 §4.5", "used while the NVM is read after a reset; wait for EEC.AUTO_RD")
            return false
        }
        guard rule.pcie == .mdic, !unit.isTaken || !I82574.EXTCNF_CTRL().mdioSW.isSet(registers[own: .extcnfCtrl]) else { return true }
        violate(
            .enableOrder, "MDIC", UInt64(value), "82574 §3.3.4",
            "used without its semaphores; take SWSM.SMBI and EXTCNF_CTRL.MDIO_SW_OWNERSHIP first")
        return true
    }

    /// Bits that software must set before a unit is enabled; what RSS needs. 82574 §10.2.2, §10.2.5, §10.2.6
    func checkPCIe(enabling direction: String, _ rule: RegisterFile.Rule, _ value: UInt32) {
        direction == "TX" ? checkTransmitBits(rule, value) : checkScaling(rule, value)
        let mode = I82574.CTRL_EXT().linkMode
        if direction == "TX", mode.get(registers[.ctrlExt]) != 1 {
            violate(.reservedBits, "CTRL_EXT", UInt64(registers[.ctrlExt]), "82574 §10.2.2", "bits 23:22 are not 01b; they are to be")
        }
    }

    private func checkTransmitBits(_ rule: RegisterFile.Rule, _ value: UInt32) {
        for (register, bit) in [(E1000ERegister.txdctl, I82574.TXDCTL().set22), (.tarc, I82574.TARC().set26), (.gcr, I82574.GCR().set22)]
        where !bit.isSet(registers[own: register]) {
            violate(
                .reservedBits, rule.name, UInt64(value), "82574 §10.2.6",
                "the transmitter is enabled with bit \(bit.low) of \(register) clear; software must set it")
        }
    }

    private func checkScaling(_ rule: RegisterFile.Rule, _ value: UInt32) {
        guard scales else { return }
        if !I82574.RXCSUM().pcsd.isSet(registers[.rxcsum]) || !usesExtended {
            violate(
                .enableOrder, rule.name, UInt64(value), "82574 §7.1.11",
                "two receive queues without RXCSUM.PCSD and RFCTL.EXSTEN; the descriptor has no room for the hash otherwise")
        }
    }

    /// The table of vectors is the platform's. 82574 §9.1
    func touchVectors(_ offset: UInt32, _ value: UInt32) -> UInt32 {
        violate(
            .unknownRegister, "MSI-X \(hex(offset))", UInt64(value), "82574 §9.1",
            "the driver touched the table of vectors; it is the host's, ask it for interrupts")
        return .max
    }
}
