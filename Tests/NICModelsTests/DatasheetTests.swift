import DriverKit
import E1000ERegisters
import E1000Registers
import Foundation
import Testing

/// The register maps against lists that were typed in from the data sheets, not made from the maps.
struct DatasheetTests {
    /// A row of a list, and of a map, in the same words.
    static func list(_ chip: String) throws -> [String] {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Datasheet/\(chip).tsv")
        return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").filter { !$0.hasPrefix("#") }.map(String.init)
    }

    static func map<Map: RegisterMap>(_: Map.Type) -> [String] {
        RegisterTable<Map>().rows.map { row in
            let entry = row.entry
            let access = [Access.readWrite: "RW", .readOnly: "RO", .writeOnly: "WO", .readClears: "RC", .writeOneClears: "W1C"][entry.access] ?? "?"
            let fields = row.fields.map { $0.low == $0.high ? "\($0.name):\($0.low)" : "\($0.name):\($0.low)-\($0.high)" }
            return [hex(entry.offset, 5), "\(entry.name)", access, hex(entry.reset, 8), "\(entry.count)", fields.isEmpty ? "-" : fields.joined(separator: " ")]
                .joined(separator: "\t")
        }
    }

    static func hex(_ value: UInt32, _ digits: Int) -> String {
        let text = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }

    @Test func `the 8254x's map says what its manual says, register by register`() throws {
        Self.compare(try Self.list("8254x"), Self.map(E1000Register.self))
    }

    @Test func `the 82574's map says what its data sheet says, register by register`() throws {
        Self.compare(try Self.list("82574l"), Self.map(E1000ERegister.self))
    }

    static func compare(_ sheet: [String], _ map: [String]) {
        #expect(sheet == sheet.sorted() && sheet.count == map.count)
        for row in Set(sheet).subtracting(map).sorted() { Issue.record("only in the data sheet: \(row)") }
        for row in Set(map).subtracting(sheet).sorted() { Issue.record("only in the map: \(row)") }
    }
}
