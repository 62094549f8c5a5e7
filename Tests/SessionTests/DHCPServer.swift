import Foundation
import Testing

/// dnsmasq on the kernel's end of a TAP device, a stack on the other.
struct DHCPServer {
    static let missing = Namespace.missing ?? (Namespace.has("dnsmasq") ? nil : "dnsmasq is not installed")
    let dock: Dock, task: Task

    var leases: String { (try? String(contentsOf: dock.folder.appending(path: "dnsmasq.leases"), encoding: .utf8)) ?? "" }
    var log: String { (try? String(contentsOf: dock.folder.appending(path: "dnsmasq.log"), encoding: .utf8)) ?? "" }
    var resolv: String { (try? String(contentsOf: dock.folder.appending(path: "stack/sock2/resolv.conf"), encoding: .utf8)) ?? "" }

    init(_ dock: Dock, _ words: [String]) throws {
        self.dock = dock
        let fixed = ["dnsmasq", "-k", "--conf-file=/dev/null", "--interface=dd0", "--bind-interfaces", "--except-interface=lo", "--port=0", "--user=root",
                     "--pid-file=", "--dhcp-authoritative", "--log-dhcp", "--dhcp-leasefile=\(dock.folder.path())dnsmasq.leases",
                     "--log-facility=\(dock.folder.path())dnsmasq.log"]
        // A shell between: dnsmasq closes what it inherits, and Foundation takes that for its end and waits for it.
        task = try dock.start(["sh", "-c", "\"$@\" & wait", "sh"] + fixed + words)
        let (task, folder) = (task, dock.folder)
        // A server of router advertisements alone makes no file of leases; each says in its log that it has started.
        let isUp = eventually(within: 10) {
            !task.isRunning || (try? String(contentsOf: folder.appending(path: "dnsmasq.log"), encoding: .utf8))?.contains("started") == true
        }
        guard isUp, task.isRunning else { throw Problem("dnsmasq does not run: \(task.outcome.all)") }
    }

    func ifconfig() throws -> String { try dock.good("ifconfig", "tap0", sock: "/sock2") }
    func client(_ words: String...) throws -> Task { try dock.start(["dhcp.client", "-i", "tap0"] + words, sock: "/sock2") }

    /// Waits for a client's line.
    func says(_ client: Task, _ text: String, within seconds: Double = 20, at place: SourceLocation = #_sourceLocation) throws {
        let hasSaid = eventually(within: seconds) { client.outcome.out.contains(text) || !client.isRunning }
        #expect(hasSaid && client.outcome.out.contains(text), "\(client.outcome.all)\n\(log)", sourceLocation: place)
    }

    /// Ends a client as a user does, or with another signal.
    func end(_ client: Task, _ signal: Int32 = SIGTERM, at place: SourceLocation = #_sourceLocation) {
        kill(client.pid, signal)
        #expect(client.finish(within: 10) && client.outcome.status == 0, "\(client.outcome.all)", sourceLocation: place)
    }
}
