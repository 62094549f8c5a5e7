import Testing
@testable import Faults

struct MutatorTests {
    static func mutated(_ kinds: [MutationKind], seed: UInt64 = 7, count: Int) throws -> (MachineCode, [Mutation], original: [UInt8]) {
        var code = try MachineCode(try Sample.get().octets)
        let original = code.octets
        var mutator = Mutator(seed: seed)
        let done = mutator.mutate(&code, kinds: kinds, count: count)
        return (code, done, original)
    }

    @Test(arguments: MutationKind.allCases) func `a kind changes what it says and nothing else`(kind: MutationKind) throws {
        let (code, done, original) = try Self.mutated([kind], count: kind == .loop ? 5 : 20)
        #expect(done.count == (kind == .loop ? 5 : 20) && done.allSatisfy { $0.kind == kind && $0.before != $0.after && $0.before.count == $0.after.count })
        var undone = code.octets
        for one in done.reversed() {
            #expect(Array(undone[one.offset..<one.offset + one.after.count]) == one.after, "\(one)")
            undone.replaceSubrange(one.offset..<one.offset + one.before.count, with: one.before)
        }
        let isSame = undone == original
        #expect(isSame)
        let sameLength = done.count { Instruction($0.after, at: 0)?.length == $0.before.count }
        if [.source, .destination, .pointer, .loop].contains(kind) { #expect(sameLength == done.count) }
        if kind == .nop || kind == .interface { #expect(done.allSatisfy { $0.after.allSatisfy { $0 == 0x90 } }) }
        if kind == .text { #expect(done.allSatisfy { zip($0.before, $0.after).reduce(0) { $0 + ($1.0 ^ $1.1).nonzeroBitCount } == 1 }) }
    }

    @Test func `a seed is replayable, another one is another, and fewer are the first of more`() throws {
        let first = try Self.mutated(MutationKind.allCases, seed: 1, count: 30), again = try Self.mutated(MutationKind.allCases, seed: 1, count: 30)
        #expect(first.1 == again.1 && first.0.octets == again.0.octets)
        #expect(try Self.mutated(MutationKind.allCases, seed: 1, count: 9).1 == Array(first.1.prefix(9)))
        #expect(try Self.mutated(MutationKind.allCases, seed: 2, count: 30).1 != first.1)
        #expect(Set(first.1.map(\.kind)).count == 7, "all kinds come")
    }

    @Test func `where there is no more room there are fewer`() throws {
        let (_, done, _) = try Self.mutated([.loop], count: 10_000)
        #expect(1..<200 ~= done.count && Set(done.map(\.offset)).count == done.count)
        #expect(try Self.mutated([], count: 5).1 == [])
    }

    /// A register's bare name: `%eax`, `%ax`, `%al` and `%rax` are one.
    static func register(_ text: String) -> String {
        let name = text.drop { $0 == "%" || $0 == "*" }
        if name.hasPrefix("r"), let digit = name.dropFirst().first, digit.isNumber { return String(name.prefix { $0 == "r" || $0.isNumber }) }
        return name.count == 3 ? String(name.dropFirst()) : String(name)
    }

    /// The line of the change before and after it.
    static func lines(_ kind: MutationKind, count: Int) throws -> [(before: Sample.Line, after: Sample.Line)] {
        let (code, done, original) = try mutated([kind], count: count)
        let old = try Sample.disassembly(original), new = try Sample.disassembly(code.octets)
        // In an object file sections begin at 0: the octets tell which line it is.
        return done.compactMap { one in
            guard let before = old.first(where: { $0.address == one.address && $0.octets == one.before }),
                let after = new.first(where: { $0.address == one.address && $0.octets == one.after }) else { return nil }
            return (before, after)
        }
    }

    @Test(.enabled(if: Sample.hasObjdump, "objdump is missing: install binutils"), arguments: [MutationKind.source, .destination, .pointer])
    func `objdump sees another register where the kind says`(kind: MutationKind) throws {
        let pairs = try Self.lines(kind, count: 30)
        #expect(pairs.count == 30)
        for (before, after) in pairs {
            let old = before.operands, new = after.operands
            #expect(before.mnemonic == after.mnemonic && old.count == new.count, "\(before.text) -> \(after.text)")
            // Of two equal operands, as in `test %eax,%eax`, either may be the one.
            let changed = old.indices.filter { old[$0] != new[$0] }
            #expect(changed.count == 1, "\(before.text) -> \(after.text)")
            guard let place = changed.first else { continue }
            switch kind {
            // CMP reads both.
            case .source: #expect(old[place].hasPrefix("%") && (place == 0 || before.mnemonic.hasPrefix("cmp")), "\(before.text) -> \(after.text)")
            case .destination: #expect(old[place].hasPrefix("%") && place == old.count - 1 && !before.mnemonic.hasPrefix("cmp"), "\(before.text) -> \(after.text)")
            default: #expect(old[place].contains("(") && new[place].contains("("), "\(before.text) -> \(after.text)")
            }
        }
    }

    @Test(.enabled(if: Sample.hasObjdump, "objdump is missing: install binutils")) func `objdump sees the opposite condition of a jump backwards`() throws {
        let pairs = try Self.lines(.loop, count: 5), opposite = ["jne": "je", "jb": "jae", "jbe": "ja", "jl": "jge", "jle": "jg", "js": "jns", "jo": "jno", "jp": "jnp"]
        #expect(pairs.count == 5)
        for (before, after) in pairs {
            #expect(opposite[before.mnemonic] == after.mnemonic || opposite[after.mnemonic] == before.mnemonic, "\(before.text) -> \(after.text)")
            #expect(before.operands == after.operands)
        }
    }

    @Test(.enabled(if: Sample.hasObjdump, "objdump is missing: install binutils")) func `what an interface fault takes away loads a parameter of a call`() throws {
        let (_, done, original) = try Self.mutated([.interface], count: 20)
        let lines = try Sample.disassembly(original), parameters = ["di", "si", "dx", "cx", "r8", "r9", "%dil", "%sil"]
        for one in done {
            let index = try #require(lines.firstIndex { $0.address == one.address && $0.octets == one.before })
            #expect(parameters.contains(Self.register(lines[index].operands.last ?? "")), "\(lines[index].text)")
            #expect(lines[(index + 1)...].prefix(8).contains { $0.mnemonic.hasPrefix("call") }, "\(lines[index].text)")
        }
    }
}
