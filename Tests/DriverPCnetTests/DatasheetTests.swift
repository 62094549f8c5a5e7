import DriverKit
import Foundation
import PCnetRegisters
import Testing

/// The maps say what the list says, which was written from the datasheet.
@Suite struct DatasheetTests {
    static let list = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "NICModelsTests/Datasheet/pcnet.tsv")
    static let access: [String: Access] = ["RW": .readWrite, "RO": .readOnly]

    private func compare<Map: RegisterMap>(_ map: Map.Type, _ prefix: String) throws {
        let table = RegisterTable<Map>()
        let lines = try String(contentsOf: Self.list, encoding: .utf8).split(separator: "\n").filter { $0.hasPrefix(prefix) }
        for line in lines {
            let words = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            let number = try #require(UInt32(words[0].dropFirst(3)))
            let row = try #require(table.rows.first { $0.entry.offset == number }, "\(words[0])")
            #expect("\(row.entry.name)" == words[1] && row.entry.access == Self.access[words[2]], "\(words[0])")
            #expect(row.entry.reset == UInt32(words[3].dropFirst(2), radix: 16), "\(words[0])")
            #expect(row.fields.map { "\($0.name):\($0.low)-\($0.high)" }.joined(separator: " ") == words[4], "\(words[0])")
        }
        #expect(lines.count == table.rows.count)
    }

    @Test func `numbers, access rules, reset values and fields are the datasheet's`() throws {
        try compare(PCnetCSR.self, "CSR")
        try compare(PCnetBCR.self, "BCR")
    }
}
