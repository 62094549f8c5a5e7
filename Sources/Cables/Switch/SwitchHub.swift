public import Host

/// A switch with the sockets of its ports: what a switch process runs. One thread's; nothing blocks.
public final class SwitchHub {
    public static let mostPorts = 64
    /// Nanoseconds between two looks for addresses that have aged.
    private static let agingInterval: UInt64 = 5_000_000_000

    private final class Member {
        let name: String
        let link: PacketLink
        var sender = FrameSender()
        var refused: UInt64 = 0
        init(name: String, link: PacketLink) { (self.name, self.link) = (name, link) }
    }

    /// What one port saw.
    public struct PortReport: Equatable, Sendable {
        public var number: Int
        public var name: String
        public var counters: CableCounters
        /// Frames from this port that went nowhere: runts, reserved addresses, or for the port they came from.
        public var refused: UInt64
    }

    private let name: String
    private let port: CablePort
    private var members: [Member?] = Array(repeating: nil, count: mostPorts)
    private var logic = LearningSwitch()
    private var nextAging: UInt64 = 0

    /// - Parameter path: of the socket that NICs connect to; must not exist.
    public init(name: String, path: String) throws(SystemError) {
        self.name = name
        port = try CablePort(path: path)
    }

    public var ports: Int { members.count { $0 != nil } }
    public var addresses: Int { logic.count }
    public var reports: [PortReport] {
        members.enumerated().compactMap { number, member in
            member.map { PortReport(number: number, name: $0.name, counters: $0.sender.counters, refused: $0.refused) }
        }
    }

    public var watched: [CableWatch] {
        port.watched + members.compactMap { member in member.map { CableWatch($0.link.raw, forWriting: $0.sender.isWaiting) } }
    }

    /// Admits ports, forwards what has come, forgets what has aged.
    ///
    /// - Returns: when to be called next at the latest, though nothing came.
    public func service(now: UInt64) -> UInt64? {
        var due = port.service(now: now, as: name, { _ in objection() }) { admit($0) }
        for number in members.indices where members[number] != nil {
            if forward(from: number, now: now) { due = now }
        }
        if now >= nextAging {
            logic.age(now: now)
            nextAging = now &+ Self.agingInterval
        }
        return due
    }

    private func objection() -> String? { ports < Self.mostPorts ? nil : "switch \(name) has no free port" }

    private func admit(_ connection: CableConnection) {
        guard let free = members.firstIndex(where: { $0 == nil }) else { return }
        members[free] = Member(name: connection.name, link: connection.link)
    }

    /// One port's burst. - Returns: true when there may be more.
    private func forward(from number: Int, now: UInt64) -> Bool {
        guard let member = members[number] else { return false }
        if !member.sender.flush({ member.link.send($0) }) {
            leave(number)
            return false
        }
        for _ in 0..<CableLimits.burst {
            let arrival = member.link.receive { frame in
                if member.sender.admit(frame.byteCount) { switchFrame(frame, from: number, now: now) }
            }
            switch arrival {
            case .message: continue
            case .tooLong: _ = member.sender.admit(.max)
            case .nothing: return false
            case .closed:
                leave(number)
                return false
            }
        }
        return true
    }

    private func switchFrame(_ frame: RawSpan, from number: Int, now: UInt64) {
        switch logic.decide(frame, from: number, now: now) {
        case .port(let port): send(frame, to: port)
        case .flood: for port in members.indices where port != number && members[port] != nil { send(frame, to: port) }
        case .refuse: members[number]?.refused &+= 1
        }
    }

    /// A port that turns out to be gone is noticed by its own turn.
    private func send(_ frame: RawSpan, to number: Int) {
        guard let member = members[number] else { return }
        _ = member.sender.send(frame, carrier: true) { member.link.send($0) }
    }

    private func leave(_ number: Int) {
        members[number] = nil
        logic.forget(port: number)
    }
}
