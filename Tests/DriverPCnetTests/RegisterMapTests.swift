import CDriver
import DriverKit
import PCnetRegisters
import Testing

@Suite struct RegisterMapTests {
    private func check<Map: RegisterMap>(_ map: Map.Type) {
        let table = RegisterTable<Map>()
        #expect(table.rows.count == Map.allCases.count && Set(table.rows.map(\.entry.register)) == Set(Map.allCases))
        #expect(Set(table.rows.map { "\($0.entry.name)" }).count == table.rows.count)
        for row in table.rows {
            var bits: UInt32 = 0
            for field in row.fields {
                #expect(field.low <= field.high && bits & field.mask == 0, "\(row.entry.name).\(field.name)")
                bits |= field.mask
            }
            #expect(row.entry.reset & ~row.defined == 0, "\(row.entry.name)")
        }
    }

    @Test func `every register is described exactly once, its fields apart`() {
        check(PCnetPort.self)
        check(PCnetCSR.self)
        check(PCnetBCR.self)
    }

    @Test func `the description says how registers behind others are reached`() throws {
        let description = unsafe imageTable().pointee.describe()!.pointee
        let all = unsafe (0..<Int(description.register_count)).map { i in unsafe description.registers[i] }
        #expect(unsafe all.count == PCnetPort.allCases.count + PCnetCSR.allCases.count + PCnetBCR.allCases.count)
        func named(_ name: String) -> drydock_register? { unsafe all.first { unsafe String(cString: $0.name) == name } }
        let rdp = unsafe try #require(unsafe named("RDP")), mode = unsafe try #require(unsafe named("MODE")), sws = unsafe try #require(unsafe named("SWS"))
        #expect(unsafe rdp.reserved == 0 && rdp.offset == 0x10)
        #expect(unsafe mode.reserved == 0x0010_0014 && mode.offset == 15 && mode.region == 1)
        #expect(unsafe sws.reserved == 0x001C_0014 && sws.offset == 20 && String(cString: sws.fields[0].name) == "SWSTYLE")
    }
}
