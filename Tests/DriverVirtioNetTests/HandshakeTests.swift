import CDriver
import DriverKit
import DriverVirtioNet
import NICModels
import Testing
import VirtioNetRegisters
import VirtioRegisters

/// Bring-up step by step, and everything that a device can do to refuse it.
@Suite struct HandshakeTests {
    @Test func `the steps come in the order of the specification`() throws {
        let rig = try Rig()
        #expect(rig.status == 0)
        let written = rig.stores.filter { $0.register == VirtioRegister.deviceStatus.rawValue }.map(\.value)
        #expect(written == [0, 1, 3, 11, 0, 1, 3, 11, 15])
        let order = rig.stores.map(\.register), ok = try #require(rig.stores.lastIndex { $0.register == 0x14 })
        let enabled = order.indices.filter { order[$0] == VirtioRegister.queueEnable.rawValue }
        #expect(enabled.count == 3 && enabled.allSatisfy { $0 < ok })
        #expect(order.indices.filter { order[$0] >= VirtioRegister.notify.rawValue }.allSatisfy { $0 > ok })
        #expect(rig.interface.mac.0 == 0x52 && rig.interface.mac.5 == 0x56 && rig.interface.maximum_mtu == 9000)
        #expect(rig.interface.vectors == 2 && rig.host.interruptKind == 2)
        rig.expectClean()
    }

    @Test func `only what is offered and of use is accepted`() throws {
        let rig = try Rig(hidden: [.checksum, .eventIndex])
        #expect(rig.status == 0)
        let features = VirtioFeatures(rawValue: UInt64(bitPattern: rig.method("features") ?? 0))
        #expect(features.contains([.version1, .mergeable, .control]) && features.isDisjoint(with: [.checksum, .eventIndex, .hostTSO4, .multiqueue, .controlVLAN]))
        #expect(rig.interface.capabilities & (DRYDOCK_CAP_TSO4 | DRYDOCK_CAP_TCP4CSUM_TX) == 0)
        rig.expectClean()
    }

    @Test func `messages are preferred, the line is what is left`() throws {
        for (messages, queues, vectors) in [(UInt32(8), 1, UInt16(2)), (8, 4, 5), (3, 4, 3), (1, 1, 1), (0, 1, 1)] {
            let rig = try Rig(options: "queues=\(queues)", messages: messages)
            #expect(rig.status == 0 && rig.interface.vectors == vectors && rig.host.interruptKind == (messages > 0 ? 2 : 0))
            rig.feed(16)
            #expect(rig.receive(ethernet(60))?.octets == ethernet(60), "\(messages) messages, \(queues) queues")
            rig.expectClean()
        }
    }

    /// What a device may lack, and what is said of it.
    static let refusals: [(String, String, @Sendable (Rig) -> Void)] = [
        ("a legacy device: it does not offer VERSION_1", "", { $0.hidden = .version1 }),
        ("legacy device: it has no capability", "", { rig in
            let load = rig.host.configLoad!
            rig.host.configLoad = { $0 == 0x34 ? 0 : load($0, $1) }
        }),
        ("for interrupt status, notification or device", "", { rig in
            let load = rig.host.configLoad!
            rig.host.configLoad = { $0 == 0x53 ? 5 : load($0, $1) }
        }),
        ("missing or too small", "", { $0.host.regionLength = { $0 == 4 ? 0x2800 : 0 } }),
        ("shorter than its capability must say", "", { rig in
            let load = rig.host.configLoad!
            rig.host.configLoad = { $0 == 0x4C ? 0x20 : load($0, $1) }
        }),
        ("device_status 0 after a reset did not happen in time", "", { $0.lie = { $0 == .deviceStatus ? 4 : nil } }),
        ("has left the bus", "", { $0.lie = { $0 == .deviceStatus ? 0xFF : nil } }),
        ("has left the bus", "", { rig in rig.host.configLoad = { _, width in width == 4 ? .max : (1 << (8 * width)) - 1 } }),
        ("none of the feature sets", "", { rig in
            rig.lie = { $0 == .deviceStatus ? (rig.stores.last { $0.register == 0x14 }?.value ?? 0) & ~8 : nil }
        }),
        ("device_feature_select does not keep", "", { $0.lie = { $0 == .deviceFeatureSelect ? 7 : nil } }),
        ("a queue that is needed does not exist", "", { $0.lie = { $0 == .queueSize ? 0 : nil } }),
        ("a queue's notification lies outside", "", { $0.lie = { $0 == .queueNotifyOff ? 0xFFFF : nil } }),
        ("a configuration that stands still did not happen", "", { rig in
            let count = Counter()
            rig.lie = { $0 == .configGeneration ? count.next() : nil }
        }),
        ("no interrupt was granted", "", { $0.host.refusesInterrupts = true }),
        ("give one with mac=", "", { $0.hidden = .mac }),
        ("lets nobody change its address", "mac=02:00:00:00:00:01", { $0.hidden = .controlAddress }),
        ("carries no frames of the length", "mtu=9000", { $0.hidden = [.mtu, .mergeable] }),
    ]

