import CCalls
import Glibc
import Stack
import Wire

/// The fixed messages of `drydock_calls.h` to and from octets.
enum CallCodec {
    /// - Returns: nil when the body is not one call.
    static func call(_ body: [UInt8]) -> drydock_call? {
        guard body.count == MemoryLayout<drydock_call>.size else { return nil }
        var call = drydock_call()
        // SAFETY: a call is plain octets, and as many of them have come.
        unsafe withUnsafeMutableBytes(of: &call) { unsafe $0.copyBytes(from: body) }
        return call
    }

    static func octets(_ answer: drydock_answer) -> [UInt8] {
        var answer = answer
        // SAFETY: an answer is plain octets without padding.
        return unsafe withUnsafeBytes(of: &answer) { unsafe Array($0) }
    }

    /// An address as the program has it: a peer that speaks IPv4 to an IPv6 socket stays a mapped address.
    static func address(_ from: EndpointAddress, isIPv6: Bool) -> drydock_address {
        var address = drydock_address()
        address.port = from.port
        if isIPv6 {
            address.family = UInt16(AF_INET6)
            store(from.address.high.bigEndian, from.address.low.bigEndian, &address)
        } else {
            address.family = UInt16(AF_INET)
            store(UInt64(from.address.ipv4.value.bigEndian), 0, &address)
        }
        return address
    }

    /// Nil: of another family than the socket, or none at all.
    static func address(_ from: drydock_address, isIPv6: Bool) -> EndpointAddress? {
        let (first, second) = load(from)
        switch (Int32(from.family), isIPv6) {
        case (AF_INET, false):
            return EndpointAddress(IPAddress(IPv4Address(UInt32(truncatingIfNeeded: first).bigEndian)), from.port)
        case (AF_INET6, true): return EndpointAddress(IPv6Address(high: first.bigEndian, low: second.bigEndian), from.port)
        default: return nil
        }
    }

    /// The interface that a link-local address is meant on.
    static func scope(_ from: drydock_address) -> InterfaceIndex? {
        from.scope > 0 && from.family == UInt16(AF_INET6) ? InterfaceIndex(UInt16(truncatingIfNeeded: from.scope - 1)) : nil
    }

    private static func store(_ first: UInt64, _ second: UInt64, _ address: inout drydock_address) {
        // SAFETY: sixteen octets, written as two integers.
        unsafe withUnsafeMutableBytes(of: &address.octets) { octets in
            unsafe octets.storeBytes(of: first, toByteOffset: 0, as: UInt64.self)
            unsafe octets.storeBytes(of: second, toByteOffset: 8, as: UInt64.self)
        }
    }

    private static func load(_ address: drydock_address) -> (UInt64, UInt64) {
        // SAFETY: sixteen octets, read as two integers.
        unsafe withUnsafeBytes(of: address.octets) { octets in
            (unsafe octets.loadUnaligned(fromByteOffset: 0, as: UInt64.self), unsafe octets.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        }
    }
}

extension drydock_answer {
    static func refusal(_ error: Int32) -> drydock_answer {
        var answer = drydock_answer()
        answer.error = error
        return answer
    }

    static func socket(_ number: UInt32) -> drydock_answer {
        var answer = drydock_answer()
        answer.socket = number
        return answer
    }

    static func number(_ value: Int32) -> drydock_answer {
        var answer = drydock_answer()
        answer.value = value
        return answer
    }

    static func names(_ local: drydock_address, _ peer: drydock_address?) -> drydock_answer {
        var answer = drydock_answer()
        answer.local = local
        if let peer { answer.peer = peer }
        return answer
    }

    /// The value of an option, as far as the asker has room.
    static func data(_ octets: [UInt8], room: Int32) -> drydock_answer {
        var answer = drydock_answer()
        let count = min(octets.count, Int(max(room, 0)), Int(DRYDOCK_CALL_DATA))
        answer.length = UInt32(count)
        // SAFETY: no more than the data's own 256 octets are written.
        unsafe withUnsafeMutableBytes(of: &answer.data) { unsafe $0.copyBytes(from: octets[..<count]) }
        return answer
    }
}

extension drydock_call {
    /// The value that came with it.
    var value: [UInt8] {
        // SAFETY: `data` is 256 octets, and no more are read.
        unsafe withUnsafeBytes(of: data) { unsafe Array($0.prefix(min(Int(length), $0.count))) }
    }

    /// The value as the int that most options are; nil when it is shorter.
    var integer: Int32? {
        let octets = value
        guard octets.count >= 4 else { return octets.first.map { Int32($0) } }
        return Int32(bitPattern: octets[..<4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) })
    }
}

extension Int32 {
    /// As an option's value.
    var octets: [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: self >> ($0 * 8)) } }
}
