import CDriver
import Testing

@testable import Recorder

struct RegisterTableTests {
    static let table: RegisterTable = {
        var control = RegisterTable.Register(name: "CTRL", offset: 0)
        control.fields = [.init(name: "FD", low: 0, high: 0), .init(name: "SPEED", low: 8, high: 9)]
        var filters = RegisterTable.Register(name: "RAL", offset: 0x5400)
        (filters.count, filters.stride) = (16, 8)
        var other = RegisterTable.Register(name: "PBA", offset: 0)
        (other.region, other.width) = (3, 2)
        return RegisterTable([control, filters, other])
    }()

    @Test func `registers have their names, arrays their index, others their offset`() {
        let table = Self.table
        #expect(table.name(region: 0, offset: 0) == "CTRL")
        #expect(table.name(region: 0, offset: 0x5400) == "RAL[0]")
        #expect(table.name(region: 0, offset: 0x5418) == "RAL[3]")
        #expect(table.name(region: 0, offset: 0x541c) == "0x541c")
        #expect(table.name(region: 0, offset: 0x5480) == "0x5480")
        #expect(table.name(region: 3, offset: 0) == "PBA")
        #expect(table.name(region: 2, offset: 16) == "2:0x10")
    }

    @Test func `a field is its bits, also where they are all or none`() {
        #expect(RegisterTable.Field(name: "a", low: 8, high: 9).value(in: 0x2ff) == 2)
        #expect(RegisterTable.Field(name: "a", low: 0, high: 63).value(in: .max) == .max)
        #expect(RegisterTable.Field(name: "a", low: 9, high: 8).value(in: .max) == 0)
        #expect(RegisterTable.Field(name: "a", low: 0, high: 200).value(in: .max) == 0)
    }

    @Test func `what is kept is read again`() {
        #expect(RegisterTable(octets: Self.table.octets) == Self.table)
        #expect(RegisterTable().octets.isEmpty)
    }

    @Test func `every shortened or changed form is read without harm`() {
        let octets = Self.table.octets
        for length in 0..<octets.count { #expect(RegisterTable(octets: Array(octets[..<length])).isEmpty) }
        for at in octets.indices {
            var changed = octets
            changed[at] ^= 0xff
            _ = RegisterTable(octets: changed).name(region: 0, offset: .max)
        }
    }

    @Test func `a device has its names and registers, and the same map is kept once`() {
        let ring = Ring()
        for slot in 0..<4 {
            #expect(ring.writer.attach(slot: slot, interface: "em\(slot)", driver: "devnp-e1000.so", nic: "n\(slot)", bus: "sim", registers: Self.table))
        }
        ring.writer.detach(slot: 2)
        let devices = ring.reader.devices
        #expect(devices.map(\.interface) == ["em0", "em1", "em2", "em3"])
        #expect(devices.map(\.isAttached) == [true, true, false, true])
        #expect(devices.allSatisfy { $0.registers == Self.table && $0.bus == "sim" && $0.driver == "devnp-e1000.so" })
        #expect(unsafe Int(ring.header.pointee.maps_used) == Self.table.octets.count + 4)
    }

    @Test func `maps that find no room are left out, and the device is still there`() {
        let ring = Ring()
        var refused = 0
        for k in 0..<60 {
            let big = RegisterTable((0..<300).map { RegisterTable.Register(name: "REGISTER_\(k)_\($0)", offset: UInt32($0 * 4)) })
            if !ring.writer.attach(slot: 0, interface: "em0", driver: "d", nic: "n", bus: "sim", registers: big) { refused += 1 }
        }
        #expect(refused > 0)
        #expect(ring.reader.devices.count == 1)
        #expect(!ring.writer.attach(slot: 99, interface: "em0", driver: "d", nic: "n", bus: "sim", registers: Self.table))
    }
}
