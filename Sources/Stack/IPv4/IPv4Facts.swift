internal import Rings
internal import Wire

/// What the stack needs of an IPv4 header, read and verified once.
struct IPv4Facts {
    let source: IPv4Address, destination: IPv4Address
    let next: IPProtocol
    let headerOctets: Int, totalOctets: Int
    let timeToLive: UInt8
    let trafficClass: TrafficClass
    let identification: UInt16
    let fragmentOffset: Int, moreFragments: Bool, dontFragment: Bool

    /// RFC 1122 §3.2.1: version, lengths, and the checksum, unless hardware has verified it or nobody ever made one.
    init(_ packet: borrowing Packet) throws(WireError) {
        let view = try IPv4View(packet.octets)
        if packet.flags.isDisjoint(with: [.ipChecked, .local]), !view.isChecksumValid { throw .badChecksum }
        self.init(view)
    }

    init(_ view: borrowing IPv4View) {
        (source, destination, next) = (view.source, view.destination, view.next)
        (headerOctets, totalOctets) = (view.headerOctets, view.totalOctets)
        (timeToLive, trafficClass, identification) = (view.timeToLive, view.trafficClass, view.identification)
        (fragmentOffset, moreFragments, dontFragment) = (view.fragmentOffset, view.moreFragments, view.dontFragment)
    }

    var isFragment: Bool { moreFragments || fragmentOffset != 0 }
    var payloadOctets: Int { totalOctets &- headerOctets }
}
