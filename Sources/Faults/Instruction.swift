/// One x86-64 instruction, as far as a mutation needs to know it: where its parts lie. Of the codes that compilers emit; anything
/// else is nil, and is never changed.
///
/// Written here rather than taken from a disassembler: a mutation needs the place of the ModRM octet, which no tool's text tells,
/// and it has to be the same on every machine. A test holds it against `objdump` where that is installed.
///
/// Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, chapter 2 and appendix A.
public struct Instruction: Equatable, Sendable {
    public enum Map: Sendable { case one, two, three38, three3a }

    /// Octets in all.
    public var length: Int
    public var map: Map
    public var opcode: UInt8
    /// Where the opcode lies, behind the prefixes.
    public var opcodeAt: Int
    /// Where the ModRM octet lies; nil: there is none.
    public var modRM: Int?
    /// Where an SIB octet lies.
    public var sib: Int?
    /// Octets of the immediate (or of a relative displacement), at the end.
    public var immediate: Int
    /// VEX or EVEX: a vector instruction.
    public var isVector: Bool
    /// The REX prefix's low bits, W R X B from the highest; 0: there is none.
    public var extensions: UInt8

    /// The instruction that begins at `start`; nil when it is none, or not whole.
    public init?(_ code: [UInt8], at start: Int) {
        var cursor = Cursor(code, start)
        guard let head = Head(&cursor) else { return nil }
        (map, opcode, opcodeAt, isVector, extensions) = (head.map, head.opcode, head.at - start, head.isVector, head.extensions)
        guard let shape = Shape(head, next: cursor.peek) else { return nil }
        immediate = shape.immediate
        (modRM, sib) = (nil, nil)
        if shape.hasModRM {
            guard let octet = cursor.take() else { return nil }
            modRM = cursor.at - 1 - start
            let mode = octet >> 6, low = octet & 7
            var displacement = mode == 1 ? 1 : mode == 2 ? 4 : 0
            if mode != 3, low == 4 {
                guard let scaled = cursor.take() else { return nil }
                sib = cursor.at - 1 - start
                if mode == 0, scaled & 7 == 5 { displacement = 4 }
            } else if mode == 0, low == 5 { displacement = 4 }
            cursor.skip(displacement)
        }
        cursor.skip(shape.immediate)
        length = cursor.at - start
        guard cursor.at <= code.count, length <= 15 else { return nil }
    }

    /// Reads octet by octet.
    private struct Cursor {
        private let code: [UInt8]
        private(set) var at: Int
        init(_ code: [UInt8], _ at: Int) { (self.code, self.at) = (code, at) }
        var peek: UInt8? { at < code.count ? code[at] : nil }
        mutating func take() -> UInt8? {
            guard let octet = peek else { return nil }
            at += 1
            return octet
        }
        mutating func skip(_ count: Int) { at += count }
    }

    /// Prefixes and opcode.
    private struct Head {
        var map = Map.one
        var opcode: UInt8 = 0
        var at = 0
        var isShort = false, isVector = false
        var extensions: UInt8 = 0
        var isWide: Bool { extensions & 8 != 0 }

        init?(_ cursor: inout Cursor) {
            while let octet = cursor.peek, [0x66, 0x67, 0xf0, 0xf2, 0xf3, 0x2e, 0x36, 0x3e, 0x26, 0x64, 0x65].contains(octet) {
                isShort = isShort || octet == 0x66
                _ = cursor.take()
            }
            if let octet = cursor.peek, octet & 0xf0 == 0x40 {
                extensions = octet & 15
                _ = cursor.take()
            }
            guard let first = cursor.take() else { return nil }
            (at, opcode) = (cursor.at - 1, first)
            switch first {
            case 0x0f: guard legacy(&cursor) else { return nil }
            case 0xc4, 0xc5, 0x62: guard vector(first, &cursor) else { return nil }
            default: break
            }
        }

