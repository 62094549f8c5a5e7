import DriverKit
import RTL8139Registers
import Testing

@Suite struct RegisterMapTests {
    let table = RegisterTable<RTL8139Register>()

    @Test func `every register is described exactly once`() {
        #expect(table.rows.count == RTL8139Register.allCases.count)
        #expect(Set(table.rows.map(\.entry.register)) == Set(RTL8139Register.allCases))
        #expect(Set(table.rows.map { "\($0.entry.name)" }).count == table.rows.count)
    }

    @Test func `no two registers overlap, arrays included, and all are aligned`() {
        var seen: [UInt32: String] = [:]
        for row in table.rows {
            let width = row.entry.register.width
            for element in 0..<row.entry.count {
                let offset = row.entry.offset + element * row.entry.stride
                #expect(offset % width == 0 && offset + width <= RTL8139Register.regionLength)
                for octet in offset..<offset + width { #expect(seen.updateValue("\(row.entry.name)", forKey: octet) == nil, "\(octet)") }
            }
        }
    }

    @Test func `fields do not overlap, fit the width and hold the reset value`() {
        for row in table.rows {
            var bits: UInt32 = 0
            for field in row.fields {
                #expect(field.low <= field.high && UInt32(field.high) < 8 * row.entry.register.width, "\(row.entry.name).\(field.name)")
                #expect(bits & field.mask == 0, "\(row.entry.name).\(field.name)")
                bits |= field.mask
            }
            #expect(row.entry.reset & ~row.defined == 0, "\(row.entry.name)")
        }
    }
}
