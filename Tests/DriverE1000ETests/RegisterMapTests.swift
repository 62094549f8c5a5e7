import DriverKit
import E1000ERegisters
import Testing

@Suite struct RegisterMapTests {
    let table = RegisterTable<E1000ERegister>()

    @Test func `every register is described exactly once, under the name of its case`() {
        #expect(table.rows.count == E1000ERegister.allCases.count)
        #expect(Set(table.rows.map(\.entry.register)) == Set(E1000ERegister.allCases))
        for row in table.rows { #expect("\(row.entry.name)".lowercased().filter { $0 != "_" } == "\(row.entry.register)".lowercased()) }
    }

    @Test func `no two registers overlap, arrays included, and fields hold their reset values`() {
        var seen: [UInt32: String] = [:]
        for row in table.rows {
            for element in 0..<row.entry.count {
                let offset = row.entry.offset + element * row.entry.stride
                #expect(offset % 4 == 0 && offset < E1000ERegister.regionLength)
                #expect(seen.updateValue("\(row.entry.name)", forKey: offset) == nil, "\(offset)")
            }
            var bits: UInt32 = 0
            for field in row.fields {
                #expect(field.low <= field.high && field.high < 32 && bits & field.mask == 0, "\(row.entry.name).\(field.name)")
                bits |= field.mask
            }
            #expect(row.entry.reset & ~row.defined == 0, "\(row.entry.name)")
        }
    }
}
