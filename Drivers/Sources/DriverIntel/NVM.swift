public import DriverKit
import E1000Registers

/// The words of the NVM that are checked, and what they add up to. 8254x §5.6.35
enum NVM {
    static var words: UInt32 { 64 }
    static var sum: UInt16 { 0xBABA }
}

extension IntelNIC {
    /// One word of the NVM. 8254x §13.4.4
    public static func nvm(_ word: UInt32, _ services: Services, _ io: Registers) throws(DriverFailure) -> UInt16 {
        io.write(.eerd, Chip.nvmCommand(word))
        var value: UInt32 = 0
        try services.settle("EERD.DONE", within: 10_000) { () throws(DriverFailure) in
            value = io.read(.eerd)
            guard value != .max else { throw .gone }
            return value & Chip.nvmDone != 0
        }
        return UInt16(value >> 16)
    }

    /// The address in the EEPROM's first three words, when it is what the hardware has loaded, or the sum over all words is right.
    /// 8254x §5.6.1, §5.6.35
    static func eepromAddress(_ loaded: HardwareAddress?, _ services: Services, _ io: Registers) throws(DriverFailure) -> HardwareAddress? {
        var sum: UInt16 = 0
        var words = InlineArray<3, UInt16>(repeating: 0)
        for word in 0..<NVM.words {
            let value = try nvm(word, services, io)
            sum &+= value
            if word < 3 { words[Int(word)] = value }
            // Two readers agree: the sum could tell nothing that matters here, and reading all of it takes milliseconds.
            if word == 2, let loaded, loaded.number == HardwareAddress(words).number { return loaded }
        }
        guard sum == NVM.sum else {
            services.log(.warning) { line in
                line.text(Chip.name)
                line.text(": EEPROM sum is ")
                line.hexadecimal(sum, digits: 4)
                line.text(", not baba: its address is not used")
            }
            return nil
        }
        return HardwareAddress(words)
    }

    /// The station's own address: the EEPROM's, else what the hardware loaded into RAL[0] and RAH[0] at reset (8254x
    /// §13.5.2), else the one the user gives.
    static func permanentAddress(_ chip: Chip, _ services: Services, _ io: Registers,
                                 fallback: HardwareAddress?) throws(DriverFailure) -> HardwareAddress {
        let high = io.read(.rah), address = HardwareAddress(low: io.read(.ral), high: high & 0xFFFF)
        let loaded = RAH().av.isSet(high) && address.isStation ? address : nil
        if chip.readsNVM {
            do throws(DriverFailure) {
                if let address = try eepromAddress(loaded, services, io), address.isStation { return address }
            } catch .timedOut(let name) {
                services.log(.warning) { line in
                    line.text(Chip.name)
                    line.text(": ")
                    line.text(name)
                    line.text(" did not happen in time: the address comes from RAL and RAH")
                }
            } catch { throw error }
        }
        if let loaded { return loaded }
        guard let fallback else { throw .unsuitable("the device has no valid address; give one with mac=") }
        return fallback
    }
}

extension HardwareAddress {
    /// As the EEPROM holds it. 8254x §5.6.1
    fileprivate init(_ words: InlineArray<3, UInt16>) {
        self.init(low: UInt32(words[0]) | UInt32(words[1]) << 16, high: UInt32(words[2]))
    }
}
