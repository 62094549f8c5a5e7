/// Linux's numbers, where C has them in forms that Swift does not take (enums, casts), or hides them behind headers whose
/// functions this code stands in for.
public enum Linux {
    public static let unspecified: UInt16 = 0, unix: Int32 = 1, inet: UInt16 = 2, inet6: UInt16 = 10
    public static let stream: Int32 = 1, datagram: Int32 = 2, raw: Int32 = 3, packets: Int32 = 5
    public static let typeMask: Int32 = 0xf, nonBlocking: Int32 = 0o4000, closeOnExec: Int32 = 0o2_000_000

    /// Levels.
    public static let socket: Int32 = 1, ip: Int32 = 0, ipv6: Int32 = 41
    /// Of level socket.
    static let type: Int32 = 3, error: Int32 = 4, priority: Int32 = 12, receiveLow: Int32 = 18
    public static let receiveTime: Int32 = 20, sendTime: Int32 = 21
    static let receiveTime64: Int32 = 66, sendTime64: Int32 = 67
    static let timestamp: Int32 = 29, accepts: Int32 = 30, `protocol`: Int32 = 38, domain: Int32 = 39
    /// Of level ip: the options, and the kinds of what goes beside a datagram.
    static let typeOfService: Int32 = 1, timeToLive: Int32 = 2, packetInfo: Int32 = 8, receiveError: Int32 = 11
    static let receiveTimeToLive: Int32 = 12, receiveTypeOfService: Int32 = 13
    /// Of level ipv6.
    static let receiveError6: Int32 = 25, receivePacketInfo6: Int32 = 49, packetInfo6: Int32 = 50
    static let receiveHopLimit: Int32 = 51, hopLimit: Int32 = 52, receiveTrafficClass: Int32 = 66, trafficClass: Int32 = 67

    /// Of send and receive.
    public static let urgent: Int32 = 1, peek: Int32 = 2, controlCut: Int32 = 8, cut: Int32 = 0x20, dontWait: Int32 = 0x40
    public static let errorQueue: Int32 = 0x2000, noSignal: Int32 = 0x4000, more: Int32 = 0x8000, waitForOne: Int32 = 0x10000
    public static let fastOpen: Int32 = 0x2000_0000

    public static let readable: Int16 = 1, writable: Int16 = 4, hungUp: Int16 = 16
    static let mostPieces = 1024
}
