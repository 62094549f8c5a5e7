import Foundation
import Host
import Messages
import Testing

@testable import netd

/// Small C images, each wrong in one way, compiled by the toolchain's own clang: what an outside author gets wrong first.
struct DriverImageTests {
    /// A complete table in C, with places to break it.
    static let table = """
        #include "drydock_driver.h"
        static int32_t match(const drydock_identity *i) { return i->vendor == 0x1234; }
        static int32_t attach(const drydock_services *s, const char *o, void **i, drydock_interface *out) { return -19; }
        static int32_t one(void *i) { return 0; }
        static void none(void *i) {}
        static uint32_t give(void *i, const drydock_buffer *b, uint32_t n) { return 0; }
        static uint32_t take(void *i, drydock_buffer *b, uint32_t n) { return 0; }
        static uint32_t event(void *i, uint32_t v) { return 0; }
        static int32_t filter(void *i, const drydock_filter *f) { return 0; }
        static int32_t media(void *i, drydock_media *m) { return 0; }
        static int32_t choose(void *i, const drydock_media *m) { return 0; }
        static int32_t word(void *i, uint32_t v) { return 0; }
        static int32_t count(void *i, drydock_statistics *s) { return 0; }
        static drydock_driver table = {DRYDOCK_ABI, sizeof(drydock_driver), "abc", "abc", "1.0", "", match, attach, one, one, none,
            give, take, give, take, event, event, filter, media, choose, word, word, count, none, 0};
        """

    /// - Parameter header: the folder of `drydock_driver.h`; that of a frozen version has its own name for it.
    func image(_ source: String, header: String = "Drivers/Sources/CDriver/include") throws -> String {
        let stem = "/tmp/dd-image-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        let source = header == "Tests/Frozen" ? source.replacingOccurrences(of: "drydock_driver.h", with: "drydock_driver_v1.h") : source
        try Data(source.utf8).write(to: URL(fileURLWithPath: stem + ".c"))
        defer { try? FileManager.default.removeItem(atPath: stem + ".c") }
        let include = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: header).path()
        let task = Process()
        task.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        task.arguments = ["clang", "-shared", "-fPIC", "-w", "-I", include, stem + ".c", "-o", stem + ".so"]
        try task.run()
        task.waitUntilExit()
        try #require(task.terminationStatus == 0, "clang compiles the image")
        return stem + ".so"
    }

    func load(_ source: String, header: String = "Drivers/Sources/CDriver/include") throws -> DriverImage {
        let path = try image(source, header: header)
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try DriverImage(path: path, generation: Int.random(in: 1...1_000_000), folder: "/tmp")
    }

    func failure(_ source: String) throws -> DriverFailure? {
        do {
            _ = try load(source)
            return nil
        } catch let error as DriverFailure { return error }
    }

    @Test func `a driver in C is loaded like any other, and unloaded`() throws {
        let entry = "\nconst drydock_driver *drydock_driver_entry(void) { return &table; }\n"
        for _ in 0..<3 {
            let driver = try load(Self.table + entry)
            #expect(driver.name == "abc" && driver.prefix == "abc" && driver.version == "1.0")
            #expect(!driver.codeRange.isEmpty, "a fault in it will be known as its own")
        }
    }

    @Test func `an image without the entry symbol is refused`() throws {
        guard case .noEntry = try failure("int other(void) { return 0; }\n") else { return #expect(Bool(false)) }
    }

    @Test func `an entry that returns nothing is refused`() throws {
        let source = Self.table + "\nconst drydock_driver *drydock_driver_entry(void) { return 0; }\n"
        guard case .noTable = try failure(source) else { return #expect(Bool(false)) }
    }

    @Test(arguments: [(0, "abi = 0"), (3, "abi = 3")]) func `another contract is refused by its number`(abi: UInt32, change: String) throws {
        let source = Self.table + "\nconst drydock_driver *drydock_driver_entry(void) { table.\(change); return &table; }\n"
        guard case .wrongABI(_, let theirs) = try failure(source) else { return #expect(Bool(false)) }
        #expect(theirs == abi)
    }

    @Test func `a table that is too short is refused`() throws {
        let source = Self.table + "\nconst drydock_driver *drydock_driver_entry(void) { table.size = 64; return &table; }\n"
        guard case .shortTable(_, let octets, _) = try failure(source) else { return #expect(Bool(false)) }
        #expect(octets == 64)
    }

    @Test(arguments: ["name", "match", "attach", "detach", "return_receive", "interrupt", "statistics", "quiesce"])
    func `a missing callout is named`(callout: String) throws {
        let source = Self.table + "\nconst drydock_driver *drydock_driver_entry(void) { table.\(callout) = 0; return &table; }\n"
        guard case .missingCallout(_, let name) = try failure(source) else { return #expect(Bool(false)) }
        #expect(name == callout)
    }

    @Test(arguments: ["", "a b", "em0", "averylongprefix"]) func `a prefix that cannot name an interface is refused`(prefix: String) throws {
        let source = Self.table + "\nconst drydock_driver *drydock_driver_entry(void) { table.prefix = \"\(prefix)\"; return &table; }\n"
        guard case .badName = try failure(source) else { return #expect(Bool(false)) }
    }

    @Test func `a library that needs what is not there is refused with the loader's words`() throws {
        let source = Self.table + "\nvoid missing(void); const drydock_driver *drydock_driver_entry(void) { missing(); return &table; }\n"
        guard case .notLoadable(_, let words) = try failure(source) else { return #expect(Bool(false)) }
        #expect(words.contains("missing"))
    }

    @Test func `every failure says what failed, why and what to do, with an error number`() {
        let all: [DriverFailure] = [
            .notAbsolute("x"), .noFile("x", errno: 2), .notLoadable("x", dlerror: "y"), .noEntry("x"), .noTable("x"), .wrongABI("x", theirs: 9),
            .shortTable("x", octets: 3, abi: 2), .missingCallout("x", name: "y"), .badName("x"), .noHardware(driver: "x"), .noSuchNIC("x"),
            .nicBusy("x", holder: "y"), .notMatched(driver: "x", nic: "y", vendor: 1, device: 2),
            .attachFailed(driver: "x", nic: "y", errno: 5, said: nil), .badAttachment(driver: "x", why: "y"), .nameTaken("x"),
            .badOption("x", why: "y"), .busFailed(nic: "x", why: "y"), .noDetach("x"),
        ]
        for one in all { #expect(!one.failure.what.isEmpty && !one.failure.why.isEmpty && !one.failure.fix.isEmpty && one.failure.code > 0, "\(one)") }
        #expect(Set(all.map { $0.failure.description }).count == all.count, "each has its own sentence")
    }
}
