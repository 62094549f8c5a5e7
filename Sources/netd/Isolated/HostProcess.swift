import Bus
import CDriver
import Glibc
import Host
import Messages
import Rings

/// One driver host as its stack holds it: the process, the rings, and a question at a time.
///
/// Whatever the process writes is judged; what cannot be makes it `broken`, and its owner ends it.
final class HostProcess {
    /// How long a host may take to load its image, and to answer: a question that brings a device up, and any other.
    static let mostToLoad = Duration.seconds(5), mostToAttach = Duration.seconds(10), mostToAnswer = Duration.milliseconds(500)

    let process: ProcessHandle
    let channel: HostChannel
    let note: CrashNote
    let hostBell: EventCounter, stackBell: EventCounter
    let rings: HostRings
    var words: IsolationWords { rings.words }
    /// Heard from the image; nil: not yet.
    private(set) var hello: HostHello?
    /// What it said unasked and nobody has looked at.
    var heard: [HostMessage] = []
    /// Why it is to be ended; nil: it works.
    var broken: String?
    private(set) var ending: Ending?
    private var sequence: UInt32 = 0

    var pid: Int32 { process.pid }

    /// Starts a process that loads `path`. Does not wait for it.
    init(path: String, image: Int32, packetMemory: Int32) throws(SystemError) {
        let pair = try UnixSocket.pair()
        rings = try HostRings()
        hostBell = try EventCounter()
        stackBell = try EventCounter()
        note = try CrashNote.create()
        process = try Spawn.start(
            Spawn.ourselves, arguments: [HostBoot.processName, HostBoot.argument, path, "\(CurrentProcess.pid)"],
            descriptors: [-1, -1, -1, pair.second.raw, rings.memory.descriptor.raw, hostBell.raw, stackBell.raw, note.memory.descriptor.raw, packetMemory, image])
        channel = HostChannel(pair.first)
        words.raise(IsolationLayout.stackArmed)
    }

    deinit { end() }

    /// Kills the process and takes its report. The kernel is quick with it; it is never waited for longer than a second.
    func end() {
        guard ending == nil else { return }
        try? process.signal(.kill)
        _ = process.waitForEnd(Deadline(in: .seconds(1)))
        ending = process.reap() ?? .unknown
    }

    // MARK: Questions

    /// Waits until the image is loaded.
    func waitForHello() -> HostHello? {
        let deadline = Deadline(in: Self.mostToLoad)
        while hello == nil, broken == nil {
            guard Poll.readable(channel.socket.raw, deadline) else {
                broken = "it did not load its image within \(Self.mostToLoad)"
                break
            }
            hear()
        }
        return hello
    }

    /// Asks and waits for the answer; nil: there is none, and `broken` says why.
    func ask(_ word: HostMessage.Word, number: Int32 = 0, body: [UInt8] = [], descriptors: [Int32] = [], within time: Duration = mostToAnswer)
        -> HostMessage? {
        guard broken == nil, waitForHello() != nil else { return nil }
        sequence &+= 1
        let asked = sequence
        guard channel.send(HostMessage(word, sequence: asked, number: number, body: body), descriptors: descriptors) else {
            broken = "it takes no questions"
            return nil
        }
        words.raise(IsolationLayout.hostMail)
        wake()
        var patience = Patience(pid, time)
        while broken == nil {
            guard Poll.readable(channel.socket.raw, patience.deadline) else {
                if patience.isOver { broken = "it did not answer within \(time): \(word)" }
                continue
            }
            if let answer = hear(answering: asked) {
                guard answer.word == word else { broken = "it answered what was not asked"; break }
                return answer
            }
        }
        return nil
    }

    /// Takes what the process has said. - Returns: the answer to question `asked`.
    @discardableResult
    func hear(answering asked: UInt32? = nil) -> HostMessage? {
        for _ in 0..<256 {
            switch channel.receive() {
            case .nothing: return nil
            case .nonsense: broken = "it said what cannot be understood"
            case .end: broken = broken ?? "it ended"
            case .message(let message):
                if message.word.rawValue < HostMessage.Word.hello.rawValue {
                    if message.sequence == asked { return message }
                } else if message.word == .hello {
                    hello = try? Body.decode(HostHello.self, message.body)
                    if let why = hello?.failure { broken = why.why }
                } else if heard.count < 256 {
                    heard.append(message)
                }
            }
            if broken != nil { return nil }
        }
        return nil
    }

    /// Rings the host's bell when it sleeps: after tokens, or a question.
    func wake() { if words.mustWake(IsolationLayout.hostAsleep) { hostBell.signal() } }
}

/// A time that a process is given, of which what it waited for a processor is not its fault.
struct Patience {
    private let pid: Int32
    private var until: UInt64
    private var waited: UInt64
    /// Whatever the machine does, this is the end.
    private let last: UInt64

    init(_ pid: Int32, _ time: Duration) {
        self.pid = pid
        let now = MonotonicClock.now()
        (until, waited, last) = (now + time.nanoseconds, Self.waited(pid), now + 2 * time.nanoseconds)
    }

    var deadline: Deadline { Deadline(at: until) }

    /// After the deadline: whether it is over, and not merely put off.
    var isOver: Bool {
        mutating get {
            let now = MonotonicClock.now(), later = Self.waited(pid)
            let excuse = later > waited ? later - waited : 0
            waited = later
            guard excuse > 1_000_000, now < last else { return true }
            until = min(now + excuse, last)
            return false
        }
    }

    /// Nanoseconds that a process has waited for a processor, runnable. proc(5), `schedstat`.
    static func waited(_ pid: Int32) -> UInt64 {
        let words = (FileSystem.text("/proc/\(pid)/schedstat", limit: 128) ?? "").split(separator: " ")
        return words.count > 1 ? UInt64(words[1]) ?? 0 : 0
    }
}
