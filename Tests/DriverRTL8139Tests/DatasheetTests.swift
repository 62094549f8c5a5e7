import DriverKit
import Foundation
import RTL8139Registers
import Testing

/// The map says what the list says, which was written from the datasheet.
@Suite struct DatasheetTests {
    static let list = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "NICModelsTests/Datasheet/rtl8139.tsv")
    static let access: [String: Access] = ["RW": .readWrite, "RO": .readOnly, "WO": .writeOnly, "RC": .readClears, "W1C": .writeOneClears]

    @Test func `offsets, widths, access rules, reset values and fields are the datasheet's`() throws {
        let lines = try String(contentsOf: Self.list, encoding: .utf8).split(separator: "\n").filter { !$0.hasPrefix("#") }
        let table = RegisterTable<RTL8139Register>()
        #expect(lines.count == table.rows.count)
        for line in lines {
            let words = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            let offset = try #require(UInt32(words[0].dropFirst(2), radix: 16)), place = words[2].split(separator: "[")
            let row = try #require(table.rows.first { $0.entry.offset == offset }, "\(words[2])")
            #expect("\(row.entry.name)" == place[0] && row.entry.register.width == UInt32(words[1]))
            #expect(row.entry.count == (place.count > 1 ? UInt32(place[1].dropLast()) : 1), "\(words[2])")
            #expect(row.entry.access == Self.access[words[3]] && row.entry.reset == UInt32(words[4].dropFirst(2), radix: 16), "\(words[2])")
            #expect(row.fields.map { "\($0.name):\($0.low)-\($0.high)" }.joined(separator: " ") == words[5], "\(words[2])")
        }
    }
}