        private mutating func legacy(_ cursor: inout Cursor) -> Bool {
            guard let second = cursor.take() else { return false }
            (map, opcode, at) = (.two, second, cursor.at - 1)
            guard second == 0x38 || second == 0x3a else { return true }
            guard let third = cursor.take() else { return false }
            (map, opcode, at) = (second == 0x38 ? .three38 : .three3a, third, cursor.at - 1)
            return true
        }

        private mutating func vector(_ first: UInt8, _ cursor: inout Cursor) -> Bool {
            guard let second = cursor.take() else { return false }
            isVector = true
            let number = first == 0xc5 ? 1 : first == 0xc4 ? second & 0x1f : second & 0x07
            switch number {
            case 1: map = .two
            case 2: map = .three38
            case 3: map = .three3a
            default: return false
            }
            cursor.skip(first == 0xc5 ? 0 : first == 0xc4 ? 1 : 2)
            guard let code = cursor.take() else { return false }
            (opcode, at) = (code, cursor.at - 1)
            return true
        }
    }

    /// What follows an opcode.
    private struct Shape {
        var hasModRM = false
        var immediate = 0

        init?(_ head: Head, next: UInt8?) {
            switch head.map {
            case .one: guard one(head, next) else { return nil }
            case .two: two(head)
            case .three38: hasModRM = true
            case .three3a: (hasModRM, immediate) = (true, 1)
            }
        }

        /// Opcodes of one octet. - Returns: false for what 64-bit mode has not.
        private mutating func one(_ head: Head, _ next: UInt8?) -> Bool {
            let word = head.isShort && !head.isWide ? 2 : 4
            switch head.opcode {
            case 0x00...0x3f where head.opcode & 7 < 4: hasModRM = true
            case 0x00...0x3f where head.opcode & 7 == 4: immediate = 1
            case 0x00...0x3f where head.opcode & 7 == 5: immediate = word
            case 0x50...0x5f, 0x6c...0x6f, 0x90...0x99, 0x9b...0x9f, 0xa4...0xa7, 0xaa...0xaf, 0xc3, 0xc9, 0xcb, 0xcc, 0xcf, 0xd7,
                 0xec...0xef, 0xf1, 0xf4, 0xf5, 0xf8...0xfd: break
            case 0x63, 0x84...0x8f, 0xd0...0xd3, 0xd8...0xdf, 0xfe, 0xff: hasModRM = true
            case 0x69, 0x81, 0xc7: (hasModRM, immediate) = (true, word)
            case 0x6b, 0x80, 0x83, 0xc0, 0xc1, 0xc6: (hasModRM, immediate) = (true, 1)
            case 0x68, 0xa9: immediate = word
            case 0x6a, 0x70...0x7f, 0xa8, 0xb0...0xb7, 0xcd, 0xe0...0xe7, 0xeb: immediate = 1
            case 0xb8...0xbf: immediate = head.isWide ? 8 : word
            case 0xe8, 0xe9: immediate = 4
            case 0xa0...0xa3: immediate = 8
            case 0xc2, 0xca: immediate = 2
            case 0xc8: immediate = 3
            case 0xf6, 0xf7:
                hasModRM = true
                // TEST alone has an immediate.
                if let next, next >> 3 & 7 < 2 { immediate = head.opcode == 0xf6 ? 1 : word }
            default: return false
            }
            return true
        }

        private mutating func two(_ head: Head) {
            switch head.opcode {
            case 0x05...0x09, 0x0b, 0x0e, 0x30...0x37, 0xa0...0xa2, 0xa8...0xaa, 0xc8...0xcf: break
            case 0x77: break
            case 0x80...0x8f where !head.isVector: immediate = 4
            case 0x70...0x73, 0xa4, 0xac, 0xba, 0xc2, 0xc4...0xc6: (hasModRM, immediate) = (true, 1)
            default: hasModRM = true
            }
        }
    }
}
