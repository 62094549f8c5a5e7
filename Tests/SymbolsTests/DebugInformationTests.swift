import Foundation
import Glibc
import Symbols
import Testing

private let hasLibrary = unsafe dlopen("libdw.so.1", RTLD_NOW) != nil

/// What libdw reads of a file that a compiler has just made.
@Suite(.enabled(if: hasLibrary, "libdw.so.1 is not installed"))
struct DebugInformationTests {
    /// The sample as a shared library, or nil where there is no compiler.
    private static func built() throws -> String? {
        let file = FileManager.default.temporaryDirectory.appending(path: "drydock-symbols-\(UUID().uuidString).so").path
        let source = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "sample.c").path
        let compiler = Process()
        compiler.executableURL = URL(filePath: "/usr/bin/env")
        compiler.arguments = ["cc", "-g", "-O0", "-shared", "-fPIC", "-o", file, source]
        try compiler.run()
        compiler.waitUntilExit()
        return compiler.terminationStatus == 0 ? file : nil
    }

    @Test func `a file's variables, functions and types are known by name`() throws {
        let made = try Self.built(), file = try #require(made)
        defer { try? FileManager.default.removeItem(atPath: file) }
        let read = try DebugInformation(file)
        let first = try #require(read.names["first"]?.first)
        #expect(first.kind == .variable)
        #expect(read.type(of: first).text == "node_t")
        guard case .aggregate(let node) = read.type(of: first).plain else { Issue.record("no structure"); return }
        #expect(node.octets == 24 || node.octets == 32)
        #expect(node.fields.map(\.name) == ["value", "next", "ready", "level", nil])
        #expect(node.fields[3].octet == 16 && node.fields[3].bits == .init(low: 1, count: 5))
        #expect(node.fields[1].type == .pointer(.aggregate(node)))
        let grid = try #require(read.names["grid"]?.first)
        #expect(read.type(of: grid).text == "int[2][3]")
        let poll = try #require(read.names["poll_node"]?.first)
        guard case .function(let signature) = read.type(of: poll) else { Issue.record("no function"); return }
        #expect(signature.synopsis("poll_node") == "int poll_node(node_t *node, char *name)")
        let address = try #require(poll.address)
        #expect(read.line(address)?.line == 7)
    }

    @Test func `a file that is not there, or has nothing to say, is one line`() {
        for path in ["/nonexistent", "/etc/passwd"] {
            do throws(DebugInformation.Missing) { _ = try DebugInformation(path); Issue.record("read") } catch {
                #expect(error.line.hasPrefix(path) && !error.line.contains("\n"))
            }
        }
    }
}
