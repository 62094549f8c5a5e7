import Faults
import Foundation
import Testing

/// Faults in a driver's machine code.
@Suite(.serialized) struct FaultTests {
    static let hasObjdump = ["/usr/bin/objdump", "/usr/local/bin/objdump", "/bin/objdump"].contains { FileManager.default.isExecutableFile(atPath: $0) }

    @Test func `a seed makes the same faulty copy twice, the driver is left alone, and nothing is written over`() throws {
        let dock = try Dock()
        defer { dock.close() }
        let driver = try Drivers.path("e1000"), original = try Data(contentsOf: URL(filePath: driver))
        let copies = ["a", "b"].map { dock.folder.appending(path: $0) }
        let said = try copies.map { try dock.good("drydock", "mutate", driver, "-o", $0.path(), "--seed", "5", "--count", "40", "--json") }
        let changes = try JSONDecoder().decode([Mutation].self, from: Data(said[0].utf8))
        #expect(said[0] == said[1] && changes.count == 40)
        let octets = try copies.map { try Data(contentsOf: $0) }
        let isSame = octets[0] == octets[1], isUntouched = try Data(contentsOf: URL(filePath: driver)) == original
        #expect(isSame && isUntouched)
        var expected = Array(original)
        for one in changes { expected.replaceSubrange(one.offset..<one.offset + one.after.count, with: one.after) }
        let isAsTold = expected == Array(octets[0])
        #expect(isAsTold)
        let again = try dock.run("drydock", "mutate", driver, "-o", driver)
        #expect(again.status == 1 && again.err.contains("remove it first"), "\(again.all)")
        let text = try dock.good("drydock", "mutate", driver, "--kind", "nop", "--seed", "9")
        #expect(text.contains(/^nop         0x[0-9a-f]+ \S+\+0x[0-9a-f]+: [0-9a-f ]+ -> 90[90 ]*\n$/), "\(text)")
        for (words, why) in [(["/etc/passwd"], "no 64-bit ELF file"), (["/nowhere"], "cannot be read"), ([driver, "--kind", "typo"], "--kind typo"), ([driver, "--count", "0"], "--count 0")] {
            let outcome = try dock.run(["drydock", "mutate"] + words)
            #expect(outcome.status != 0 && outcome.err.contains(why), "\(outcome.all)")
        }
    }

    @Test(.enabled(if: Self.hasObjdump, "objdump is missing: install binutils"), arguments: ["e1000", "virtio-net"])
    func `the decoder agrees with objdump on a driver's whole text`(driver: String) throws {
        let dock = try Dock()
        defer { dock.close() }
        let said = try dock.good(["objdump", "-d", "-w", "--insn-width=16", try Drivers.path(driver)], seconds: 60)
        var count = 0, wrong: [Substring] = []
        for line in said.split(separator: "\n") {
            let cells = line.split(separator: "\t", omittingEmptySubsequences: false)
            guard cells.count >= 2, cells[0].hasSuffix(":") else { continue }
            let octets = cells[1].split(separator: " ").compactMap { UInt8($0, radix: 16) }
            count += 1
            if Instruction(octets, at: 0)?.length != octets.count { wrong.append(line) }
        }
        #expect(count > 5000 && wrong.isEmpty, "\(count) instructions; \(wrong.prefix(5))")
    }
}

/// The whole campaign, small: hundreds of faults in a driver's process under traffic.
extension FaultTests {
    @Test(.enabled(if: geteuid() == 0, "writing into another process needs root"))
    func `hundreds of faults in an isolated driver's code under traffic: nothing escapes, and every death is recovered from`() throws {
        let dock = try Dock()
        defer { dock.close() }
        let record = dock.folder.appending(path: "record").path(), preload = try Programs.library()
        let outcome = try dock.run([
            "python3", Dock.package.appending(path: "Benchmarks/measure-faults").path(), Dock.binary.path(), try Drivers.path("e1000"), preload, "300", "7", record,
        ], seconds: 240)
        #expect(outcome.status == 0, "\(outcome.all)")
        let said = outcome.out.split(separator: "\n").map(String.init)
        #expect(said.contains("crash.faults 300") && said.contains("crash.escapes 0") && said.contains("crash.unrecovered 0"), "\(outcome.all)")
        struct Fault: Decodable { var kind: MutationKind, outcome: String, seed: UInt64, count: Int, address: Int, after: String }
        let faults = try String(contentsOfFile: record, encoding: .utf8).split(separator: "\n").map { try JSONDecoder().decode(Fault.self, from: Data($0.utf8)) }
        #expect(faults.count == 300 && Set(faults.map(\.kind)).count == 7)
        #expect(faults.contains { $0.outcome != "none" }, "some of them are seen")
        // Replayed by seed and number.
        let last = try #require(faults.last { $0.outcome != "none" })
        let again = try dock.good("drydock", "mutate", try Drivers.path("e1000"), "--seed", "\(last.seed)", "--count", "\(last.count)", "--json")
        let fault = try #require(try JSONDecoder().decode([Mutation].self, from: Data(again.utf8)).last)
        #expect(fault.address == last.address && fault.after.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined() == last.after)
    }
}
