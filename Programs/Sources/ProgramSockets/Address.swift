import CCalls
import CProgram

/// A program's `struct sockaddr` and the contract's address.
enum Address {
    /// Octets of a sockaddr_in, a sockaddr_in6, and of the part of the latter that RFC 2133 knew.
    static let inet = 16, inet6 = 28, oldInet6 = 24

    enum Reading { case address(drydock_address), refused(Int32) }

    /// Reads what a program gave to bind, connect or sendto. Family 0 becomes the contract's "none".
    ///
    /// - Parameter octets: `length` of them are readable.
    static func read(_ octets: UnsafeRawPointer?, _ length: UInt32) -> Reading {
        guard length >= 2, length <= 128 else { return .refused(EINVAL) }
        guard let octets = unsafe octets else { return .refused(EFAULT) }
        // SAFETY: below `length`, which was just compared with each.
        let family = unsafe octets.loadUnaligned(as: UInt16.self)
        var out = drydock_address()
        switch family {
        case Linux.unspecified: return .address(out)
        case Linux.inet:
            guard length >= inet else { return .refused(EINVAL) }
            unsafe copy(&out, from: octets + 4, 4)
        case Linux.inet6:
            guard length >= oldInet6 else { return .refused(EINVAL) }
            unsafe copy(&out, from: octets + 8, 16)
            out.scope = length >= inet6 ? unsafe octets.loadUnaligned(fromByteOffset: 24, as: UInt32.self) : 0
        default: return .refused(EAFNOSUPPORT)
        }
        out.family = family
        out.port = UInt16(bigEndian: unsafe octets.loadUnaligned(fromByteOffset: 2, as: UInt16.self))
        return .address(out)
    }

    private static func copy(_ out: inout drydock_address, from octets: UnsafeRawPointer, _ count: Int) {
        unsafe withUnsafeMutableBytes(of: &out.octets) { unsafe $0.baseAddress!.copyMemory(from: octets, byteCount: count) }
    }

    /// The octets of a `struct sockaddr`, and how many of them mean something.
    struct Written {
        var octets = [28 of UInt8](repeating: 0)
        var length = 0
    }

    static func write(_ address: drydock_address) -> Written {
        var out = Written()
        guard address.family == Linux.inet || address.family == Linux.inet6 else { return out }
        let isLong = address.family == Linux.inet6
        out.length = isLong ? inet6 : inet
        // SAFETY: 28 octets, all offsets below; an address has 16.
        unsafe withUnsafeMutableBytes(of: &out.octets) { bytes in
            unsafe bytes.storeBytes(of: address.family, as: UInt16.self)
            unsafe bytes.storeBytes(of: address.port.bigEndian, toByteOffset: 2, as: UInt16.self)
            unsafe withUnsafeBytes(of: address.octets) {
                unsafe (bytes.baseAddress! + (isLong ? 8 : 4)).copyMemory(from: $0.baseAddress!, byteCount: isLong ? 16 : 4)
            }
            if isLong { unsafe bytes.storeBytes(of: address.scope, toByteOffset: 24, as: UInt32.self) }
        }
        return out
    }

    /// As accept, getsockname and recvfrom give it: what fits, and the length that it has.
    ///
    /// - Parameter room: octets at `out`.
    /// - Returns: the address's length.
    @discardableResult static func give(_ address: drydock_address, to out: UnsafeMutableRawPointer?, room: Int) -> UInt32 {
        let written = write(address)
        if let out = unsafe out, room > 0 {
            // SAFETY: the caller has `room` octets there; `written` has 28.
            unsafe withUnsafeBytes(of: written.octets) { unsafe out.copyMemory(from: $0.baseAddress!, byteCount: min(room, written.length)) }
        }
        return UInt32(written.length)
    }

    /// The same for the pair of an address and a length that is both given and returned.
    ///
    /// - Returns: nil, or the errno of a refusal.
    static func give(_ address: drydock_address, to out: UnsafeMutableRawPointer?, _ length: UnsafeMutablePointer<UInt32>?) -> Int32? {
        guard let length = unsafe length else { return EFAULT }
        guard let room = Int32(exactly: unsafe length.pointee) else { return EINVAL }
        unsafe length.pointee = unsafe give(address, to: out, room: Int(room))
        return nil
    }
}

extension drydock_address {
    /// 0.0.0.0 or ::.
    var isAny: Bool { unsafe withUnsafeBytes(of: octets) { unsafe $0.allSatisfy { $0 == 0 } } }

    /// The two numbers of a datagram's header.
    var numbers: (high: UInt64, low: UInt64) {
        // SAFETY: an address has 16 octets.
        unsafe withUnsafeBytes(of: octets) { bytes in
            guard family == Linux.inet6 else { return (UInt64(UInt32(bigEndian: unsafe bytes.loadUnaligned(as: UInt32.self))), 0) }
            return (UInt64(bigEndian: unsafe bytes.loadUnaligned(as: UInt64.self)), UInt64(bigEndian: unsafe bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
        }
    }

    /// From a datagram's header.
    init(_ header: drydock_datagram) {
        self.init()
        let isLong = header.family == DRYDOCK_DATAGRAM_INET6
        family = isLong ? Linux.inet6 : Linux.inet
        port = header.port
        // SAFETY: as above.
        unsafe withUnsafeMutableBytes(of: &octets) { bytes in
            if isLong {
                unsafe bytes.storeBytes(of: header.high.bigEndian, as: UInt64.self)
                unsafe bytes.storeBytes(of: header.low.bigEndian, toByteOffset: 8, as: UInt64.self)
            } else {
                unsafe bytes.storeBytes(of: UInt32(truncatingIfNeeded: header.high).bigEndian, as: UInt32.self)
            }
        }
        // A link-local address means nothing without its link. RFC 4007 §6
        if isLong, header.high >> 54 == 0x3fa { scope = header.interface }
    }
}
