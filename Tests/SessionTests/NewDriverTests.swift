import Foundation
import Testing

/// A driver author without Drydock's sources: a package, its tests, its README to the first ping.
@Suite(.serialized) struct NewDriverTests {
    let dock: Dock
    init() throws { dock = try Dock() }

    @Test(arguments: [("swift", 900.0), ("c", 60)]) func `the package is built and mounted as its README says`(language: String, seconds: Double) throws {
        defer { dock.close() }
        let package = dock.folder.appending(path: "mine")
        let said = try dock.good("drydock", "new-driver", "mynic", "--lang", language, "--directory", package.path())
        #expect(said.contains("mynic0 10.1.0.2/24"))
        let walk = try Walkthrough(package.appending(path: "README.md"))
        try walk.run(in: dock, folder: package, seconds: seconds)
        // Nothing that the datasheet forbids, in all of that.
        #expect(try !walk.steps.isEmpty && !dock.good("nic", "list").contains("mynic-a"))
    }

    @Test func `the tests of the Swift package pass`() throws {
        defer { dock.close() }
        let package = dock.folder.appending(path: "tested")
        try dock.good("drydock", "new-driver", "string", "--directory", package.path())
        let run = try dock.run(["swift", "test", "--package-path", package.path()], seconds: 900)
        #expect(run.status == 0 && run.all.contains("Suite StringTests passed"), "\(run.all.suffix(3000))")
        #expect(!run.all.contains("warning:"), "\(run.all)")
    }

    @Test func `a driver of the first contract is mounted into today's stack`() throws {
        defer { dock.close() }
        let package = dock.folder.appending(path: "old")
        try dock.good("drydock", "new-driver", "oldnic", "--lang", "c", "--directory", package.path())
        let header = package.appending(path: "Kit/include/drydock_driver.h")
        try FileManager.default.removeItem(at: header)
        try FileManager.default.copyItem(at: Dock.package.appending(path: "Tests/Frozen/drydock_driver_v1.h"), to: header)
        try dock.good("make", "-C", package.path(), "test", "devnp-oldnic.so", seconds: 60)
        try dock.good("nic", "add", "old-a", "sim:abc", "--cable", "peer:10.1.0.1/24")
        try dock.good("io-pkt-v6-hc", "-i2", "-ptcpip", "prefix=/sock2")
        try dock.good("mount", "-Tio-pkt2", package.appending(path: "devnp-oldnic.so").path())
        try dock.good("ifconfig", "oldnic0", "10.1.0.2/24", sock: "/sock2")
        let ping = try dock.good("ping", "-c", "3", "-i", "0.1", "10.1.0.1", sock: "/sock2")
        #expect(ping.contains("3 packets received"), "\(ping)")
        #expect(try dock.good("use", package.appending(path: "devnp-oldnic.so").path()).contains("driver oldnic"))
    }

    @Test(arguments: [(0, "this stack speaks 1 to 2"), (3, "use a newer Drydock")]) func `a driver of another contract is refused by name`(abi: Int, words: String) throws {
        defer { dock.close() }
        let package = dock.folder.appending(path: "other"), image = package.appending(path: "devnp-othernic.so").path()
        try dock.good("drydock", "new-driver", "othernic", "--lang", "c", "--directory", package.path())
        let source = package.appending(path: "othernic.c")
        let text = try String(contentsOf: source, encoding: .utf8).replacingOccurrences(of: ".abi = DRYDOCK_ABI,", with: ".abi = \(abi),")
        try Data(text.utf8).write(to: source)
        try dock.good("make", "-C", package.path(), seconds: 60)
        try dock.good("io-pkt-v6-hc", "-i2", "-ptcpip", "prefix=/sock2")
        let refusal = try dock.run("mount", "-Tio-pkt2", image)
        #expect(refusal.status != 0 && refusal.err.contains("built for driver contract \(abi)") && refusal.err.contains(words), "\(refusal.err)")
        let use = try dock.run("use", image)
        #expect(use.status == 1 && use.err.contains("version \(abi) of the contract"), "\(use.err)")
    }

    @Test(arguments: [
        ("a", "characters"), ("averylongname", "characters"), ("em0", "digit"), ("0em", "digit"), ("my-nic", "letters"), ("kit", "kit"), ("../x", "letters"),
        ("", "characters"),
    ]) func `a name that cannot be a driver's is refused, and nothing is written`(name: String, words: String) throws {
        defer { dock.close() }
        let before = try FileManager.default.contentsOfDirectory(atPath: dock.folder.path())
        let run = try dock.run("drydock", "new-driver", "--directory", dock.folder.appending(path: "never").path(), "--", name)
        #expect(run.status == 64 && run.err.contains(words) && run.err.split(separator: "\n").count == 1, "\(run.err)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: dock.folder.path()) == before)
    }

    @Test func `what is there is not touched, a kit that is none is said to be, and nothing half written stays`() throws {
        defer { dock.close() }
        let place = dock.folder.appending(path: "there")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        let exists = try dock.run("drydock", "new-driver", "mynic", "--directory", place.path())
        #expect(exists.status == 1 && exists.err.contains("exists already"))
        let kit = try dock.run("drydock", "new-driver", "mynic", "--kit", "/tmp", "--directory", dock.folder.appending(path: "no").path())
        #expect(kit.status == 1 && kit.err.contains("it is no driver kit") && kit.err.contains("Drydock's sources"), "\(kit.err)")
        let parent = try dock.run("drydock", "new-driver", "mynic", "--directory", "\(dock.folder.path())none/such")
        #expect(parent.status == 1 && parent.err.contains("make that folder first"), "\(parent.err)")
        // A kit that loses a file half way.
        let broken = dock.folder.appending(path: "broken")
        for part in ["Drivers/Sources/DriverKit", "Drivers/Templates/swift", "docs"] {
            try FileManager.default.createDirectory(at: broken.appending(path: part), withIntermediateDirectories: true)
        }
        for file in ["Drivers/Sources/DriverKit/NetDriver.swift", "Drivers/Templates/swift/Package.swift", "docs/ABC.md"] {
            try FileManager.default.copyItem(at: Dock.package.appending(path: file), to: broken.appending(path: file))
        }
        let half = try dock.run("drydock", "new-driver", "mynic", "--kit", broken.path(), "--directory", dock.folder.appending(path: "half").path())
        #expect(half.status == 1 && half.err.contains("the kit is not whole"), "\(half.err)")
        #expect(try !FileManager.default.contentsOfDirectory(atPath: dock.folder.path()).contains { $0.contains("half") })
    }
}
