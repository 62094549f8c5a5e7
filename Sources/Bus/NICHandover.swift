internal import Host
public import Messages

/// A claim on its way to the process that will drive the device. Whoever made it keeps the connection too, and so has the last word.
public final class NICHandover {
    /// Interrupt descriptors asked for: with them the connection, the channel and mapped regions are one message's descriptors.
    static let vectors = 6

    public let name: String
    public let claim: NICClaim
    private let connection: Connection
    private var held: [EventCounter.Holder] = []

    init(_ name: String, _ connection: Connection, _ claim: NICClaim, _ descriptors: inout ReceivedDescriptors) {
        (self.name, self.connection, self.claim) = (name, connection, claim)
        for index in 0..<descriptors.count { if let one = descriptors.take(index) { held.append(EventCounter.Holder(one)) } }
    }

    /// What to send along, in the order in which ``NICDevice/init(handedOver:connection:_:_:)`` takes them.
    public var descriptors: [Int32] { [connection.raw] + held.map(\.raw) }

    /// What stays here, once the message is sent.
    public var hold: NICHold { NICHold(name, connection) }
}

/// The keeper's end of a claim that another process uses.
public final class NICHold {
    private let name: String
    private let connection: Connection

    init(_ name: String, _ connection: Connection) { (self.name, self.connection) = (name, connection) }

    /// For an `EventLoop`: hung up when the NIC's process died.
    public var descriptor: Int32 { connection.raw }

    /// Gives the device of a process back that is dead, or stands still for good: as ``release()``, and its registers are read first.
    /// ``NICBus/bequeathed(_:by:)`` has them.
    ///
    /// - Returns: false when the NIC's process is gone or silent.
    public func bequeath(of pid: Int32) -> Bool { give(.bequeath(pid: pid)) }

    /// Gives the device back: bus mastering off, reset, mappings gone. The process that used the claim must be dead.
    ///
    /// - Returns: false when the NIC's process is gone or silent, which has the same effect on packet memory in the end.
    @discardableResult public func release() -> Bool { give(.release) }

    private func give(_ request: NICRequest) -> Bool {
        connection.takeOver()
        let reply = try? connection.send(request, expecting: NICReply.self, timeout: NICBus.claimPatience).reply
        return reply == .done
    }
}
