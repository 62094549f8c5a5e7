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
