import Foundation
import Testing

/// docs/DIFFERENCES.md against what `drydock trace-diff` finds now.
@Suite(.serialized) struct DifferencesTests {
    struct Pair: CustomTestStringConvertible, Sendable {
        var driver: String, model: String, bridged: String
        var testDescription: String { "\(model) and \(bridged)" }
    }

    static let pairs = [
        Pair(driver: "e1000", model: "sim:82540em", bridged: "qemu:e1000"),
        Pair(driver: "e1000e", model: "sim:82574l", bridged: "qemu:e1000e"),
        Pair(driver: "virtio-net", model: "sim:virtio-net", bridged: "qemu:virtio-net-pci"),
    ]

    /// As much of the report as is compared.
    struct Report: Decodable {
        struct Row: Decodable { var kind: String, first: String?, second: String? }
        struct Violation: Decodable { var text: String }
        var rows: [Row], firstViolations: [Violation], secondViolations: [Violation]

        /// Names in the accesses that differ: `load CTRL 0x00100241`. Configuration space is not a register of the map.
        var registers: [String] {
            rows.filter { $0.kind != "same" }.compactMap { row in
                let words = (row.first ?? row.second ?? "").split(separator: " ")
                return words.count > 1 && words[1] != "config" && ["load", "store"].contains(words[0]) ? String(words[1]) : nil
            }
        }
    }

    /// The registers that the document lists for the pair.
    static func listed(_ pair: Pair) throws -> Set<String> {
        let text = try String(contentsOf: Dock.package.appending(path: "docs/DIFFERENCES.md"), encoding: .utf8)
        let section = try #require(text.components(separatedBy: "\n## ").first { $0.contains("`\(pair.model)` (A) and `\(pair.bridged)` (B)") })
        let line = try #require(section.split(separator: "\n").first { $0.hasPrefix("Registers that differ: ") })
        return Set(line.matches(of: /`([^`]+)`/).map { String($0.1) })
    }

    @Test(.enabled(if: Namespace.hasQEMU, "\(Namespace.missingQEMU ?? "")"), arguments: pairs)
    func `the registers that differ are those that DIFFERENCES lists, and no rule is broken on either`(pair: Pair) throws {
        let dock = try Dock()
        defer { dock.close() }
        let outcome = try dock.run("drydock", "trace-diff", try Drivers.path(pair.driver), "--on", pair.model, "--on", pair.bridged, "--scenario", "attach", "--json", seconds: 120)
        let reports = try JSONDecoder().decode([Report].self, from: Data(outcome.out.utf8))
        #expect(reports.count == 1, "\(outcome.all.prefix(2000))")
        let broken = reports.flatMap { $0.firstViolations + $0.secondViolations }.map(\.text)
        #expect(broken.isEmpty, "\(broken)")
        let listed = try Self.listed(pair)
        #expect(Set(reports.flatMap(\.registers)) == listed)
    }
}
