import Foundation
import Testing

/// A crash explains itself: the example driver goes wrong, and a folder says so for people, programs and a browser.
@Suite(.serialized) struct PostmortemTests {
    private func crash(_ dock: Dock, options: String) throws -> URL {
        try dock.good("nic", "add", "em-a", "sim:82540em", "--cable", "peer:10.1.0.1/24")
        try dock.good("io-pkt-v6-hc", "-i2", "-ptcpip", "prefix=/sock2")
        try dock.good("mount", "-Tio-pkt2", "-o", options, try Drivers.path("e1000-faulty"))
        _ = try dock.run("ifconfig", "em0", "10.1.0.2/24", sock: "/sock2")
        _ = try dock.run("ping", "-c", "20", "-i", "0.05", "-w", "5", "10.1.0.1", sock: "/sock2")
        #expect(try eventually { try !dock.run("drydock", "instances").out.contains("running") })
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: dock.crashes.path())) ?? []).filter { $0.hasPrefix("sock2-") }
        let folder = dock.crashes.appending(path: try #require(names.sorted().last, "there is a crash"))
        #expect(eventually { FileManager.default.fileExists(atPath: folder.appending(path: "frames.pcapng").path()) }, "the writer has ended: \(Self.names(folder))")
        return folder
    }

    private static func names(_ folder: URL) -> [String] { ((try? FileManager.default.contentsOfDirectory(atPath: folder.path())) ?? []).sorted() }

    @Test func `the example faulty driver is explained by the dossier's first sentence`() throws {
        let dock = try Dock()
        defer { dock.close() }
        let folder = try crash(dock, options: "after=3")
        for name in ["dossier.txt", "dossier.json", "dossier.html", "frames.pcapng", "census.json"] {
            #expect(Self.names(folder).contains(name), "\(name): \(Self.names(folder))")
        }
        let text = try String(contentsOf: folder.appending(path: "dossier.txt"), encoding: .utf8)
        let first = String(text.prefix { $0 != "\n" })
        #expect(first.hasPrefix("devnp-e1000-faulty.so crashed in its return_receive callout on em0: "), "\(first)")
        #expect(first.contains("address 0x18 (24 octets into a structure behind a null pointer)"), "\(first)")
        #expect(first.contains("touchMissingFrame"), "\(first)")
        #expect(text.contains("the last frame ") && text.contains("RDT") && text.contains("2 KiB slots"), "\(text)")
        let page = try String(contentsOf: folder.appending(path: "dossier.html"), encoding: .utf8)
        #expect(page.hasPrefix("<!doctype html>") && page.contains("touchMissingFrame") && !page.contains("<script"))
        let size = Self.names(folder).filter { $0.hasPrefix("dossier") || $0 == "frames.pcapng" }.reduce(0) { sum, name in
            sum + ((try? FileManager.default.attributesOfItem(atPath: folder.appending(path: name).path())[.size] as? Int) ?? 0)
        }
        #expect(size > 0 && size <= 8 << 20)
        // The command says the same, and so it does of a folder that has moved.
        #expect(try dock.good("drydock", "postmortem").hasPrefix(first))
        #expect(try dock.good("drydock", "postmortem", "--list").contains(first))
        let moved = dock.folder.appending(path: "moved")
        try FileManager.default.moveItem(at: folder, to: moved)
        let json = try dock.good("drydock", "postmortem", "--json", moved.path())
        let dossier = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
        #expect(dossier["sentence"] as? String == first && dossier["rule"] as? String == "null-pointer")
        let none = try dock.run("drydock", "postmortem", "/sock2")
        #expect(none.status == 1 && none.err.contains("no crash is kept"), "\(none.all)")
    }

    @Test func `a stack that was smashed and a transmit path that went wrong have their own sentences`() throws {
        for (options, expected) in [("after=3,fault=null-transmit", "transmit"), ("after=3,fault=stack-smash", "stack")] {
            let dock = try Dock()
            defer { dock.close() }
            let folder = try crash(dock, options: options)
            let first = try String(contentsOf: folder.appending(path: "dossier.txt"), encoding: .utf8).prefix { $0 != "\n" }
            #expect(first.contains("devnp-e1000-faulty.so") && first.contains(expected), "\(first)")
        }
    }
}
