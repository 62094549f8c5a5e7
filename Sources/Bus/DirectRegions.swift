import CDriver
import Glibc
import Host
import Messages

/// Device registers mapped into this process.
// SAFETY: each mapping covers its whole region from `map` to deinit; `place` gives only addresses inside one. The device
// may be reset or go away under it: the kernel then answers, with ones or a signal, and never with other memory.
@safe final class DirectRegions {
    private var bases: [6 of UnsafeMutableRawPointer?] = unsafe .init(repeating: nil)
    private var lengths: [6 of UInt64] = .init(repeating: 0)
    private(set) var isEmpty = true

    deinit {
        for region in 0..<6 { if let base = unsafe bases[region] { unsafe munmap(base, Int(lengths[region])) } }
    }

    /// - Throws: `.invalid` for what is no region; what `mmap` says.
    func map(_ place: NICDirectRegion, _ descriptor: borrowing FileDescriptor) throws(SystemError) {
        let index = Int(place.region)
        guard index < 6, unsafe bases[index] == nil, place.length > 0, place.length <= 1 << 32, let offset = Int(exactly: place.offset) else {
            throw SystemError("map", .invalid)
        }
        let mapped = unsafe mmap(nil, Int(place.length), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor.raw, offset)
        guard let mapped = unsafe mapped, unsafe mapped != MAP_FAILED else { throw SystemError("mmap", .last) }
        unsafe bases[index] = mapped
        lengths[index] = place.length
        isEmpty = false
    }

    /// Where a register lies; nil: not here, or not in one piece.
    @inline(__always) func place(_ region: UInt32, _ offset: UInt32, _ width: UInt32) -> UnsafeMutableRawPointer? {
        guard !isEmpty, region < 6, let base = unsafe bases[Int(region)] else { return nil }
        guard UInt64(offset) + UInt64(width) <= lengths[Int(region)], offset & (width &- 1) == 0 else { return nil }
        return unsafe base + Int(offset)
    }

    /// One access of the width: device registers are not memory.
    @inline(__always) static func load(_ place: UnsafeMutableRawPointer, _ width: UInt32) -> UInt32 {
        switch width {
        case 1: unsafe UInt32(drydock_load8(place))
        case 2: unsafe UInt32(drydock_load16(place))
        default: unsafe drydock_load32(place)
        }
    }

    @inline(__always) static func store(_ place: UnsafeMutableRawPointer, _ width: UInt32, _ value: UInt32) {
        switch width {
        case 1: unsafe drydock_store8(place, UInt8(truncatingIfNeeded: value))
        case 2: unsafe drydock_store16(place, UInt16(truncatingIfNeeded: value))
        default: unsafe drydock_store32(place, value)
        }
    }
}
