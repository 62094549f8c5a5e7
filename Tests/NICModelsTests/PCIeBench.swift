import DriverKit
import E1000ERegisters
import E1000Registers
import Wire

@testable import NICModels

// What a test needs to drive an 82574L as a driver would.
extension ModelBench {
    subscript(own register: E1000ERegister, _ element: UInt32 = 0) -> UInt32 {
        get { model.load(region: 0, offset: register.rawValue + element * register.stride, width: 4) }
        set { model.store(region: 0, offset: register.rawValue + element * register.stride, width: 4, value: newValue) }
    }

    /// Requests off, MDI owned, reset, NVM read, link up. 82574 §3.1.3.10, §4.5
    func resetPCIe() {
        self[own: .imc] = .max
        self[own: .ctrl] = self[own: .ctrl] | I82574.CTRL().gioMasterDisable.mask
        self[own: .ctrl] = self[own: .ctrl] | I82574.CTRL().rst.mask
        pass(100_000)
        self[own: .imc] = .max
        _ = self[own: .icr]
        self[own: .ctrl] = self[own: .ctrl] | I82574.CTRL().slu.mask
        model.setCarrier(true)
        pass(50_000_000)
        _ = self[own: .icr]
    }

    /// As 82574 §4.6 says: the bits that must be, both receive rings, a transmit ring, then enable.
    func bringUpPCIe(scaling: Bool = false, causes: UInt32 = 0) throws {
        resetPCIe()
        try mapAll()
        self[own: .gcr] = 1 << 22
        self[own: .ctrlExt] = I82574.CTRL_EXT().linkMode.of(1)
        self[own: .rfctl] = I82574.RFCTL().exsten.mask
        (self[own: .eiac], self[own: .ivar]) = (0x00F0_0000, 0x000C_BA98)
        if scaling {
            self[own: .rxcsum] = I82574.RXCSUM().pcsd.mask
            for (i, word) in Self.microsoftKey.enumerated() { self[own: .rssrk, UInt32(i)] = word }
            for i in 0..<32 as Range<UInt32> { self[own: .reta, i] = 0x8000_8000 }
            self[own: .mrqc] = 0x0017_0001
        }
        for queue in 0..<2 as Range<UInt32> {
            for index in 0..<16 {
                let at = Self.receiveRing + Int(queue) * 0x400 + 16 * index
                putWord(receiveBufferAddress + UInt64((Int(queue) * 16 + index) * Self.bufferOctets), at: at)
                putWord(0, at: at + 8)
            }
            self[own: .rdlen, queue] = 256
            self[own: .rdbah, queue] = UInt32(receiveRingAddress >> 32)
            self[own: .rdbal, queue] = UInt32(truncatingIfNeeded: receiveRingAddress) + queue * 0x400
            self[own: .txdctl, queue] = 1 << 22
            self[own: .tdlen, queue] = 256
            self[own: .tdbah, queue] = UInt32(transmitRingAddress >> 32)
            self[own: .tdbal, queue] = UInt32(truncatingIfNeeded: transmitRingAddress) + queue * 0x400
            self[own: .tarc, queue] = 0x0400_0403
        }
        self[own: .rctl] = RCTL().bam.mask | RCTL().secrc.mask | RCTL().en.mask
        for queue in 0..<2 as Range<UInt32> { self[own: .rdt, queue] = 15 }
        self[own: .tctl] = 0x3000_0000 | TCTL().en.mask | TCTL().psp.mask | TCTL().ct.of(15) | TCTL().cold.of(64)
        if causes != 0 { self[own: .ims] = causes }
        pass()
    }

    /// The key of Microsoft's verification suite, octet 0 lowest in its register.
    static let key: [UInt8] = [
        0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb,
        0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3, 0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa,
    ]
    static let microsoftKey: [UInt32] = (0..<10).map { word in (0..<4).reduce(0) { $0 | UInt32(key[word * 4 + $1]) << UInt32(8 * $1) } }

    /// One frame in one legacy descriptor of transmit queue `queue`.
    func sendPCIe(_ frame: [UInt8], queue: UInt32 = 0) {
        let index = Int(self[own: .tdt, queue]), buffer = Int(queue) * 16 + index
        put(frame, at: Self.transmitBuffers + buffer * Self.bufferOctets)
        let at = Self.transmitRing + Int(queue) * 0x400 + 16 * index
        putWord(transmitBufferAddress + UInt64(buffer * Self.bufferOctets), at: at)
        putWord(UInt64(frame.count) | 0x0b00_0000, at: at + 8)
        self[own: .tdt, queue] = UInt32((index + 1) % 16)
        pass()
    }

    /// Descriptor `index` of receive queue `queue`, as it is now.
    func extended(_ index: Int, queue: Int = 0) -> (low: UInt64, high: UInt64) {
        let at = Self.receiveRing + queue * 0x400 + 16 * index
        return (word(at), word(at + 8))
    }
}
