public import DriverIntel
import DriverKit
import E1000ERegisters

// Receive-side scaling: two queues, chosen by a hash over addresses and ports. 82574 §7.1.11
extension Chip82574 {
    /// With RSS the descriptor's packet checksum makes room for the hash. 82574 §10.2.5 (RXCSUM.PCSD)
    public static func receiveChecksum(_ settings: Settings) -> UInt32 { settings.scaling ? I82574.RXCSUM().pcsd.mask : 0 }

    /// The key repeats every 16 bits, so that both directions of a flow have one hash and meet in one queue.
    static var keyWord: UInt32 { 0x5A6D_5A6D }

    static func configureScaling(_ nic: borrowing E1000E) {
        guard nic.settings.scaling else { return nic.io.write(.mrqc, 0) }
        let m = I82574.MRQC(), r = I82574.RETA()
        for i in 0..<UInt32(10) { nic.io.write(.rssrk, at: i, keyWord) }
        // Every other entry of the table is the second queue's.
        for i in 0..<UInt32(32) { nic.io.write(.reta, at: i, r.entry1.mask | r.entry3.mask) }
        nic.io.write(.mrqc, m.queues.of(1) | m.tcpIPv4.mask | m.ipv4.mask | m.tcpIPv6.mask | m.ipv6.mask)
    }
}
