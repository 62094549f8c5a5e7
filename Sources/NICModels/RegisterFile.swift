import DriverKit
import E1000ERegisters
import E1000Registers

/// The registers' storage and what the datasheet says of each, found by offset in constant time.
struct RegisterFile {
    /// What holds for every element of a register.
    struct Rule {
        /// The register by the name that the family has had from the start, or nil: only later chips have it.
        var register: E1000Register?
        /// The register as the 82574 names it; nil in an 8254x.
        var pcie: E1000ERegister?
        var offset: UInt32
        var name: String
        var access: Access
        var reset: UInt32
        var section: String
        /// Ones where bits are defined.
        var defined: UInt32
        var count: UInt32
        var stride: UInt32
    }

    static let octets = Int(E1000Register.regionLength)

    /// The same for all devices of a family.
    private static let pciMap = makeMap(E1000Register.self)
    private static let pcieMap = makeMap(E1000ERegister.self)

    let rules: [Rule]
    /// By word: one more than the index into `rules`, or 0 where there is no register.
    private let index: [UInt16]
    private let initial: [UInt32]
    private var words: [UInt32]

    init(isPCIe: Bool = false) {
        (rules, index, initial) = isPCIe ? Self.pcieMap : Self.pciMap
        words = initial
    }

    private static func makeMap<Map: RegisterMap>(_: Map.Type) -> ([Rule], [UInt16], [UInt32]) {
        var rules: [Rule] = []
        var initial = [UInt32](repeating: 0, count: Self.octets / 4)
        var index = [UInt16](repeating: 0, count: Self.octets / 4)
        for row in RegisterTable<Map>().rows {
            let entry = row.entry
            rules.append(
                Rule(
                    register: E1000Register(rawValue: entry.offset), pcie: entry.register as? E1000ERegister, offset: entry.offset,
                    name: "\(entry.name)", access: entry.access, reset: entry.reset,
                    section: "\(entry.section)", defined: row.defined, count: entry.count, stride: entry.stride))
            for element in 0..<entry.count {
                let word = Int(entry.offset + element * entry.stride) / 4
                guard word < index.count else { continue }
                (index[word], initial[word]) = (UInt16(rules.count), entry.reset)
            }
        }
        return (rules, index, initial)
    }

    /// Every register as after power-on.
    mutating func reset() { words = initial }

    /// The rule of the register at a word-aligned offset inside the region.
    func rule(at offset: UInt32) -> Rule? {
        let entry = index[Int(offset / 4)]
        return entry == 0 ? nil : rules[Int(entry) - 1]
    }

    /// As the datasheet spells it, with the element of an array: `RAL[3]`.
    func name(_ rule: Rule, at offset: UInt32) -> String {
        rule.count == 1 ? rule.name : "\(rule.name)[\((offset - rule.offset) / rule.stride)]"
    }

    func word(at offset: UInt32) -> UInt32 { words[Int(offset / 4)] }

    mutating func setWord(_ value: UInt32, at offset: UInt32) { words[Int(offset / 4)] = value }

    subscript(register: E1000Register) -> UInt32 {
        get { words[Int(register.rawValue / 4)] }
        set { words[Int(register.rawValue / 4)] = newValue }
    }

    /// A ring's register, `shift` octets behind the first queue's.
    subscript(register: E1000Register, shift shift: UInt32) -> UInt32 {
        get { words[Int(register.rawValue + shift) / 4] }
        set { words[Int(register.rawValue + shift) / 4] = newValue }
    }

    /// A register that only the 82574 has, or one element of it.
    subscript(own register: E1000ERegister, index: UInt32 = 0) -> UInt32 {
        get { words[Int(register.rawValue + index * register.stride) / 4] }
        set { words[Int(register.rawValue + index * register.stride) / 4] = newValue }
    }

    /// Element `index` of an array whose elements are `stride` octets apart.
    subscript(register: E1000Register, index: Int, stride stride: Int) -> UInt32 {
        get { words[(Int(register.rawValue) + index * stride) / 4] }
        set { words[(Int(register.rawValue) + index * stride) / 4] = newValue }
    }

    /// Keeps the bits outside `writable` as they are.
    mutating func write(_ value: UInt32, _ register: E1000Register, writable: UInt32) {
        self[register] = self[register] & ~writable | value & writable
    }
}
