import Foundation
import Testing

/// Real cards, as far as a guest with an emulated IOMMU has them: QEMU's NICs through VFIO, the built product inside.
@Suite(.serialized, .enabled(if: Guest.isAvailable, "\(Guest.missing ?? "")"))
struct GuestTests {
    @Test func `cards behind an IOMMU are driven, quieted when their stack dies, and refused with a reason`() throws {
        let dock = try Dock()
        defer { dock.close() }
        _ = try Drivers.path("e1000")
        let outcome = try dock.run(Guest.script, "--product", Dock.binary.path(), "--seconds", "170", seconds: 180)
        let lines = outcome.out.split(separator: "\n")
        for line in lines where line.hasPrefix("not ok") || line.hasPrefix("# ") { Issue.record("\(line)") }
        #expect(lines.count { $0.hasPrefix("ok ") } >= 40, "\(outcome.all.suffix(4000))")
        #expect(outcome.status == 0, "\(outcome.all.suffix(4000))")
    }

    @Test(arguments: [["--script"], ["--nonsense"], ["--script", "/nonexistent"], ["--drivers", "/nonexistent"], ["--product", "/nonexistent"]])
    func `a wrong word is refused before anything boots`(words: [String]) throws {
        let dock = try Dock()
        defer { dock.close() }
        _ = try Drivers.path("e1000")
        let outcome = try dock.run([Guest.script, "--product", Dock.binary.path()] + words)
        #expect(outcome.status == 2 && outcome.err.hasPrefix("Tests/Guest/run: ") && outcome.err.split(separator: "\n").count == 1, "\(outcome.all)")
    }
}

enum Guest {
    static let script = Dock.package.appending(path: "Tests/Guest/run").path()

    /// What the guest needs, and lacks here; nil: nothing.
    static let missing: String? = {
        if getuid() != 0 { return "not root: the packages' lists may be out of reach" }
        for tool in ["qemu-system-x86_64", "apt-get", "apt-cache", "dpkg-deb", "flock"] where !Namespace.has(tool) { return "\(tool) is not installed" }
        guard let dock = try? Dock() else { return "no folder for a session" }
        defer { dock.close() }
        guard let fetched = try? dock.run(script, "--fetch", seconds: 120), fetched.status == 0 else {
            return "the guest's kernel cannot be downloaded: apt-get update, or no network"
        }
        return nil
    }()
    static var isAvailable: Bool { missing == nil }
}
