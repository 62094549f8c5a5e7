import Glibc
import Testing
@testable import QEMUBus

/// Just enough of a driver for the 8254x family to move frames: the steps of 8254x §14.3 to §14.5.
final class SmallDriver {
    static let slots = 64
    static let slotOctets = 2048
    /// Registers. 8254x §13.4.
    enum Register {
        static let control: UInt32 = 0x0000, status: UInt32 = 0x0008, eepromRead: UInt32 = 0x0014
        static let cause: UInt32 = 0x00c0, maskSet: UInt32 = 0x00d0, maskClear: UInt32 = 0x00d8
        static let receiveControl: UInt32 = 0x0100, transmitControl: UInt32 = 0x0400
        static let receiveBase: UInt32 = 0x2800, receiveHead: UInt32 = 0x2810, receiveTail: UInt32 = 0x2818
        static let transmitBase: UInt32 = 0x3800, transmitHead: UInt32 = 0x3810, transmitTail: UInt32 = 0x3818
    }

    let bench: Bench
    let memory: PacketMemory
    let deviceBase: UInt64
    // Offsets in packet memory; from 0 on purpose: every octet of it is usable.
    let transmitRing = 0, receiveRing = 0x1000, transmitBuffers = 0x10_0000, receiveBuffers = 0x20_0000
    var transmitTail = 0, receiveNext = 0

    /// Resets the NIC and starts both rings.
    ///
    /// - Parameter mapped: how much of the memory, from its start, is mapped; nil: all.
    init(_ bench: Bench, mapped: Int? = nil) throws {
        self.bench = bench
        memory = bench.memory
        deviceBase = try bench.nic.map(offset: 0, length: UInt64(mapped ?? memory.octets))
        bench.nic.configStore(offset: 4, width: 2, value: 0x0007)
        bench.store(UInt32.max, Register.maskClear)
        bench.store(1 << 26, Register.control)
        #expect(bench.run { bench.load(Register.control) & 1 << 26 == 0 })
        bench.store(1 << 6, Register.control)  // SLU
        #expect(bench.run { bench.load(Register.status) & 2 != 0 }, "no link")
        startTransmit()
        startReceive()
    }

    private func startTransmit() {
        place(transmitRing, Register.transmitBase)
        bench.store(0, Register.transmitTail)
        bench.store(0x0004_010a, Register.transmitControl)  // EN, PSP, CT 0x10, COLD 0x40
    }

    private func startReceive() {
        for slot in 0..<Self.slots {
            memory.store(deviceBase + UInt64(receiveBuffers + slot * Self.slotOctets), at: receiveRing + 16 * slot)
            memory.store(UInt64(0), at: receiveRing + 16 * slot + 8)
        }
        place(receiveRing, Register.receiveBase)
        bench.store(UInt32(Self.slots - 1), Register.receiveTail)
        bench.store(0x0400_801a, Register.receiveControl)  // EN, UPE, MPE, BAM, SECRC, 2048-octet buffers
    }

    private func place(_ ring: Int, _ register: UInt32) {
        let address = deviceBase + UInt64(ring)
        bench.store(UInt32(truncatingIfNeeded: address), register)
        bench.store(UInt32(truncatingIfNeeded: address >> 32), register + 4)
        bench.store(UInt32(16 * Self.slots), register + 8)
        bench.store(0, register + 0x10)
    }

    /// Puts a frame into the ring without ringing; `buffer` replaces the right device address.
    func place(_ frame: [UInt8], buffer: UInt64? = nil) {
        let offset = transmitBuffers + transmitTail * Self.slotOctets
        memory.write(frame, at: offset)
        memory.store(buffer ?? deviceBase + UInt64(offset), at: transmitRing + 16 * transmitTail)
        // Length, EOP, IFCS, RS. 8254x §3.3.3.
        memory.store(UInt64(frame.count) | 0x0b << 24, at: transmitRing + 16 * transmitTail + 8)
        transmitTail = (transmitTail + 1) % Self.slots
    }

    func ring() { bench.store(UInt32(transmitTail), Register.transmitTail) }

    /// Waits until the slot before the tail is done.
    func waitForTransmit() -> Bool {
        let last = (transmitTail + Self.slots - 1) % Self.slots
        return bench.run { memory.load(transmitRing + 16 * last + 12, as: UInt8.self) & 1 != 0 }
    }

    /// The next received frame, if there is one; its slot goes back to the NIC at the next `returnSlots`.
    func receive() -> [UInt8]? {
        let slot = receiveRing + 16 * receiveNext
        guard memory.load(slot + 12, as: UInt8.self) & 1 != 0 else { return nil }
        let length = Int(memory.load(slot + 8, as: UInt16.self))
        let frame = memory.read(length, at: receiveBuffers + receiveNext * Self.slotOctets)
        memory.store(UInt64(0), at: slot + 8)
        receiveNext = (receiveNext + 1) % Self.slots
        return frame
    }

    func returnSlots() {
        bench.store(UInt32((receiveNext + Self.slots - 1) % Self.slots), Register.receiveTail)
    }
}
