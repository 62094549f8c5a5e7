internal import Host
internal import Shell

/// `repeat`, `period`, `spy`, `ts`, `tr`: what takes time, and what stands still.
enum TimeCommands {
    static var all: [ShellCommand] {
        [
            ShellCommand("repeat", "times, line | function [, argument ...]", "do it so often; until it fails or Ctrl-C") {
                (session, arguments) throws(ShellError) in try again(session, arguments, isPeriodic: false)
            },
            ShellCommand("period", "seconds, line | function [, argument ...]", "do it every so many seconds, an hour at most; until it fails or Ctrl-C") {
                (session, arguments) throws(ShellError) in try again(session, arguments, isPeriodic: true)
            },
            ShellCommand("spy", "[seconds]", "processor time by thread: of the stack, its supervisor and its NICs; a second without a number") {
                (session, arguments) throws(ShellError) in try spy(session, arguments)
            },
            ShellCommand("ts", "", "suspend the stack: all of its threads stand") { (session, _) throws(ShellError) in try signal(session, .stop, "stands still; tr lets it go on") },
            ShellCommand("tr", "", "resume it") { (session, _) throws(ShellError) in try signal(session, .resume, "goes on") },
        ]
    }

    private static let mostTimes = 1_000_000, mostSeconds = 3600

    /// `f, 1, 2` is a call; anything else is a line.
    static func line(_ list: [String]) -> String {
        guard list.count > 1 else { return list.first ?? "" }
        return "\(list[0])(\(list.dropFirst().joined(separator: ", ")))"
    }

    private static func again(_ session: ShellSession, _ arguments: ShellArguments, isPeriodic: Bool) throws(ShellError) -> ShellAnswer {
        let list = arguments.list
        guard list.count > 1 else { throw .badOperand(isPeriodic ? "as in: period 2, regs em0 STAT" : "as in: repeat 10, em0.interrupts") }
        let first = Int(clamping: try session.number(list[0])), what = line(Array(list.dropFirst()))
        guard !isPeriodic || (1...mostSeconds).contains(first) else { throw .badOperand("a period is 1 to \(mostSeconds) seconds") }
        let most = isPeriodic ? mostSeconds / first : first == 0 ? mostTimes : min(first, mostTimes)
        var done = 0
        while done < most, !session.isInterrupted() {
            let (answer, error) = session.again(what)
            session.show(answer.lines)
            if let error { throw error }
            done += 1
            if isPeriodic, done < most { pause(session, Double(first)) }
        }
        return ShellAnswer(["\(done) time\(done == 1 ? "" : "s")"], data: done)
    }

    private static func pause(_ session: ShellSession, _ seconds: Double) {
        let end = session.uptime + seconds
        while session.uptime < end, !session.isInterrupted() { Pause.milliseconds(20) }
    }

    private static func signal(_ session: ShellSession, _ signal: Signal, _ words: String) throws(ShellError) -> ShellAnswer {
        guard !session.target.isReadOnly else { throw .refused("this session only looks (-r): the stack goes on as it does") }
        try session.subject.signal(signal)
        return ShellAnswer(["\(session.subject.title) \(words)"])
    }

    // MARK: spy

    struct Row: Encodable, Equatable { var name: String, thread: Int32, percent: Double, ticks: UInt64 }

    private static func spy(_ session: ShellSession, _ arguments: ShellArguments) throws(ShellError) -> ShellAnswer {
        let seconds = try arguments.list.first.map { word throws(ShellError) in Int(clamping: try session.number(word)) } ?? 1
        guard (1...mostSeconds).contains(seconds) else { throw .badOperand("1 to \(mostSeconds) seconds") }
        let processes = try session.subject.processes(), before = ticks(processes), began = session.uptime
        pause(session, Double(seconds))
        let after = ticks(processes), time = max(session.uptime - began, 0.001)
        let rows = after.map { key, now in
            let spent = now.ticks &- (before[key]?.ticks ?? now.ticks)
            // USER_HZ is 100 on every machine that we run on.
            return Row(name: now.name, thread: key, percent: Double(spent) / time, ticks: spent)
        }.sorted { ($1.percent, $0.thread) < ($0.percent, $1.thread) }
        let idle = max(0, 100 - rows.reduce(0) { $0 + $1.percent })
        return ShellAnswer(["NAME                              TID    %CPU   TICKS"] + rows.map { row in
            "\(Column.left(row.name, 28)) \(Column.right(row.thread, 8)) \(Column.right(Number.fixed(row.percent, 1), 7)) \(Column.right(row.ticks, 7))"
        } + ["of one processor \(Number.fixed(idle, 1)) % are left"], data: rows)
    }

    private static func ticks(_ processes: [(name: String, pid: Int32)]) -> [Int32: (name: String, ticks: UInt64)] {
        var all: [Int32: (String, UInt64)] = [:]
        for process in processes {
            for thread in FileSystem.names(in: "/proc/\(process.pid)/task").compactMap({ Int32($0) }) {
                guard let text = FileSystem.text("/proc/\(process.pid)/task/\(thread)/stat", limit: 4096), let spent = spent(text) else { continue }
                all[thread] = (process.name, spent)
            }
        }
        return all
    }

    /// User and system time: the 14th and 15th word, of which the second may have spaces in it.
    static func spent(_ text: String) -> UInt64? {
        guard let end = text.lastIndex(of: ")") else { return nil }
        let words = text[text.index(after: end)...].split(separator: " ")
        guard words.count > 12, let user = UInt64(words[11]), let system = UInt64(words[12]) else { return nil }
        return user &+ system
    }
}
