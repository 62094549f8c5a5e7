import Foundation
import Testing

/// Every driver, on everything that it claims to drive, through `drydock check`.
@Suite(.serialized) struct ConformanceTests {
    /// 25 cases, 200 re-attaches among them.
    private func check(_ claim: Claim) throws {
        let dock = try Dock()
        defer { dock.close() }
        let outcome = try dock.run("drydock", "check", try Drivers.path(claim.driver), "--on", claim.bus, "--seconds", "280", seconds: 300)
        #expect(outcome.status == 0, "\(outcome.all)")
        #expect(outcome.out.contains(" 0 failed"), "\(outcome.all)")
    }

    @Test(arguments: Claim.models) func `a driver passes every case on a model`(claim: Claim) throws { try check(claim) }

    @Test(.enabled(if: Namespace.has("qemu-system-x86_64"), "qemu-system-x86_64 is not installed"), arguments: Claim.bridged)
    func `a driver passes every case on QEMU's NIC`(claim: Claim) throws { try check(claim) }

    /// One guest for all of them: QEMU's NICs behind its IOMMU, each wired to one of the guest's kernel.
    @Test(.enabled(if: Guest.isAvailable, "\(Guest.missing ?? "")")) func `a driver passes every case on a card behind an IOMMU`() throws {
        let dock = try Dock()
        defer { dock.close() }
        _ = try Drivers.path("e1000")
        let folder = Dock.package.appending(path: "Tests/Guest").path()
        let outcome = try dock.run(
            Guest.script, "--product", Dock.binary.path(), "--script", "\(folder)/conformance", "--cards", "\(folder)/pairs", "--seconds", "580", seconds: 590)
        let lines = outcome.out.split(separator: "\n")
        for line in lines where line.hasPrefix("not ok") || line.contains("FAILED") { Issue.record("\(line)") }
        for claim in Claim.cards {
            let passed = lines.contains { $0.hasPrefix("ok ") && $0.contains(" devnp-\(claim.driver).so on \(claim.bus): ") && $0.contains(" 0 failed") }
            #expect(passed, "\(claim.testDescription): \(outcome.all.suffix(4000))")
        }
        #expect(outcome.status == 0, "\(outcome.all.suffix(4000))")
    }

    @Test func `the README's table is what is tested here`() throws {
        let file = Dock.package.appending(path: "README.md")
        let text = try String(contentsOf: file, encoding: .utf8)
        let parts = text.components(separatedBy: "<!-- drivers and buses: written by ConformanceTests -->\n")
        try #require(parts.count == 3, "the README has the table between two marks")
        if ProcessInfo.processInfo.environment["DRYDOCK_WRITE_TABLE"] != nil {
            try parts[0].appending("<!-- drivers and buses: written by ConformanceTests -->\n" + Claim.table
                + "<!-- drivers and buses: written by ConformanceTests -->\n" + parts[2]).write(to: file, atomically: true, encoding: .utf8)
        } else {
            #expect(parts[1] == Claim.table, "run once with DRYDOCK_WRITE_TABLE=1")
        }
    }

    @Test func `a driver that crashes is told by case and callout, and nothing is left`() throws {
        let dock = try Dock()
        defer { dock.close() }
        let outcome = try dock.run("drydock", "check", try Drivers.path("e1000-faulty"), "--on", "sim:82540em", "--options", "fault=null-receive", "--rounds", "3", seconds: 120)
        #expect(outcome.status == 1)
        #expect(outcome.out.contains("FAILED") && outcome.out.contains("return_receive"), "\(outcome.all)")
        #expect(dock.processes().isEmpty)
    }

    @Test func `a driver that hangs is ended and told by its callout`() throws {
        let dock = try Dock()
        defer { dock.close() }
        let outcome = try dock.run("drydock", "check", try Drivers.path("e1000-faulty"), "--on", "sim:82540em", "--options", "fault=hang", "--seconds", "6", seconds: 60)
        #expect(outcome.status == 1)
        #expect(outcome.out.contains("did not end within 6 s in interrupt"), "\(outcome.all)")
        #expect(dock.processes().isEmpty)
    }

    @Test func `what cannot be checked is refused in one line`() throws {
        let dock = try Dock()
        defer { dock.close() }
        let driver = try Drivers.path("e1000")
        #expect(try dock.run("drydock", "check", driver, "--on", "sim:nothing").out.contains("there is no such model"))
        #expect(try dock.run("drydock", "check", driver).status == 64)
        #expect(try dock.run("drydock", "check", driver, "--on", "sim:82540em", "--case", "frob").err.contains("there is no case"))
        #expect(try dock.run("drydock", "check", "/nonexistent.so", "--on", "sim:82540em").status == 1)
        #expect(try dock.run("drydock", "check", driver, "--on", "sim:82540em", "--wire", "packet:nothing").out.contains("wire packet:nothing"))
        #expect(try dock.run("drydock", "check", driver, "--on", "sim:82540em", "--carrier", "true").err.contains("goes with --wire"))
        #expect(dock.processes().isEmpty, "a refusal leaves no NIC")
    }
}
