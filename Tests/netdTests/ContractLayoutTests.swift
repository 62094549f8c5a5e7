import Foundation
import Testing

/// The contract's structs lie where they lay when drivers were built against them.
struct ContractLayoutTests {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    struct Row {
        var type: String, field: String, octets: Int, version: Int
    }

    static func rows() throws -> [Row] {
        try String(contentsOf: root.appending(path: "Tests/Frozen/contract.layout.tsv"), encoding: .utf8).split(separator: "\n").compactMap { line in
            let words = line.split(separator: "\t").map(String.init)
            guard words.count == 4, let octets = Int(words[2]), let version = Int(words[3]) else { return nil }
            return Row(type: words[0], field: words[1], octets: octets, version: version)
        }
    }

    /// Compiles nothing but assertions. - Returns: what the compiler says.
    static func compile(_ header: String, _ rows: [Row]) throws -> String {
        let asserts = rows.map { row in
            let size = row.field == "sizeof"
            return "_Static_assert(\(size ? "sizeof(\(row.type))" : "offsetof(\(row.type), \(row.field))") == \(row.octets), \"\(row.type).\(row.field)\");"
        }
        let task = Process(), words = Pipe(), source = Pipe()
        task.executableURL = URL(filePath: "/usr/bin/env")
        task.arguments = ["clang", "-fsyntax-only", "-x", "c", "-include", root.appending(path: header).path(), "-"]
        (task.standardInput, task.standardError, task.standardOutput) = (source, words, words)
        try task.run()
        try source.fileHandleForWriting.write(contentsOf: Data((asserts.joined(separator: "\n") + "\n").utf8))
        try source.fileHandleForWriting.close()
        let said = String(decoding: words.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        task.waitUntilExit()
        #expect((task.terminationStatus == 0) == said.isEmpty)
        return said
    }

    static let today = "Drivers/Sources/CDriver/include/drydock_driver.h", first = "Tests/Frozen/drydock_driver_v1.h"

    /// Of each struct, the size of the last version up to `version`.
    func upTo(_ version: Int) throws -> [Row] {
        let all = try Self.rows().filter { $0.version <= version }
        return all.filter { row in row.field != "sizeof" || !all.contains { $0.type == row.type && $0.field == "sizeof" && $0.version > row.version } }
    }

    @Test func `every field lies where it lay`() throws {
        let rows = try upTo(2)
        #expect(rows.count > 120)
        #expect(try Self.compile(Self.today, rows) == "")
    }

    @Test func `the first version's fields have not moved since`() throws {
        let old = try upTo(1)
        #expect(try Self.compile(Self.first, old) == "")
        #expect(try Self.compile(Self.today, old.filter { $0.field != "sizeof" }) == "")
    }

    @Test func `a field that moved is found`() throws {
        var rows = try upTo(2)
        rows[7].octets += 8
        #expect(try Self.compile(Self.today, rows).contains("\(rows[7].type).\(rows[7].field)"))
    }

    @Test func `no field of today's header is missing from the list`() throws {
        let header = try String(contentsOf: Self.root.appending(path: Self.today), encoding: .utf8)
        let known = Set(try Self.rows().map(\.type))
        for type in header.matches(of: /typedef struct (drydock_\w+)/) { #expect(known.contains(String(type.1)), "\(type.1)") }
        // Every callout and service by its pointer.
        let fields = Set(try Self.rows().map(\.field))
        for pointer in header.matches(of: /\(\*(\w+)\)\(/) where pointer.1 != "drydock_entry" { #expect(fields.contains(String(pointer.1)), "\(pointer.1)") }
    }
}
