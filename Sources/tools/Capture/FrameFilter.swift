internal import Host

/// A filter of frames as tcpdump compiles it: a program of the classic packet filter machine. bpf(4)
struct FrameFilter: Equatable {
    struct Instruction: Equatable {
        var code: UInt16
        /// Instructions to skip where a comparison holds, and where it does not.
        var whenTrue: Int, whenFalse: Int
        var constant: UInt32
    }

    private let program: [Instruction]

    /// Octets of a frame, as the program sees them.
    struct Frame {
        var octets: ArraySlice<UInt8>
        /// On the cable, where `octets` is only the beginning.
        var length: Int
        var wasSent: Bool

        /// Linux's additions: what is known of a frame beside its octets, at negative places. linux/filter.h, SKF_AD_*
        private static let packetType: UInt32 = 0xffff_f004, vlanTag: UInt32 = 0xffff_f02c, hasVLANTag: UInt32 = 0xffff_f030

        func load(_ place: UInt32, _ width: UInt32) -> UInt32? {
            switch place {
            // PACKET_OUTGOING, PACKET_HOST.
            case Self.packetType: return wasSent ? 4 : 0
            // Tags are in the octets.
            case Self.vlanTag, Self.hasVLANTag: return 0
            default: break
            }
            guard UInt64(place) + UInt64(width) <= UInt64(octets.count) else { return nil }
            let start = octets.startIndex + Int(place)
            return octets[start..<start + Int(width)].reduce(0) { $0 << 8 | UInt32($1) }
        }
    }

    /// - Parameter text: as `tcpdump -ddd` prints it: how many instructions, then four numbers for each.
    /// - Returns: nil for what is no such text.
    init?(_ text: String) {
        let lines = text.split(separator: "\n")
        guard let first = lines.first, let count = Int(first), count == lines.count - 1, (1...4096).contains(count) else { return nil }
        var program: [Instruction] = []
        for line in lines.dropFirst() {
            let numbers = line.split(separator: " ").compactMap { UInt32($0) }
            guard numbers.count == 4, let code = UInt16(exactly: numbers[0]), numbers[1] < 256, numbers[2] < 256 else { return nil }
            program.append(Instruction(code: code, whenTrue: Int(numbers[1]), whenFalse: Int(numbers[2]), constant: numbers[3]))
        }
        self.program = program
    }

    /// Whether the frame is wanted. What loads beyond its end is not. Jumps go forward only, so this ends.
    func admits(_ frame: Frame) -> Bool {
        var machine = Machine(), next = 0
        while next < program.count {
            let instruction = program[next]
            next += 1
            switch instruction.code & 7 {
            case 0: guard machine.load(instruction, frame) else { return false }
            case 1: guard machine.loadIndex(instruction, frame) else { return false }
            case 2: machine.memory[Int(instruction.constant & 15)] = machine.a
            case 3: machine.memory[Int(instruction.constant & 15)] = machine.x
            case 4: guard machine.compute(instruction) else { return false }
            case 5: next += machine.skip(instruction)
            case 6: return (instruction.code & 0x18 == 0x10 ? machine.a : instruction.constant) != 0
            default: if instruction.code & 0xf8 == 0 { machine.x = machine.a } else { machine.a = machine.x }
            }
        }
        return false
    }

    private struct Machine {
        var a: UInt32 = 0, x: UInt32 = 0
        var memory = [UInt32](repeating: 0, count: 16)

        private func width(_ code: UInt16) -> UInt32 { code & 0x18 == 0 ? 4 : code & 0x18 == 8 ? 2 : 1 }

        /// - Returns: false: beyond the frame's end, or no instruction.
        mutating func load(_ one: Instruction, _ frame: Frame) -> Bool {
            var value: UInt32?
            switch one.code & 0xe0 {
            case 0x00: value = one.constant
            case 0x20: value = frame.load(one.constant, width(one.code))
            case 0x40: value = frame.load(x &+ one.constant, width(one.code))
            case 0x60: value = memory[Int(one.constant & 15)]
            case 0x80: value = UInt32(clamping: frame.length)
            default: value = nil
            }
            guard let value else { return false }
            a = value
            return true
        }

        mutating func loadIndex(_ one: Instruction, _ frame: Frame) -> Bool {
            var value: UInt32?
            switch one.code & 0xe0 {
            case 0x00: value = one.constant
            case 0x60: value = memory[Int(one.constant & 15)]
            case 0x80: value = UInt32(clamping: frame.length)
            // Of an IPv4 header's first octet: its length.
            case 0xa0: value = frame.load(one.constant, 1).map { ($0 & 15) * 4 }
            default: value = nil
            }
            guard let value else { return false }
            x = value
            return true
        }

        mutating func compute(_ one: Instruction) -> Bool {
            let operand = one.code & 8 == 0 ? one.constant : x
            switch one.code & 0xf0 {
            case 0x00: a = a &+ operand
            case 0x10: a = a &- operand
            case 0x20: a = a &* operand
            case 0x30: guard operand != 0 else { return false }; a /= operand
            case 0x40: a |= operand
            case 0x50: a &= operand
            case 0x60: a = operand < 32 ? a << operand : 0
            case 0x70: a = operand < 32 ? a >> operand : 0
            case 0x80: a = 0 &- a
            case 0x90: guard operand != 0 else { return false }; a %= operand
            case 0xa0: a ^= operand
            default: return false
            }
            return true
        }

        func skip(_ one: Instruction) -> Int {
            let operand = one.code & 8 == 0 ? one.constant : x
            switch one.code & 0xf0 {
            case 0x00: return Int(min(one.constant, 4096))
            case 0x10: return a == operand ? one.whenTrue : one.whenFalse
            case 0x20: return a > operand ? one.whenTrue : one.whenFalse
            case 0x30: return a >= operand ? one.whenTrue : one.whenFalse
            case 0x40: return a & operand != 0 ? one.whenTrue : one.whenFalse
            default: return 4096
            }
        }
    }
}

extension FrameFilter {
    /// Has tcpdump compile an expression of pcap-filter(7).
    static func compiled(_ expression: String, in world: World) throws(ToolFailure) -> FrameFilter {
        let program = try Tcpdump.program(world)
        let outcome: Subprocess.Outcome
        do { outcome = try Subprocess.run(program, ["tcpdump", "-y", "EN10MB", "-s", "262144", "-ddd", "--", expression], time: .seconds(10)) } catch {
            throw ToolFailure(program, error.number.description, "", exit: 126)
        }
        guard outcome.ending == .exited(0), let filter = FrameFilter(outcome.output) else {
            let why = outcome.complaint.split(separator: "\n").last.map { $0.hasPrefix("tcpdump: ") ? $0.dropFirst(9) : $0 } ?? "tcpdump does not compile it"
            throw ToolFailure("filter \(expression)", String(why), "man pcap-filter", exit: 64)
        }
        return filter
    }
}
