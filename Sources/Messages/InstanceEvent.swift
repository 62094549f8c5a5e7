internal import Host

/// What has become of an instance's stack processes: `events` in its folder, the newest last.
///
/// A file and not messages: who looks late, or after the supervisor has ended, misses nothing, and who remembers the last number that
/// it has seen sees nothing twice. It is a line an event and is added to, so that who has it open can read what came just before an
/// instance's orderly end, which takes the name away.
public struct InstanceEvent: Codable, Equatable, Sendable {
    public enum Kind: String, Codable, Sendable {
        case died
        /// Another stack process answers, with what was set.
        case restored
        /// A build that is proven took the place of an isolated driver's that died again and again.
        case wentBack = "went back"
        /// Nothing is started any more.
        case gaveUp = "gave up"
    }

    public static let file = "events"
    /// So many are kept at least, and twice as many at most.
    public static let most = 256

    /// From 1, without a gap.
    public var number: Int
    public var kind: Kind
    /// Nanoseconds since 1970.
    public var at: UInt64
    /// The stack process.
    public var pid: Int32
    /// Which of the instance's stack processes it is, from 1.
    public var generation: Int
    /// Of what, and what follows.
    public var why: String?
    /// Where what is known of the death is kept.
    public var crash: String?

    public init(number: Int, kind: Kind, at: UInt64, pid: Int32, generation: Int, why: String? = nil, crash: String? = nil) {
        (self.number, self.kind, self.at, self.pid, self.generation) = (number, kind, at, pid, generation)
        (self.why, self.crash) = (why, crash)
    }

    /// Those that are kept in an instance's folder, the oldest first; none when there is no such folder.
    public static func read(_ folder: String) -> [InstanceEvent] { FileSystem.text("\(folder)/\(file)", limit: 1 << 20).map(lines) ?? [] }

    /// What stands in lines that are whole.
    public static func lines(_ text: String) -> [InstanceEvent] {
        text.split(separator: "\n").compactMap { try? Body.decode(InstanceEvent.self, Array($0.utf8)) }
    }

    /// Makes a folder's file of these.
    public static func write(_ events: [InstanceEvent], _ folder: String) throws(Failure) {
        do { try FileSystem.replace("\(folder)/\(file)", with: octets(events)) } catch { throw Failure(error, what: "\(folder)/\(file)") }
    }

    /// Adds it to a folder's file, in one piece.
    public func append(_ folder: String) throws(Failure) {
        let line = Self.octets([self])
        do throws(SystemError) { try FileSystem.append("\(folder)/\(Self.file)", line) } catch { throw Failure(error, what: "\(folder)/\(Self.file)") }
    }

    private static func octets(_ events: [InstanceEvent]) -> [UInt8] {
        events.flatMap { ((try? Body.encode($0)) ?? []) + [UInt8(ascii: "\n")] }
    }
}
