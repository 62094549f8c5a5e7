import CDriver
import DriverKit
import HostLink
import Testing

@Suite struct VirtioHeaderTests {
    private func sending(_ flags: BufferFlags, start: UInt16 = 34, offset: UInt16 = 16, segment: UInt16 = 0, headers: UInt16 = 0) -> Buffer {
        var c = unsafe drydock_buffer()
        unsafe (c.flags, c.checksum_start, c.checksum_offset) = (flags.rawValue, start, offset)
        unsafe (c.segment_octets, c.header_octets, c.length, c.capacity) = (segment, headers, 1514, 2048)
        return unsafe Buffer(c)
    }

    private func octets(_ header: VirtioHeader) -> [UInt8] { unsafe withUnsafeBytes(of: header) { unsafe Array($0) } }

    @Test func `a frame that asks for nothing has a header of zeros`() {
        #expect(octets(VirtioHeader(sending: sending([]), version: 4)) == [UInt8](repeating: 0, count: 10))
    }

    // VIRTIO 1.2 §5.1.6: little-endian fields in this order, on a little-endian machine.
    @Test func `a checksum to insert is told by start and offset`() {
        #expect(octets(VirtioHeader(sending: sending(.insertChecksum), version: 4)) == [1, 0, 0, 0, 0, 0, 34, 0, 16, 0])
    }

    @Test(arguments: [(UInt8(4), UInt8(1)), (6, 4)])
    func `segmentation names its protocol, its size and its headers`(version: UInt8, kind: UInt8) {
        let buffer = sending(.segment, segment: 1448, headers: 66)
        #expect(octets(VirtioHeader(sending: buffer, version: version)) == [1, kind, 66, 0, 0xA8, 0x05, 34, 0, 16, 0])
    }

    @Test func `a sum that lies outside of the frame is refused`() {
        #expect(VirtioHeader.allows(sending(.insertChecksum), length: 60))
        #expect(!VirtioHeader.allows(sending(.insertChecksum, start: 50, offset: 9), length: 60))
        #expect(!VirtioHeader.allows(sending(.insertChecksum, start: 0xFFFF, offset: 0xFFFF), length: 60))
        #expect(!VirtioHeader.allows(sending(.insertChecksum, start: 13), length: 60), "not in the Ethernet header")
    }

    @Test func `segments need a size, and headers that end inside the frame`() {
        #expect(VirtioHeader.allows(sending(.segment, segment: 1448, headers: 66), length: 3000))
        #expect(!VirtioHeader.allows(sending(.segment, segment: 0, headers: 66), length: 3000))
        #expect(!VirtioHeader.allows(sending(.segment, segment: 1448, headers: 20), length: 3000))
        #expect(!VirtioHeader.allows(sending(.segment, segment: 1448, headers: 3000), length: 3000))
    }

    @Test(arguments: [(UInt8(0), false), (1, true), (2, true), (3, true), (4, false)])
    func `a sum that the host vouches for counts as checked`(flags: UInt8, checked: Bool) {
        var header = VirtioHeader()
        header.flags = flags
        #expect(header.received.contains(.l4Checked) == checked)
    }
}
