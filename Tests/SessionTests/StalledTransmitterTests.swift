import Foundation
import Messages
import Testing

/// A driver that takes frames to send and forgets them.
@Suite(.serialized) struct StalledTransmitterTests {
    private func session(_ options: String, _ body: (Dock) throws -> Void) throws {
        let dock = try Dock()
        defer { dock.close() }
        try dock.good("nic", "add", "em-i", "sim:82540em", "--cable", "peer:10.5.0.9/24")
        try dock.good("io-pkt-v6-hc", "-i3", "-ptcpip", "prefix=/iso")
        try dock.good("mount", "-Tio-pkt3", "-o", "nic=em-i,fault=deaf-transmit,after=20,\(options)", try Drivers.path("e1000-faulty"), sock: "/iso")
        try dock.good("ifconfig", "em0", "10.5.0.1/24", sock: "/iso")
        try dock.good("if_up", "-l", "em0", sock: "/iso")
        try body(dock)
    }

    private func ping(_ dock: Dock) throws -> Bool {
        try dock.run("ping", "-c", "3", "-i", "0.05", "-w", "2", "10.5.0.9", sock: "/iso").out.contains(" 0% packet loss")
    }

    private func hardware(_ dock: Dock) throws -> HardwareReport {
        let text = try dock.good("nicinfo", "--json", "em0", sock: "/iso")
        return try #require(try JSONDecoder().decode([HardwareReport].self, from: Data(text.utf8)).first)
    }

    /// Has the driver forget frames until its stack has found it out.
    private func stall(_ dock: Dock) throws -> HardwareReport.Transmitter {
        #expect(try ping(dock), "at first it sends")
        var seen: HardwareReport.Transmitter?
        #expect(try eventually(within: 30) {
            _ = try dock.run("ping", "-c", "20", "-i", "0.02", "-w", "1", "10.5.0.9", sock: "/iso")
            seen = try hardware(dock).transmitter
            return seen?.stalls ?? 0 > 0
        }, "it is found")
        return try #require(seen)
    }

    private func log(_ dock: Dock) throws -> [Substring] {
        try String(contentsOf: dock.folder.appending(path: "stack/iso/log"), encoding: .utf8).split(separator: "\n")
    }

    @Test func `a driver in the stack's process is stopped and started, and its interface knows nothing of it`() throws {
        try session("txwatch=1") { dock in
            let stack = try dock.instancePids("iso").stack
            #expect(try stall(dock).places > 0)
            let line = try #require(try log(dock).first { $0.contains("its transmitter stood still") })
            #expect(line.contains(" for 1 s; ") && line.contains("places are taken") && line.contains("It is stopped and started"), "\(line)")
            #expect(try eventually(within: 10) { try ping(dock) }, "it sends again")
            #expect(try dock.instancePids("iso").stack == stack)
            #expect(try dock.good("ifconfig", "em0", sock: "/iso").contains("inet 10.5.0.1"))
            #expect(try dock.good("nicinfo", "em0", sock: "/iso").contains("Transmitter stood still"))
        }
    }

    @Test func `the process of an isolated driver is ended, and the dossier says why`() throws {
        try session("isolated,txwatch=1") { dock in
            _ = try stall(dock)
            #expect(try eventually(within: 10) { try hardware(dock).isolation?.restarts ?? 0 > 0 }, "another process drives")
            #expect(try eventually(within: 10) { try ping(dock) })
            var sentence = ""
            #expect(eventually(within: 30) {
                let names = (try? FileManager.default.contentsOfDirectory(atPath: dock.crashes.path())) ?? []
                guard let name = names.filter({ $0.hasPrefix("iso-") }).min() else { return false }
                sentence = (try? String(contentsOf: dock.crashes.appending(path: "\(name)/dossier.txt"), encoding: .utf8)) ?? ""
                return !sentence.isEmpty
            })
            sentence = String(sentence.prefix { $0 != "\n" })
            #expect(sentence.hasPrefix("devnp-e1000-faulty.so was ended by its stack") && sentence.contains(": its transmitter stood still: "), "\(sentence)")
            #expect(sentence.contains("for 1 s") && sentence.contains("; the stack went on, and process "), "\(sentence)")
        }
    }

    @Test func `with txwatch=0 it is left alone, and what it holds is seen`() throws {
        try session("txwatch=0") { dock in
            let isHeld = try eventually(within: 30) {
                _ = try dock.run("ping", "-c", "20", "-i", "0.02", "-w", "1", "10.5.0.9", sock: "/iso")
                let now = try hardware(dock).transmitter
                return now?.frames ?? 0 > 5
            }
            #expect(isHeld)
            // Longer than the other tests' watch would have needed.
            Thread.sleep(forTimeInterval: 2.5)
            let later = try hardware(dock).transmitter
            #expect(later?.stalls == 0 && later?.frames ?? 0 > 5)
        }
    }

    /// What drives what, under which name.
    private static let sound = [
        ("sim:82540em", "e1000", "em0"), ("sim:82574l", "e1000e", "wm0"), ("sim:virtio-net", "virtio-net", "vt0"), ("sim:abc", "abc", "abc0"),
        ("qemu:e1000", "e1000", "em0"), ("qemu:rtl8139", "rtl8139", "rl0"), ("qemu:pcnet", "pcnet", "pcn0"), ("qemu:virtio-net-pci", "virtio-net", "vt0"),
    ].filter { Namespace.hasQEMU || $0.0.hasPrefix("sim:") }

    @Test(arguments: sound)
    func `a driver that is asked for nothing more has sent all that it was given, and is left alone`(nic: String, driver: String, interface: String) throws {
        let dock = try Dock()
        defer { dock.close() }
        try dock.good("nic", "add", "near", nic, "--cable", "peer:10.5.0.9/24")
        try dock.good("io-pkt-v6-hc", "-i3", "-ptcpip", "prefix=/iso")
        let said = try dock.good("mount", "-Tio-pkt3", "-o", "nic=near,txwatch=1", try Drivers.path(driver), sock: "/iso")
        let name = try #require(try dock.good("ifconfig", "-l", sock: "/iso").split(whereSeparator: \.isWhitespace).last { $0 != "lo0" }.map(String.init), "\(said)")
        #expect(name == interface)
        try dock.good("ifconfig", name, "10.5.0.1/24", sock: "/iso")
        try dock.good("if_up", "-l", name, sock: "/iso")
        let ping = try dock.good("ping", "-c", "5", "-i", "0.05", "-w", "10", "10.5.0.9", sock: "/iso")
        // Longer than the watch takes to find one.
        Thread.sleep(forTimeInterval: 2.5)
        let text = try dock.good("nicinfo", "--json", name, sock: "/iso")
        let report = try #require(try JSONDecoder().decode([HardwareReport].self, from: Data(text.utf8)).first)
        #expect(report.transmitter?.stalls == 0 && report.transmitter?.standsMilliseconds == 0, "\(text)\n\(ping)")
    }
}
