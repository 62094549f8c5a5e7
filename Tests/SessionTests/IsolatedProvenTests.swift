import Foundation
import Testing

/// An isolated driver's build dies again and again, and an earlier one had run for long enough.
@Suite(.serialized) struct IsolatedProvenTests {
    private let dock: Dock
    private let file: URL
    init() throws {
        dock = try Dock()
        file = dock.folder.appending(path: "devnp-mine.so")
    }

    private func build(_ driver: String) throws {
        try? FileManager.default.removeItem(at: file)
        try FileManager.default.copyItem(at: URL(filePath: try Drivers.path(driver)), to: file)
    }

    private func log() -> String { (try? String(contentsOf: dock.folder.appending(path: "stack/iso/log"), encoding: .utf8)) ?? "" }

    private func begin(_ driver: String, proven: Int) throws {
        try build(driver)
        try dock.good("nic", "add", "em-i", "sim:82540em", "--cable", "peer:10.5.0.9/24")
        try dock.good("io-pkt-v6-hc", "-i3", "-ptcpip", "prefix=/iso,restart_proven=\(proven)")
        try dock.good("mount", "-Tio-pkt3", "-o", "isolated,nic=em-i", file.path(), sock: "/iso")
        try dock.good("ifconfig", "em0", "10.5.0.1/24", sock: "/iso")
        try dock.good("if_up", "-l", "em0", sock: "/iso")
    }

    /// Has the driver die by traffic until the log says so.
    private func die(until words: String) throws {
        #expect(try eventually(within: 90) {
            _ = try dock.run("ping", "-c", "500", "-i", "0.002", "-w", "2", "10.5.0.9", sock: "/iso")
            return log().contains(words)
        }, "\(log())")
    }

    @Test func `the proven build takes its place, and the interface keeps what was set`() throws {
        defer { dock.close() }
        try begin("e1000", proven: 1)
        #expect(eventually(within: 20) { log().contains("devnp-mine.so has run for 1 s: this build is kept") }, "\(log())")
        let stack = try dock.instancePids("iso").stack
        try build("e1000-faulty")
        try dock.good("mount", "--reload", "em0", file.path(), sock: "/iso")
        try die(until: "em0: its driver's processes die too soon; it is started again with the build of devnp-mine.so of 2")
        #expect(try eventually(within: 10) {
            try dock.run("ping", "-c", "10", "-i", "0.02", "-w", "5", "10.5.0.9", sock: "/iso").out.contains(" 0% packet loss")
        }, "\(log())")
        #expect(try dock.instancePids("iso").stack == stack, "the stack is the same")
        #expect(try dock.good("drydock", "plan", "/iso").contains("/.proven/iso/build-"))
        #expect(eventually { (try? dock.good("drydock", "events", "--past", "/iso").contains("it is started again with the build of devnp-mine.so")) ?? false })
        let images = (try? FileManager.default.contentsOfDirectory(atPath: dock.folder.appending(path: "stack/iso").path())) ?? []
        #expect(images.filter { $0.hasPrefix("isolated-") }.count == 1, "of builds that are gone no copy is left: \(images)")
    }

    @Test func `a build that dies before it is proven is no proven build, and the interface stays down`() throws {
        defer { dock.close() }
        try begin("e1000-faulty", proven: 600)
        try die(until: "em0: its driver's processes die too soon; the interface stays down until it is told: ifconfig em0 up")
        #expect(!log().contains("this build is kept"), "\(log())")
    }
}
