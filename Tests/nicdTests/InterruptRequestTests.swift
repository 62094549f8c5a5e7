import Bus
import Glibc
import Host
import Messages
import NICModels
import Testing
@testable import nicd

/// How a stack chooses the way in which its NIC interrupts. Serialized with what shares the runtime directory.
extension NICProcessTests {
    @Suite(.serialized) struct Interrupts {
        /// Registers of the 8254x. §13.4.17, §13.4.20.
        private let causeSet: UInt32 = 0xc8, maskSet: UInt32 = 0xd0, cause: UInt32 = 0xc0

        private func with(_ body: (NICDevice) throws -> Void) throws {
            try Bench.with("em-i") {
                let memory = try SharedMemory(named: "packets", length: 2 << 20)
                let device = try Bench.bus.claim("em-i", for: "/sock1", memory: memory.descriptor.raw)
                device.configStore(offset: 4, width: 2, value: 0x0007)
                device.store(region: 0, offset: maskSet, width: 4, value: 1 << 2)
                try body(device)
            }
        }

        private func raise(_ device: NICDevice) { device.store(region: 0, offset: causeSet, width: 4, value: 1 << 2) }

        /// Signals of a vector once everything posted has been performed.
        private func signals(_ device: NICDevice, _ vector: Int = 0) -> UInt64 {
            _ = device.configLoad(offset: 0, width: 4)
            _ = Poll.readable(device.interruptDescriptor(vector: vector), Deadline(in: .milliseconds(200)))
            return device.takeInterrupt(vector: vector)
        }

        private func refusal(_ body: () throws(Failure) -> Int) -> Errno? {
            do throws(Failure) {
                _ = try body()
                return nil
            } catch { return error.errno }
        }

        @Test func `a line signals once, and again after it was unmasked while it is asserted`() throws {
            try with { device throws in
                #expect(try device.setInterrupts(.line) == 1)
                raise(device)
                #expect(signals(device) == 1)
                #expect(signals(device) == 0)
                device.unmask()
                #expect(signals(device) == 1)
                _ = device.load(region: 0, offset: cause, width: 4)
                device.unmask()
                #expect(signals(device) == 0)
            }
        }

        @Test func `messages signal each time`() throws {
            try with { device throws in
                #expect(try device.setInterrupts(.msi, vectors: 4) == 1, "the family has one vector. 8254x §4.1.3")
                for _ in 0..<3 {
                    raise(device)
                    #expect(signals(device) == 1)
                    _ = device.load(region: 0, offset: cause, width: 4)
                }
            }
        }

        @Test func `a kind that the device does not have is refused, and leaves interrupts off`() throws {
            try with { device throws in
                _ = try device.setInterrupts(.line)
                #expect(refusal { () throws(Failure) in try device.setInterrupts(.msix, vectors: 8) } == .notSupported)
                raise(device)
                #expect(signals(device) == 0)
                #expect(try device.setInterrupts(.line) == 1)
                #expect(signals(device) == 1, "what was asserted meanwhile is not lost")
            }
        }

        @Test func `interrupts that are off do not signal`() throws {
            try with { device throws in
                _ = try device.setInterrupts(.line)
                #expect(try device.setInterrupts(.none) == 0)
                raise(device)
                #expect(signals(device) == 0)
            }
        }
    }
}
