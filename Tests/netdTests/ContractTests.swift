import CDriver
import Foundation
import Glibc
import Logging
import Messages
import Rings
import Testing

@testable import netd

/// Drivers of older contracts in this stack: what they are handed, and what is read of them.
struct ContractTests {
    /// An image of the first contract. Its table ends where readable memory ends; it says what it was handed as its MTU.
    static let first = """
        #include <string.h>
        #include <sys/mman.h>
        \(DriverImageTests.table)
        static int32_t bring_up(const drydock_services *s, const char *o, void **i, drydock_interface *out) {
            memset(out, 0, sizeof *out);
            out->mac[5] = out->permanent_mac[5] = 1;
            out->mtu = s->abi * 1000 + s->size;
            out->maximum_mtu = 9000;
            out->receive_slots = out->transmit_slots = 8;
            out->capabilities = out->enabled = DRYDOCK_CAP_TSO4 | DRYDOCK_CAP_TSO6 | DRYDOCK_CAP_VLAN_HW;
            *i = &table;
            return 0;
        }
        const drydock_driver *drydock_driver_entry(void) {
            char *pages = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            mprotect(pages + 4096, 4096, PROT_NONE);
            table.attach = bring_up;
            return memcpy(pages + 4096 - sizeof table, &table, sizeof table);
        }
        """

    final class NoBus: DeviceBus {
        var name: String { "none" }
        var kind: String { "sim" }
        var driverIdentity: drydock_identity { drydock_identity() }
        func configLoad(offset: UInt32, width: UInt32) -> UInt32 { 0 }
        func configStore(offset: UInt32, width: UInt32, value: UInt32) {}
        func regionLength(_ region: UInt32) -> UInt64 { 0 }
        func load(region: UInt32, offset: UInt32, width: UInt32) -> UInt32 { 0 }
        func store(region: UInt32, offset: UInt32, width: UInt32, value: UInt32) {}
        func map(offset: UInt64, length: UInt64) throws -> UInt64 { 0x1_0000_0000 + offset }
        func unmap(deviceAddress: UInt64) {}
        func enableInterrupts(kind: UInt32, vectors: UInt32) -> Int32 { 1 }
        func disableInterrupts() {}
        var interruptDescriptors: [Int32] { [] }
        func takeInterrupt(vector: Int) -> Bool { false }
        func unmask(vector: Int) {}
        func resetDevice() -> Int32 { -95 }
        var lifeDescriptor: Int32 { -1 }
        func noteHangUp() {}
        var goneReason: String? { nil }
        func release() {}
    }

    func attached(_ source: String, header: String) throws -> drydock_interface {
        let image = try DriverImageTests().load(source, header: header)
        let memory = PacketMemory(), logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let context = try DeviceContext(bus: NoBus(), memory: memory, arena: SharedArena(layout: memory.layout), log: DriverLog(logger, driver: "abc"))
        let word = UnsafeMutablePointer<UInt32>.allocate(capacity: 1)
        defer { unsafe word.deallocate() }
        unsafe word.initialize(to: 0)
        let attachment = try unsafe Attachment(image: image, context: context, memory: memory, options: "", mark: CalloutMark(word: word, slot: 0))
        let interface = attachment.interface
        attachment.detach()
        return interface
    }

    @Test func `a driver of the first contract is handed the first contract, and read no further than it goes`() throws {
        let interface = try attached(Self.first, header: "Tests/Frozen")
        #expect(interface.mtu == 1168, "version 1, 168 octets of services")
        #expect(interface.capabilities == DRYDOCK_CAP_VLAN_HW && interface.enabled == DRYDOCK_CAP_VLAN_HW, "it knows nothing of segmentation")
    }

    @Test func `the same driver of this contract is handed all of it`() throws {
        let interface = try attached(Self.first, header: "Drivers/Sources/CDriver/include")
        #expect(interface.mtu == 2184)
        #expect(interface.capabilities == DRYDOCK_CAP_VLAN_HW | DRYDOCK_CAP_TSO4 | DRYDOCK_CAP_TSO6)
    }

    @Test(arguments: [(1, 191), (1, 8), (1, 0), (2, 192), (2, 199)] as [(UInt32, UInt32)])
    func `a table shorter than its version's is refused with both lengths`(abi: UInt32, octets: UInt32) throws {
        let source = DriverImageTests.table
            + "\nconst drydock_driver *drydock_driver_entry(void) { table.abi = \(abi); table.size = \(octets); return &table; }\n"
        guard let failure = try DriverImageTests().failure(source) else { return #expect(Bool(false)) }
        #expect(failure == .shortTable(failure.path, octets: octets, abi: abi))
        #expect(failure.failure.why == "its table has \(octets) octets, contract \(abi) needs \(abi == 1 ? 192 : 200)")
    }

    @Test(arguments: [(0, "rebuild the driver"), (3, "use a newer Drydock")] as [(UInt32, String)])
    func `another contract is refused with both versions, and what to do`(abi: UInt32, fix: String) {
        let failure = DriverFailure.wrongABI("/x.so", theirs: abi).failure
        #expect(failure.why == "it was built for driver contract \(abi), this stack speaks 1 to 2" && failure.fix.contains(fix))
    }
}

extension DriverFailure {
    fileprivate var path: String { if case .shortTable(let path, _, _) = self { path } else { "" } }
}
