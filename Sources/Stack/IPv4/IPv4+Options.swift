internal import Rings
internal import Wire

extension Stack {
    /// Judges the options of a received header, and tells the sender if they are to blame.
    ///
    /// Source routes are refused whoever they name (RFC 7126 §4.3, §4.4); record route and timestamp are passed over
    /// unfilled, which RFC 1122 §3.2.1.8 (d), (e) leave to a host; all others are ignored (§3.2.1.8).
    ///
    /// - Returns: why the packet is lost; nil when its options are harmless.
    mutating func refuseOptions(_ packet: borrowing Packet, _ ip: IPv4Facts, _ arrival: Arrival) -> DropReason? {
        switch OptionVerdict(packet) {
        case .harmless: return nil
        case .sourceRoute:
            sendUnreachable(.sourceRouteFailed, about: packet, ip, arrival)
            return DropReason(.sourceRouted)
        case .malformed(let offset, let error):
            // RFC 1122 §3.2.2.5: point at the octet that is wrong.
            sendError(.parameterProblem(.pointer, pointer: offset), about: packet, ip, arrival)
            return DropReason(.ipv4, error)
        }
    }
}

private enum OptionVerdict {
    case harmless, sourceRoute
    /// At this octet of the header.
    case malformed(UInt8, WireError)

    init(_ packet: borrowing Packet) {
        var end = IPv4Header.octets
        do {
            let view = try IPv4View(packet.octets)
            var options = IPv4Options(view.options)
            while let option = try options.next() {
                if option.isSourceRoute { self = .sourceRoute; return }
                end = IPv4Header.octets + option.offset + option.octets
            }
            self = .harmless
        } catch { self = .malformed(UInt8(clamping: end), error) }
    }
}
