public import Host

/// What a stack tells its supervisor of an isolated driver's processes, one packet of a socket pair each: the words are in memory that
/// comes along.
public enum HostNews: Codable, Equatable, Sendable {
    /// A process is dead, or stands still until its core is written. Descriptor 1: its crash note. Descriptor 2: its image. Descriptor 3: its flight recorder.
    case died(HostDeath)
    /// A process drives a device, and records what it does. Descriptor 1: its flight recorder.
    case began(HostBirth)
    /// What came after it.
    case followed(HostSuccession)
    /// A proven build takes the place of a driver whose processes died too soon, as a sentence says.
    case wentBack(String)

    /// - Parameter descriptors: stay the caller's.
    /// - Returns: whether it was sent: a supervisor that does not listen makes nobody wait.
    public func send(_ raw: Int32, descriptors: [Int32] = []) -> Bool {
        guard let octets = try? Body.encode(self), let words = try? SharedMemory.holding(octets, named: "drydock-news") else { return false }
        let mark: [UInt8] = [1]
        return unsafe mark.withUnsafeBytes { mark in
            unsafe (try? UnixSocket.send(raw, mark, descriptors: [words.raw] + descriptors)) ?? false
        }
    }

    /// Takes one that waits; what makes no sense is left out. - Returns: nil when none waits.
    public static func receive(_ raw: Int32, _ descriptors: inout ReceivedDescriptors) -> HostNews? {
        var room: [UInt8] = [0]
        for _ in 0..<64 {
            let octets = unsafe room.withUnsafeMutableBytes { room in unsafe (try? UnixSocket.receive(raw, into: room, &descriptors)) ?? nil }
            guard let octets, octets > 0 else { return nil }
            guard let words = descriptors.take(0), let text = try? SharedMemory.octets(of: words) else { continue }
            if let news = try? Body.decode(HostNews.self, text) { return news }
        }
        return nil
    }
}

/// An isolated driver's process that drives a device.
public struct HostBirth: Codable, Equatable, Sendable {
    public var pid: Int32
    public var interface: String

    public init(pid: Int32, interface: String) { (self.pid, self.interface) = (pid, interface) }
}

/// The end of an isolated driver's process.
public struct HostDeath: Codable, Equatable, Sendable {
    public var pid: Int32
    /// It stands still, and is to be killed by whoever has looked into it.
    public var stands: Bool
    public var interface: String
    /// The driver's file as it was mounted.
    public var path: String
    /// Nanoseconds since 1970.
    public var at: UInt64
    /// Why the stack ended it; nil: it ended by itself.
    public var why: String?
    /// Nanoseconds without progress, for which it was ended.
    public var hung: UInt64?
    /// How it ended, where it has.
    public var signal: Int32?, exitCode: Int32?
    /// Processes of the driver that had taken over before.
    public var restarts: UInt64 = 0
    /// The NIC that knows what was found at the device (`bequeathed`); nil: nothing could be.
    public var nic: String?

    public init(pid: Int32, stands: Bool, interface: String, path: String, at: UInt64) {
        (self.pid, self.stands, self.interface, self.path, self.at) = (pid, stands, interface, path, at)
    }
}

/// What came after it.
public struct HostSuccession: Codable, Equatable, Sendable {
    public var dead: Int32
    /// nil: nobody drives the device.
    public var successor: Int32?
    /// From the death to the attached driver.
    public var microseconds: UInt64?
    /// What the stack did when nobody took over at once, behind "the stack went on, and".
    public var outcome: String?

    public init(dead: Int32, successor: Int32? = nil, microseconds: UInt64? = nil) {
        (self.dead, self.successor, self.microseconds) = (dead, successor, microseconds)
    }
}
