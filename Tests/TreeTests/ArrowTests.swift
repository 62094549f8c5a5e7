import Testing

/// Imports point down only. The levels are those of docs/ARCHITECTURE.md.
struct ArrowTests {
    static let level: [String: Double] = [
        "CDriver": 0, "CLinux": 0, "CHostLink": 0, "CCalls": 0, "CProgram": 0, "CDwarf": 0, "CLine": 0, "Symbols": 2.5, "Shell": 3, "ProgramSockets": 1, "Preload": 2,
        "Wire": 1, "Rings": 1, "Faults": 1,
        "Stack": 2, "DHCP": 2, "DriverKit": 2, "Host": 2,
        "Messages": 3, "E1000Registers": 3, "HostLink": 3,
        // Between two levels: what the family of one maker shares, and a map that shares its fields.
        "E1000ERegisters": 3.5, "DriverIntel": 3.5, "VirtioNetRegisters": 3.5, "DriverVirtio": 3.5,
        "Bus": 4, "runner": 5, "DriverE1000": 4, "NICModels": 4, "Cables": 4, "QEMUBus": 5,
        "Recorder": 2, "Cores": 3, "VFIOBus": 5, "Dossier": 5, "Conformance": 7,
        "netd": 6, "supervisor": 6, "nicd": 6, "tools": 6, "drydock": 8,
    ]

    /// Register maps and drivers are many and alike.
    static func level(of module: String) -> Double? {
        level[module] ?? (module.hasSuffix("Registers") ? 3 : module.hasPrefix("Driver") ? 4 : nil)
    }

    static func imports(_ file: SourceTree.File) -> [String] {
        file.lines.compactMap { line in
            guard line.contains("import "), let match = line.firstMatch(of: /^(?:@testable |@_exported )?(?:public |internal |package |private )?import (?:struct |enum |func )?(\w+)/) else { return nil }
            return String(match.1)
        }
    }

    @Test func `every import points to a lower level`() {
        for file in SourceTree.sources {
            guard let here = Self.level(of: file.module) else { continue }
            for imported in Self.imports(file) {
                guard let there = Self.level(of: imported) else { continue }
                #expect(there < here, "\(file.path) imports \(imported)")
            }
        }
    }

    @Test func `every module has a level`() {
        let modules = Set(SourceTree.sources.map(\.module)).filter { !$0.hasSuffix(".swift") }
        let unknown = modules.filter { Self.level(of: $0) == nil && !$0.hasPrefix("Bench") }
        #expect(unknown.isEmpty, "give them a level in this test: \(unknown.sorted())")
    }

    @Test func `a driver imports DriverKit, its register map, and nothing else of ours`() {
        for file in SourceTree.sources where file.module.hasPrefix("Driver") && file.module != "DriverKit" {
            for imported in Self.imports(file) where Self.level(of: imported) != nil {
                #expect(["DriverKit", "CDriver", "HostLink", "CHostLink"].contains(imported) || imported.hasSuffix("Registers") || imported.hasPrefix("Driver"),
                        "\(file.path) imports \(imported)")
            }
        }
    }

    @Test func `the pure levels import nothing of the world`() {
        let world = ["Glibc", "Foundation", "FoundationEssentials", "Dispatch"]
        for file in SourceTree.sources where ["Wire", "Stack", "DHCP", "Rings", "Faults"].contains(file.module) || file.module.hasSuffix("Registers") {
            for imported in Self.imports(file) { #expect(!world.contains(imported), "\(file.path) imports \(imported)") }
        }
    }

    @Test func `no product code imports all of Foundation`() {
        for file in SourceTree.sources { #expect(!Self.imports(file).contains("Foundation"), "\(file.path)") }
    }
}
