/// Where the device sees the claimed memory, and where its messages go: addresses on its side of the VT-d unit.
struct DeviceWindow: Equatable {
    /// The device address of the memory's first octet; a multiple of a gibibyte.
    let base: UInt64
    /// Octets of memory that fit.
    let most: UInt64

    /// Above 4 GiB, so that a driver that forgets the upper half of an address is caught.
    static let wide = DeviceWindow(base: QEMUCommand.memoryBase, most: QEMUCommand.mostMemory)
    /// For chips whose addresses have 32 bits. Not from 0: no device address equals an offset.
    static let narrow = DeviceWindow(base: 0x4000_0000, most: 2 << 30)

    /// Device address of the doorbell page: in a gibibyte that neither window uses, and not among the interrupt messages
    /// of the processor (0xfee00000), which the unit does not translate.
    static let doorbell: UInt64 = 0xfd00_0000

    init(base: UInt64, most: UInt64) { (self.base, self.most) = (base, most) }

    init(addressBits: Int) { self = addressBits > 32 ? .wide : .narrow }
}
