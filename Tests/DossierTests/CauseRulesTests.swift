import Testing

@testable import Dossier

struct CauseRulesTests {
    struct Row: CustomTestStringConvertible, Sendable {
        var testDescription: String { rule }
        let rule: String, clause: String
        let make: @Sendable (inout FaultFacts) -> Void
        init(_ rule: String, _ clause: String, _ make: @escaping @Sendable (inout FaultFacts) -> Void) { (self.rule, self.clause, self.make) = (rule, clause, make) }
    }

    static let rows: [Row] = [
        Row("null-pointer", "it read address 0x0 (a null pointer)") { ($0.signal, $0.code, $0.access) = (11, 1, .read) },
        Row("null-pointer", "it wrote to address 0x18 (24 octets into a structure behind a null pointer)") { ($0.signal, $0.code, $0.address, $0.access) = (11, 1, 0x18, .write) },
        Row("null-call", "through a null pointer") { ($0.signal, $0.code, $0.access) = (11, 1, .execute) },
        Row("wild-jump", "it jumped to 0x7f0012345678") { ($0.signal, $0.address, $0.instruction) = (11, 0x7f00_1234_5678, 0x7f00_1234_5678) },
        Row("non-canonical", "an address that no pointer can have") { ($0.signal, $0.code, $0.instruction) = (11, 128, 0x7f00_0000_1000) },
        Row("non-canonical", "0xdeadbeefdeadbeef, which no pointer can be") { ($0.signal, $0.address) = (11, 0xdead_beef_dead_beef) },
        Row("overwritten-return", "octets 0x41 over and over") { ($0.signal, $0.code, $0.instruction) = (11, 128, 0x4141_4141_4141_4141) },
        Row("stack-overflow", "its stack was full: it wrote to address 0x7f0000001ff8, 8 octets below") {
            ($0.signal, $0.code, $0.address, $0.access, $0.region) = (11, 1, 0x7f00_0000_1ff8, .write, .belowStack(octets: 8))
        },
        Row("packet-slot", "in packet slot 12, which belongs to the device") { ($0.signal, $0.address, $0.region) = (11, 0x7f00_0000_0000, .packetSlot(12, owner: "device")) },
        Row("packet-slot", "in packet slot 3, which is free") { ($0.signal, $0.address, $0.region) = (11, 0x7f00_0000_0000, .packetSlot(3, owner: "free")) },
        Row("packet-memory", "outside every slot") { ($0.signal, $0.address, $0.region) = (11, 0x7f00_0000_0000, .packetMemory) },
        Row("read-only", "in drydock, which is read-only") { ($0.signal, $0.code, $0.address, $0.region) = (11, 2, 0x5500_0000_0000, .readOnly("drydock")) },
        Row("unmapped", "where nothing is mapped") { ($0.signal, $0.code, $0.address) = (11, 1, 0x5500_0000_0000) },
        Row("sent", "sent it SIGSEGV") { ($0.signal, $0.code) = (11, 0) },
        Row("trap", "a check of Swift's failed (a precondition") { $0.signal = 4 },
        Row("trap", "it said: Fatal error: Index out of range") { ($0.signal, $0.message) = (5, "Fatal error: Index out of range") },
        Row("abort", "calling abort; it said: free(): invalid pointer") { ($0.signal, $0.message) = (6, "free(): invalid pointer") },
        Row("stack-smash", "past the end of an array on its stack") { ($0.signal, $0.message) = (6, "*** stack smashing detected ***: terminated") },
        Row("division", "divided by zero") { $0.signal = 8 },
        Row("system-call", "may not make") { $0.signal = 31 },
        Row("killed", "SIGKILL") { $0.signal = 9 },
        Row("hang", "no progress for 120.0 ms") { ($0.signal, $0.hang) = (9, 120_000_000) },
        Row("ended", "it said what cannot be understood") { ($0.signal, $0.ended) = (9, "it said what cannot be understood") },
        Row("device-dead", "transmit unit stuck") { $0.givenUp = "transmit unit stuck" },
        Row("exit", "exited with code 3") { $0.exitCode = 3 },
        Row("unknown", "nobody could note why") { _ in },
    ]

    @Test(arguments: rows) func `every end has its rule and its clause`(row: Row) {
        var facts = FaultFacts()
        // SEGV_MAPERR, where a row does not say otherwise.
        facts.code = 1
        row.make(&facts)
        let explanation = CauseRules.explain(facts)
        #expect(explanation.rule == row.rule)
        #expect(explanation.clause.contains(row.clause), "\(explanation.clause)")
    }

    @Test func `the sentence names driver, callout, interface, cause, place and occasion`() {
        var facts = FaultFacts()
        (facts.signal, facts.code, facts.address, facts.access) = (11, 1, 0x18, .write)
        (facts.driver, facts.callout, facts.interface, facts.isInDriver) = ("devnp-x.so", "return_receive", "em0", true)
        (facts.place, facts.function, facts.occasion) = ("receive.swift:42", "X.take(Int)", "the last frame received, 3.0 µs before, was of 60 octets")
        #expect(FirstSentence.make(facts, CauseRules.explain(facts)) == """
            devnp-x.so crashed in its return_receive callout on em0: it wrote to address 0x18 (24 octets into a structure behind a null \
            pointer) at receive.swift:42 (X.take(Int)); the last frame received, 3.0 µs before, was of 60 octets.
            """)
        (facts.isInDriver, facts.place, facts.function) = (false, nil, nil)
        #expect(FirstSentence.make(facts, CauseRules.explain(facts)).hasPrefix("The stack, called by devnp-x.so, crashed in its return_receive callout on em0: "))
        (facts.driver, facts.callout, facts.interface, facts.occasion) = (nil, nil, nil, nil)
        #expect(FirstSentence.make(facts, CauseRules.explain(facts)).hasPrefix("The stack crashed: it wrote to address 0x18"))
    }

    @Test func `an address is an octet over and over, or it is not`() {
        #expect(CauseRules.repeated(0x4141_4141_4141_4141) == "0x41")
        #expect(CauseRules.repeated(0x4141_4141_4141_4142) == nil)
        #expect(CauseRules.repeated(0) == nil && CauseRules.repeated(.max) == nil)
    }

    @Test func `the last words are the last line that says why`() {
        #expect(LastWords.find(["a: Fatal error: one", "b: Fatal error: two", "c: stopped"]) == "b: Fatal error: two")
        #expect(LastWords.find(["all is well"]) == nil)
    }
}
