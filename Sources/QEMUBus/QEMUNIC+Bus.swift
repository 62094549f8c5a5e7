internal import NICModels


/// Configuration space and regions: every access checked here, since QEMU says nothing of a bad one.
extension QEMUNIC {
    public func configLoad(offset: UInt32, width: UInt32) -> UInt32 {
        guard let machine, isAligned(offset, width), offset < PCIFunction.configOctets else { return ones(width) }
        let value = machine.function.configLoad(offset: offset, width: width)
        settleUp(machine)
        return value ?? ones(width)
    }

    public func configStore(offset: UInt32, width: UInt32, value: UInt32) {
        guard let machine, isAligned(offset, width), offset < PCIFunction.configOctets else { return }
        machine.function.configStore(offset: offset, width: width, value: value)
        settleUp(machine)
    }

    public func regionLength(_ region: UInt32) -> UInt64 {
        guard let machine, region < 6 else { return 0 }
        return machine.function.regions[Int(region)]?.length ?? 0
    }

    public func load(region: UInt32, offset: UInt32, width: UInt32) -> UInt32 {
        guard let machine, let place = reach(machine, region, offset, width) else { return ones(width) }
        let value = machine.function.regionLoad(place, offset: offset, width: width)
        settleUp(machine)
        return value ?? ones(width)
    }

    public func store(region: UInt32, offset: UInt32, width: UInt32, value: UInt32) {
        guard let machine, let place = reach(machine, region, offset, width) else { return }
        if machine.function.messages?.table?.covers(region: region, offset: offset, width: width) == true {
            return complain(.readOnly, region, offset, "the MSI-X table is the host's to write; ask for vectors instead")
        }
        machine.function.regionStore(place, offset: offset, width: width, value: value)
        settleUp(machine)
    }

    /// The region, when the access may go out to the bus; else a report, for QEMU itself would say nothing.
    private func reach(_ machine: QEMUMachine, _ region: UInt32, _ offset: UInt32, _ width: UInt32) -> Region? {
        guard region < 6, let place = machine.function.regions[Int(region)] else {
            complain(.unknownRegister, region, offset, "there is no region \(region); see regionLength")
            return nil
        }
        guard isAligned(offset, width) else {
            let rule: Violation.Rule = width == 1 || width == 2 || width == 4 ? .misaligned : .accessWidth
            complain(rule, region, offset, "\(width) octets cannot be accessed here; use 1, 2 or 4, aligned")
            return nil
        }
        guard UInt64(offset) + UInt64(width) <= place.length else {
            complain(.unknownRegister, region, offset, "the region ends after \(place.length) octets")
            return nil
        }
        guard machine.function.command & (place.isPort ? PCIFunction.ioSpace : PCIFunction.memorySpace) != 0 else {
            complain(.memoryDecodeOff, region, offset, "the command register has this decode off; set it before any access")
            return nil
        }
        return place
    }

    private func isAligned(_ offset: UInt32, _ width: UInt32) -> Bool {
        (width == 1 || width == 2 || width == 4) && offset % width == 0
    }

    private func complain(_ rule: Violation.Rule, _ region: UInt32, _ offset: UInt32, _ text: String) {
        let subject = "region \(region) + 0x\(String(offset, radix: 16))"
        host?.report(Violation(rule: rule, subject: subject, value: UInt64(offset), section: "PCI 2.3 §6.2", text: text))
    }
}
