/// The kinds of faults in machine code that the studies of fault injection into drivers use, each a stand-in for a programmer's
/// mistake.
///
/// Sources: Ng and Chen, "The Systematic Improvement of Fault Tolerance in the Rio File Cache" (1999), table 1; Herder and others,
/// "Fault Isolation for Device Drivers" (2009), §5.
public enum MutationKind: String, Sendable, CaseIterable, Codable {
    /// A wrong register is read, or a wrong one written: a wrong or an uninitialised variable.
    case source, destination
    /// A wrong register is the base of an address: a wild pointer.
    case pointer
    /// A parameter that is not passed: the instruction that loads it before a call does nothing.
    case interface
    /// A loop's condition the other way round.
    case loop
    /// One bit of an instruction is another.
    case text
    /// An instruction is missing.
    case nop
}

/// One change of a driver's machine code.
public struct Mutation: Codable, Equatable, Sendable {
    public var kind: MutationKind
    /// Octets from the file's start, and the address that the file gives the place.
    public var offset: Int, address: Int
    /// The function as the symbol table has it, and octets from its start.
    public var symbol: String, inside: Int
    /// The instruction's octets; as many after as before.
    public var before: [UInt8], after: [UInt8]
}

/// Chooses changes by a seed: the same seed, image and kinds give the same changes, on any machine, and fewer of them are the first
/// of more.
public struct Mutator: Sendable {
    private var state: UInt64

    public init(seed: UInt64) { state = seed }

    /// Changes up to `count` instructions of `code`, each another one.
    ///
    /// The place is chosen by chance among all octets of the functions; what the kind does not fit there is left for the next
    /// instruction of that function which it does.
    ///
    /// - Parameter kinds: those to choose from, in turn by chance.
    /// - Returns: what was changed, in this order; fewer than `count` where the code offers no more.
    public mutating func mutate(_ code: inout MachineCode, kinds: [MutationKind], count: Int) -> [Mutation] {
        var done: [Mutation] = [], taken: Set<Int> = []
        guard !kinds.isEmpty else { return [] }
        // Choices that offered nothing to change, since the last that did.
        var misses = 0
        while done.count < count, misses < 200 {
            misses += 1
            let kind = kinds[below(kinds.count)], function = code.function(holding: below(code.length))
            let list = code.instructions(function)
            guard !list.isEmpty else { continue }
            let first = below(list.count)
            for step in 0..<list.count {
                let one = list[(first + step) % list.count]
                guard !taken.contains(one.at), fits(kind, list, (first + step) % list.count, code.octets) else { continue }
                let before = Array(code.octets[one.at..<one.at + one.instruction.length])
                guard let after = change(kind, one.instruction, before), after != before else { continue }
                code.store(after, at: one.at)
                taken.insert(one.at)
                misses = 0
                done.append(Mutation(
                    kind: kind, offset: one.at, address: function.address + one.at - function.start, symbol: function.name,
                    inside: one.at - function.start, before: before, after: after))
                break
            }
        }
        return done
    }

    /// SplitMix64. Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014), figure 16.
    private mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
        return value ^ value >> 31
    }

    mutating func below(_ bound: Int) -> Int { Int(next().multipliedFullWidth(by: UInt64(bound)).high) }
}
