import Bus
import CDriver
import Glibc
import Host
import Messages
import Recorder
import Rings

/// One driver host as its stack holds it: the process, the rings, and a question at a time.
///
/// Whatever the process writes is judged; what cannot be makes it `broken`, and its owner ends it.
final class HostProcess {
    /// How long a host may take to load its image, and to answer: a question that brings a device up, and any other.
    static let mostToLoad = Duration.seconds(5), mostToAttach = Duration.seconds(10), mostToAnswer = Duration.milliseconds(500)
    /// How long it may take to stand still: on a machine with much to do it must be given a processor for that.
    static let mostToStand = Duration.milliseconds(200)
    /// Octets of its flight recorder's ring, some 8000 events, and of the whole.
    static let recorderRing = 256 << 10, recorderOctets = RecorderLayout.length(ring: recorderRing)

    let process: ProcessHandle
    let channel: HostChannel
    let note: CrashNote
    let hostBell: EventCounter, stackBell: EventCounter
    /// Rings when the process has faulted and waits.
    let faultBell: EventCounter
    /// Its flight recorder: it alone writes there, and nothing in it is believed.
    let recorder: SharedMemory
    let rings: HostRings
    var words: IsolationWords { rings.words }
    /// Heard from the image; nil: not yet.
    private(set) var hello: HostHello?
    /// What it said unasked and nobody has looked at.
    var heard: [HostMessage] = []
    /// Why it is to be ended; nil: it works.
    var broken: String?
    private(set) var ending: Ending?
    /// It stands still for good: nothing of it runs, and its memory can be looked into.
    private(set) var stands = false
    /// Nanoseconds without progress, for which it is to be ended.
    var hung: UInt64?
    private var sequence: UInt32 = 0
    /// When its bell was last rung, or it answered: on `MonotonicClock`, nanoseconds.
    private(set) var roused: UInt64 = 0

    var pid: Int32 { process.pid }

    /// Starts a process that loads `path`. Does not wait for it.
    init(path: String, image: Int32, packetMemory: Int32) throws(SystemError) {
        let pair = try UnixSocket.pair()
        rings = try HostRings()
        hostBell = try EventCounter()
        stackBell = try EventCounter()
        faultBell = try EventCounter()
        note = try CrashNote.create()
        recorder = try Self.makeRecorder()
        process = try Spawn.start(
            Spawn.ourselves, arguments: [HostBoot.processName, HostBoot.argument, path, "\(CurrentProcess.pid)"],
            descriptors: [
                -1, -1, -1, pair.second.raw, rings.memory.descriptor.raw, hostBell.raw, stackBell.raw, note.memory.descriptor.raw, packetMemory, image,
                faultBell.raw, recorder.descriptor.raw,
            ])
        channel = HostChannel(pair.first)
        words.raise(IsolationLayout.stackArmed)
    }

    deinit { end() }

    private static func makeRecorder() throws(SystemError) -> SharedMemory {
        let memory = try SharedMemory(named: "drydock-driver-recorder", length: recorderOctets)
        unsafe RecorderLayout.format(memory.base, ring: recorderRing)
        let writer = unsafe RecorderWriter(memory: memory.base, length: memory.length)
        for callout in Callout.allCases { writer?.name(callout: Int(callout.rawValue), callout.name) }
        return memory
    }

    /// Kills the process and takes its report. The kernel is quick with it; it is never waited for longer than a second.
    func end() {
        guard ending == nil else { return }
        try? process.signal(.kill)
        _ = process.waitForEnd(Deadline(in: .seconds(1)))
        ending = process.reap() ?? .unknown
    }

    /// Stops the process where it stands, which is as good as its end and leaves something to look into. One that cannot be stopped at
    /// once is killed.
    func halt() {
        guard ending == nil, !stands else { return }
        stands = process.freeze(Deadline(in: Self.mostToStand))
        if !stands { end() }
    }

    /// Takes the report, if somebody else has ended it.
    func hasEnded() -> Bool {
        if ending == nil { ending = process.reap() }
        return ending != nil
    }

    // MARK: Questions

    /// Waits for a word of the process, or for its end. - Returns: false when none came.
    private func waits(_ deadline: Deadline) -> Bool {
        guard Poll.readable(channel.socket.raw, or: faultBell.raw, deadline) else { return false }
        if faultBell.take() > 0 { broken = broken ?? Self.ended }
        return true
    }

    static let ended = "it ended"

    /// Waits until the image is loaded.
    func waitForHello() -> HostHello? {
        let deadline = Deadline(in: Self.mostToLoad)
        while hello == nil, broken == nil {
            guard waits(deadline) else {
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
        let beat = words.load(IsolationLayout.heartbeat)
        while broken == nil {
            guard waits(patience.deadline) else {
                guard patience.isOver else { continue }
                broken = "it did not answer within \(time): \(word)"
                // Nobody watches it while it is asked: one that hangs is found out here.
                if words.load(IsolationLayout.heartbeat) == beat { hung = time.nanoseconds }
                continue
            }
            if let answer = hear(answering: asked) {
                roused = MonotonicClock.now()
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
            case .end: broken = broken ?? Self.ended
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
    func wake() {
        guard words.mustWake(IsolationLayout.hostAsleep) else { return }
        roused = MonotonicClock.now()
        hostBell.signal()
    }
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
