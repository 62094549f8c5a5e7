public import CHostLink
public import DriverKit

/// The name of one of the host's interfaces: 1 to 15 octets and the zero behind them.
@frozen public struct HostName: Sendable {
    public var octets = InlineArray<16, UInt8>(repeating: 0)

    /// Empty.
    public init() {}

    /// The value of an option.
    public init(_ options: Options, _ option: Options.Option) throws(DriverFailure) {
        let allowed: StaticString = "the name of an interface, 1 to 15 octets without '/' and ':'"
        let length = options.valueLength(option)
        guard length > 0, length < 16 else { throw options.refuse(option, "is not such a name", allowed: allowed) }
        for i in 0..<length {
            let octet = options.valueOctet(option, i)
            guard octet > 0x20, octet < 0x7F, octet != UInt8(ascii: "/"), octet != UInt8(ascii: ":") else {
                throw options.refuse(option, "is not such a name", allowed: allowed)
            }
            octets[i] = octet
        }
        // A directory of sysfs is never an interface. netdevice(7)
        let dots = octets[0] == UInt8(ascii: ".") && (length == 1 || length == 2 && octets[1] == UInt8(ascii: "."))
        if dots { throw options.refuse(option, "is not such a name", allowed: allowed) }
    }

    public var isEmpty: Bool { octets[0] == 0 }

    /// Appends the name to a log line.
    public func describe(to line: inout LogLine) {
        for i in octets.indices {
            guard octets[i] != 0 else { return }
            line.octet(octets[i])
        }
    }

    /// Calls `body` with the name as a C string, valid during the call.
    public func withCString<R>(_ body: (UnsafePointer<CChar>) -> R) -> R {
        // SAFETY: 16 initialised octets, the last of them always zero.
        unsafe withUnsafeBytes(of: octets) { unsafe body($0.baseAddress!.assumingMemoryBound(to: CChar.self)) }
    }

    /// As the kernel wrote it.
    public init(_ interface: hostlink_interface) {
        // SAFETY: the field has 16 octets.
        unsafe withUnsafeBytes(of: interface.name) { for i in 0..<15 { unsafe octets[i] = $0[i] } }
    }
}