    final class Counter: Sendable {
        private nonisolated(unsafe) var value: UInt32 = 0
        func next() -> UInt32 {
            unsafe value = (value + 1) & 0xFF
            return unsafe value
        }
    }

    @Test(arguments: refusals.indices) func `what is missing is named, and everything is undone`(_ index: Int) throws {
        let (text, options, prepare) = Self.refusals[index]
        let rig = try Rig(options: options, prepare: prepare)
        #expect(rig.status < 0 && !rig.isAttached)
        #expect(rig.host.log.contains { $0.text.contains(text) }, "\(text): \(rig.host.log.map(\.text))")
        #expect(rig.host.blocks.count == 1 && !rig.host.interruptsEnabled)
        rig.lie = nil
        #expect(rig.model.configLoad(offset: 4, width: 2) & 4 == 0, "bus mastering is off")
    }

    @Test func `memory that cannot be had undoes what was`() throws {
        for failing in 1...3 {
            let rig = try Rig { $0.host.failAllocation = failing }
            #expect(rig.status == -12 && rig.host.blocks.count == 1, "allocation \(failing)")
        }
    }

    @Test(arguments: ["mtu=67", "mtu=9001", "receive=15", "queues=9", "queues=0", "mac=01:00:00:00:00:01", "promiscuous=1", "speed=100", "verbose=3"])
    func `a wrong option is named with what is allowed`(_ options: String) throws {
        let rig = try Rig(options: options)
        #expect(rig.status == -22 && rig.host.log.count == 1)
        #expect(rig.host.log[0].text.contains("'\(options)'") && rig.host.log[0].text.contains("allowed"))
    }

    @Test func `options take effect`() throws {
        let rig = try Rig(options: "mac=02:00:00:00:00:01,mtu=4000,receive=32,transmit=16,queues=2,nomulticast,verbose=2")
        #expect(rig.status == 0 && rig.interface.mtu == 4000 && rig.interface.receive_slots == 64 && rig.interface.transmit_slots == 32)
        #expect(rig.interface.mac.0 == 2 && rig.interface.permanent_mac.0 == 0x52)
        rig.feed(32)
        let frame = ethernet(60, to: [2, 0, 0, 0, 0, 1])
        #expect(rig.receive(frame)?.octets == frame)
        #expect(rig.receive(ethernet(60)) == nil)
        rig.expectClean()
    }

    @Test func `the lists of registers name every register once`() {
        let common = RegisterTable<VirtioRegister>().rows.map(\.entry.register), net = RegisterTable<VirtioNetRegister>().rows.map(\.entry.register)
        #expect(Set(common) == Set(VirtioRegister.allCases) && common.count == VirtioRegister.allCases.count)
        #expect(Set(net) == Set(VirtioNetRegister.allCases) && net.count == VirtioNetRegister.allCases.count)
    }
}
