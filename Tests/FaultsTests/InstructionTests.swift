import Testing
@testable import Faults

struct InstructionTests {
    // Octets as gcc and objdump print them.
    @Test(arguments: [
        ([0x90], 1), ([0x48, 0x89, 0xe5], 3), ([0x48, 0x8b, 0x44, 0x24, 0x08], 5), ([0x48, 0x8d, 0x05, 1, 2, 3, 4], 7),
        ([0x48, 0xb8, 1, 2, 3, 4, 5, 6, 7, 8], 10), ([0x66, 0xb8, 1, 2], 4), ([0xe8, 1, 2, 3, 4], 5), ([0x0f, 0x84, 1, 2, 3, 4], 6),
        ([0xf6, 0xc1, 0x01], 3), ([0xf7, 0xd8], 2), ([0xf7, 0x05, 1, 2, 3, 4, 5, 6, 7, 8], 10), ([0xc5, 0xf8, 0x77], 3),
        ([0xc4, 0xe3, 0x7d, 0x39, 0xc1, 0x01], 6), ([0x66, 0x2e, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0], 10), ([0xf0, 0x0f, 0xb1, 0x0f], 4),
        ([0x66, 0x0f, 0x3a, 0x0f, 0xc1, 0x08], 6), ([0x8b, 0x04, 0x25, 1, 2, 3, 4], 7), ([0x62, 0xf1, 0x7c, 0x48, 0x10, 0x07], 6),
        ([0xf3, 0x48, 0xab], 3), ([0x66, 0x81, 0xc1, 1, 2], 5), ([0x66, 0x48, 0x81, 0xc1, 1, 2, 3, 4], 8), ([0xc8, 1, 2, 3], 4),
    ] as [([UInt8], Int)]) func `an instruction is as long as the processor takes it`(octets: [UInt8], length: Int) {
        #expect(Instruction(octets, at: 0)?.length == length)
        for short in 1..<max(length, 2) where short < octets.count { #expect(Instruction(Array(octets.prefix(short)), at: 0) == nil) }
    }

    @Test(arguments: [[0x06], [0x9a, 1, 2, 3, 4, 5, 6, 7], [0xd5, 1], [], [0x66], [0x48], [0x0f]] as [[UInt8]])
    func `what is no instruction in 64-bit mode, or only its beginning, is none`(octets: [UInt8]) { #expect(Instruction(octets, at: 0) == nil) }

    @Test(.enabled(if: Sample.hasObjdump, "objdump is missing: install binutils"), arguments: [0, 1])
    func `the decoder agrees with objdump on every instruction of a program`(index: Int) throws {
        let sample = try Sample.get(index), lines = try Sample.disassembly(sample.octets)
        let wrong = lines.filter { Instruction($0.octets, at: 0)?.length != $0.octets.count }
        #expect(lines.count > 200)
        #expect(wrong.count == 0, "\(wrong.prefix(5))")
    }

    @Test func `every function of a program is understood to its last octet`() throws {
        let code = try MachineCode(try Sample.get().octets)
        #expect(Set(code.functions.map(\.name)).isSuperset(of: ["sum", "push", "drain", "mean", "mix", "choose", "text", "arrange", "main"]))
        for function in code.functions {
            let list = code.instructions(function), end = list.last.map { $0.at + $0.instruction.length }
            #expect(end == function.start + function.length, "\(function)")
        }
        #expect(code.length == code.functions.reduce(0) { $0 + $1.length })
        #expect(code.function(holding: 0) == code.functions.first)
        #expect(code.function(holding: code.length - 1) == code.functions.last)
    }

    @Test func `what is no program of this machine is refused with its reason`() throws {
        #expect(throws: MachineCode.Refusal.notELF) { try MachineCode([]) }
        #expect(throws: MachineCode.Refusal.notELF) { try MachineCode(Array(repeating: 0x7f, count: 100)) }
        let octets = try Sample.get().octets
        for length in [5, 20, 63, 64, 1000] where length < octets.count { #expect(throws: MachineCode.Refusal.self) { try MachineCode(Array(octets.prefix(length))) } }
        var arm = octets
        arm[18] = 183
        #expect(throws: MachineCode.Refusal.notX86) { try MachineCode(arm) }
        // Places beyond every file.
        for field in [40, 41, 46, 47] {
            var odd = octets
            odd[field] = 0x7f
            #expect(throws: MachineCode.Refusal.self) { try MachineCode(odd) }
        }
    }

    @Test func `a damaged file is read or refused, and never the end of the reader`() throws {
        let octets = try Sample.get().octets
        var mutator = Mutator(seed: 3)
        for _ in 0..<200 {
            var odd = octets
            for _ in 0..<4 { odd[mutator.below(odd.count)] = UInt8(mutator.below(256)) }
            // The section table lies at the end.
            odd[odd.count - 1 - mutator.below(1024)] = 0xff
            guard var code = try? MachineCode(odd) else { continue }
            var other = Mutator(seed: 1)
            #expect(other.mutate(&code, kinds: MutationKind.allCases, count: 1).count <= 1)
        }
    }
}
