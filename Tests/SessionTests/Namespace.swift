import Foundation
import Testing

/// A network namespace of the test's own: made, used and removed by it. The machine's own interfaces are never touched.
final class Namespace {
    let name = "dd-\(getpid())-\(UInt32.random(in: 0...0xffff))"
    private let outside: Dock

    /// What the tests of the Linux kernel as a peer need, and lack here; nil: nothing.
    static let missing: String? = {
        if getuid() != 0 { return "not root: network namespaces and TAP devices cannot be made" }
        if !FileManager.default.fileExists(atPath: "/dev/net/tun") { return "no /dev/net/tun" }
        for tool in ["ip", "/bin/ping", "arping"] where !has(tool) { return "\(tool) is not installed" }
        return nil
    }()
    static var isAvailable: Bool { missing == nil }

    static let missingQEMU: String? = missing ?? (has("qemu-system-x86_64") ? nil : "qemu-system-x86_64 is not installed")
    static var hasQEMU: Bool { missingQEMU == nil }

    static func has(_ tool: String) -> Bool {
        if tool.hasPrefix("/") { return FileManager.default.isExecutableFile(atPath: tool) }
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":") + ["/usr/bin", "/bin", "/usr/sbin", "/sbin"]
        return folders.contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(tool)") }
    }

    init() throws {
        outside = try Dock()
        try outside.good("ip", "netns", "add", name)
        try outside.good("ip", "-n", name, "link", "set", "lo", "up")
    }

    /// A shell inside.
    func dock() throws -> Dock { try Dock(wrap: ["ip", "netns", "exec", name]) }

    func close() {
        _ = try? outside.run("ip", "netns", "del", name)
        outside.close()
    }
}
