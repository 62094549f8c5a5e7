import DriverKit
import E1000Registers
import Testing

/// The map is complete, and says what the datasheet says.
@Suite struct RegisterMapTests {
    let table = RegisterTable<E1000Register>()

    @Test func `every register is described exactly once`() {
        #expect(table.rows.count == E1000Register.allCases.count)
        #expect(Set(table.rows.map(\.entry.register)) == Set(E1000Register.allCases))
        let phy = RegisterTable<PHYRegister>()
        #expect(phy.rows.count == PHYRegister.allCases.count)
        #expect(Set(phy.rows.map(\.entry.register)) == Set(PHYRegister.allCases))
    }

    @Test func `names follow the cases and are unique`() {
        for row in table.rows {
            let name = "\(row.entry.name)".lowercased().filter { $0 != "_" }
            #expect(name == "\(row.entry.register)".lowercased())
        }
        #expect(Set(table.rows.map { "\($0.entry.name)" }).count == table.rows.count)
    }

    @Test func `no two registers overlap, arrays included`() {
        var seen: [UInt32: String] = [:]
        for row in table.rows {
            for element in 0..<row.entry.count {
                let offset = row.entry.offset + element * row.entry.stride
                #expect(offset % 4 == 0 && offset < E1000Register.regionLength)
                #expect(seen.updateValue("\(row.entry.name)", forKey: offset) == nil, "\(offset)")
            }
        }
    }

    @Test func `fields do not overlap and hold the reset value`() {
        for row in table.rows {
            var bits: UInt32 = 0
            for field in row.fields {
                #expect(field.low <= field.high && field.high < 32)
                #expect(bits & field.mask == 0, "\(row.entry.name).\(field.name)")
                bits |= field.mask
            }
            #expect(row.entry.reset & ~row.defined == 0, "\(row.entry.name)")
        }
    }

    @Test func `offsets are found, elements of arrays too`() throws {
        let vfta = try #require(table.find(offset: 0x5600 + 4 * 127))
        #expect(vfta.row.entry.register == .vfta && vfta.element == 127)
        let rah = try #require(table.find(offset: 0x5404 + 8 * 15))
        #expect(rah.row.entry.register == .rah && rah.element == 15)
        #expect(table.find(offset: 0x0004) == nil)
    }

    @Test func `fields pack and unpack`() {
        #expect(RCTL().mo.mask == 0x3000)
        #expect(RCTL().mo.of(3) == 0x3000)
        #expect(RCTL().mo.get(0xFFFF_DFFF) == 1)
        #expect(CTRL().rst.mask == 1 << 26)
        #expect(Field("ALL", 0, 31).mask == .max)
        #expect(TIPG().ipgr1.replacing(.max, with: 8) == 0xFFF0_23FF)
    }

    @Test func `a checksum context keeps its offsets`() {
        let context = ChecksumContext(ipStart: 14, ipOffset: 24, ipEnd: 33, tuStart: 34, tuOffset: 50, tuEnd: 0)
        #expect(context.words == (0x0021_180E, 0x0000_3222))
        #expect(ChecksumContext(words: context.words.0, context.words.1) == context)
    }
}
