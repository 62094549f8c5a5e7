// What each kind looks for, and what it puts there.
extension Mutator {
    typealias Listing = [(at: Int, instruction: Instruction)]

    /// Whether the surroundings are what the kind wants; the instruction itself is judged by ``change``.
    func fits(_ kind: MutationKind, _ list: Listing, _ index: Int, _ octets: [UInt8]) -> Bool {
        guard kind == .interface else { return true }
        // The last thing that is loaded before a call may be what another instruction needs: any of the eight before it will do.
        return Self.loadsParameter(list[index], octets) && list[(index + 1)...].prefix(8).contains { Self.isCall($0, octets) }
    }

    /// - Returns: the octets that take the instruction's place, as many; nil where the kind does not apply.
    mutating func change(_ kind: MutationKind, _ instruction: Instruction, _ before: [UInt8]) -> [UInt8]? {
        switch kind {
        case .nop, .interface: return Array(repeating: 0x90, count: before.count)
        case .text:
            var after = before
            let bit = below(8 * before.count)
            after[bit / 8] ^= 1 << UInt8(bit % 8)
            return after
        case .loop: return Self.inverted(instruction, before)
        case .source: return register(instruction, before, isSource: true)
        case .destination: return register(instruction, before, isSource: false)
        case .pointer: return pointer(instruction, before)
        }
    }

    // CALL rel32; CALL r/m64.
    private static func isCall(_ entry: Listing.Element, _ octets: [UInt8]) -> Bool {
        let one = entry.instruction
        guard one.map == .one, !one.isVector else { return false }
        if one.opcode == 0xe8 { return true }
        guard one.opcode == 0xff, let modRM = one.modRM else { return false }
        return octets[entry.at + modRM] >> 3 & 7 == 2
    }

    /// MOV, MOVZX, LEA or XOR into one of the first six parameters' registers. System V ABI for x86-64, §3.2.3
    private static func loadsParameter(_ entry: Listing.Element, _ octets: [UInt8]) -> Bool {
        let one = entry.instruction
        // RDI, RSI, RDX and RCX; R8 and R9.
        func isParameter(_ low: UInt8, extendedBy bit: UInt8) -> Bool { one.extensions & bit != 0 ? low < 2 : [1, 2, 6, 7].contains(low) }
        guard !one.isVector else { return false }
        let modRM = one.modRM.map { octets[entry.at + $0] }
        switch (one.map, one.opcode) {
        case (.one, 0xb8...0xbf): return isParameter(one.opcode & 7, extendedBy: 1)
        case (.one, 0x8b), (.one, 0x8d), (.two, 0xb6), (.two, 0xb7):
            guard let modRM else { return false }
            return isParameter(modRM >> 3 & 7, extendedBy: 4)
        case (.one, 0x89), (.one, 0x31), (.one, 0xc7):
            guard let modRM, modRM >> 6 == 3 else { return false }
            return isParameter(modRM & 7, extendedBy: 1)
        default: return false
        }
    }

    /// A conditional jump backwards, its condition negated.
    private static func inverted(_ instruction: Instruction, _ before: [UInt8]) -> [UInt8]? {
        let isShort = instruction.map == .one && 0x70...0x7f ~= instruction.opcode
        let isLong = instruction.map == .two && 0x80...0x8f ~= instruction.opcode && !instruction.isVector
        guard isShort || isLong, let last = before.last, last & 0x80 != 0 else { return nil }
        var after = before
        after[instruction.opcodeAt] ^= 1
        return after
    }

    /// Moves and arithmetic between a register and a register or memory.
    private mutating func register(_ instruction: Instruction, _ before: [UInt8], isSource: Bool) -> [UInt8]? {
        guard instruction.map == .one, !instruction.isVector, let place = instruction.modRM else { return nil }
        let code = instruction.opcode
        guard code < 0x40 && code & 7 < 4 || 0x88...0x8b ~= code || code == 0x8d else { return nil }
        // CMP writes no register.
        guard isSource || code < 0x38 || code > 0x3b else { return nil }
        // Bit 1 says which way: with it, the register field is what is written. LEA has it in spirit.
        let writesField = code & 2 != 0 || code == 0x8d
        let isField = isSource != writesField
        guard isField || before[place] >> 6 == 3 else { return nil }
        return replaced(before, place, isField ? 3 : 0)
    }

    /// The base register of an address.
    private mutating func pointer(_ instruction: Instruction, _ before: [UInt8]) -> [UInt8]? {
        guard let place = instruction.modRM, before[place] >> 6 != 3 else { return nil }
        // 0F 18 to 0F 1F are hints and NOPs: their address is never used.
        guard instruction.map != .two || instruction.isVector || !(0x18...0x1f ~= instruction.opcode) else { return nil }
        let mode = before[place] >> 6, low = before[place] & 7
        if let sib = instruction.sib {
            guard mode != 0 || before[sib] & 7 != 5 else { return nil }
            return replaced(before, sib, 0, except: mode == 0 ? [5] : [])
        }
        // Without a base: relative to the instruction.
        guard mode != 0 || low != 5 else { return nil }
        // 4 would bring an SIB octet, and 5 without displacement has no base: both change the length.
        return replaced(before, place, 0, except: mode == 0 ? [4, 5] : [4])
    }

    /// Another register in three bits of an octet.
    private mutating func replaced(_ before: [UInt8], _ place: Int, _ shift: UInt8, except: [UInt8] = []) -> [UInt8]? {
        let old = before[place] >> shift & 7
        let others = (0..<8 as Range<UInt8>).filter { $0 != old && !except.contains($0) }
        var after = before
        after[place] = before[place] & ~(7 << shift) | others[below(others.count)] << shift
        return after
    }
}
