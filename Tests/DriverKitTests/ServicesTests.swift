import CDriver
import DriverKit
import Testing

@Suite struct ServicesTests {
    let host = TestHost(drydock_identity(vendor: 0x8086, device: 0x100E, subsystem_vendor: 0, subsystem_device: 0, revision: 0,
                                         class_code: 2, subclass: 0, programming_interface: 0))
    var services: Services { unsafe Services(host.services) }

    @Test func `a wait that never ends is given up by its name`() {
        var asked = 0
        do throws(DriverFailure) {
            try services.settle("CTRL.RST", within: 1000, step: 10) { () throws(DriverFailure) in asked += 1; return false }
            Issue.record("returned")
        } catch {
            guard case .timedOut(let name) = error else { Issue.record("\(error)"); return }
            #expect("\(name)" == "CTRL.RST" && error.status == -110)
        }
        #expect(host.now == 1000 && asked == 101)
    }

    @Test func `a wait of step zero ends too`() {
        #expect(throws: DriverFailure.self) {
            try services.settle("X", within: 100, step: 0) { () throws(DriverFailure) in false }
        }
    }

    @Test func `a wait ends as soon as it may`() throws {
        try services.settle("X", within: 1000, step: 10) { () throws(DriverFailure) in host.now >= 50 }
        #expect(host.now == 50)
    }

    @Test func `the command register keeps its other bits, and a device that is gone is told`() throws {
        host.config[4] = 0x40
        try services.command(set: PCICommand.busMaster | PCICommand.memory, clear: PCICommand.interruptDisable)
        #expect(host.config[4] == 0x46)
        (host.config[4], host.config[5]) = (0xFF, 0xFF)
        #expect(throws: DriverFailure.self) { try services.command(set: 1) }
    }

    @Test func `DMA memory goes back when its owner goes`() throws {
        do {
            let block = try DMABlock(services, octets: 256, alignment: 128, for: "a test")
            block.store64(248, 0x1122_3344_5566_7788)
            #expect(block.load32(248) == 0x5566_7788 && block.load32(252) == 0x1122_3344)
            #expect(host.blocks.count == 1)
        }
        #expect(host.blocks.isEmpty)
        host.failAllocation = host.allocations + 1
        #expect(throws: DriverFailure.self) { _ = try DMABlock(services, octets: 256, alignment: 128, for: "a test") }
    }

    @Test func `a log line is cut, not overrun`() {
        services.log(.info) { line in
            for _ in 0..<100 { line.text("0123456789") }
            line.decimal(-5)
        }
        #expect(host.log.last?.text.count == LogLine.capacity)
        services.log(.info) { line in
            line.decimal(-120)
            line.octet(UInt8(ascii: " "))
            line.hexadecimal(UInt16(0xBA), digits: 4)
            line.octet(UInt8(ascii: " "))
            line.decimal(UInt64.max)
        }
        #expect(host.log.last?.text == "-120 00ba 18446744073709551615")
    }

    @Test func `every failure has an errno and words`() {
        let all: [DriverFailure] = [.timedOut("A"), .gone, .unsuitable("B"), .invalid, .noMemory("C"), .noInterrupt, .busy, .unsupported]
        for failure in all {
            services.log(.error) { failure.describe(to: &$0) }
            #expect(failure.status < 0)
        }
        #expect(Set(host.log.map(\.text)).count == all.count)
    }
}
