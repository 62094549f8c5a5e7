internal import Host
internal import Messages
internal import Shell

/// `break`, `b`, `c`: the stack stands where it comes by, and goes on.
enum BreakCommands {
    static let seconds: UInt64 = 10, standing: UInt64 = 60, most: UInt64 = 3600

    static var all: [ShellCommand] {
        [
            ShellCommand("break", "[-t standing] place [read | write] [if value == n] [, seconds]", "wait until the driver comes by a register, a function or memory; there the stack stands") {
                (session, arguments) throws(ShellError) in try stop(session, arguments)
            },
            ShellCommand("b", "place ...", "the same") { (session, arguments) throws(ShellError) in try stop(session, arguments) },
            ShellCommand("c", "", "let what stands at a breakpoint go on") { (session, _) throws(ShellError) in try goOn(session) },
        ] + StepCommands.all + PrintCommands.all
    }

    struct Stop: Encodable { var place: String, access: String?, value: UInt64?, thread: Int32, address: UInt64, arguments: [UInt64] }

    static func milliseconds(_ text: String?, _ usual: UInt64, _ session: ShellSession) throws(ShellError) -> Int {
        let wanted = try text.map { word throws(ShellError) in try session.number(word) } ?? usual
        guard (1...most).contains(wanted) else { throw .badOperand("a time is 1 to \(most) seconds") }
        return Int(wanted) * 1000
    }

    static func check(_ session: ShellSession) throws(ShellError) {
        guard !session.target.isReadOnly else { throw .refused("this session only looks (-r): nothing is stopped") }
    }

    private static func stop(_ session: ShellSession, _ arguments: ShellArguments) throws(ShellError) -> ShellAnswer {
        try check(session)
        if arguments.isEmpty { return ShellAnswer([session.standing == nil ? "nothing stands, and nothing is waited for" : "the stack stands; c lets it go on"]) }
        let wish = try BreakWish(arguments)
        var place = try BreakPlace(wish, session)
        place.point.milliseconds = try milliseconds(wish.seconds, seconds, session)
        place.point.standing = try milliseconds(wish.standing, standing, session)
        try letGo(session)
        let feed = try session.subject.breakpoint(place.point)
        let pass = try firstPass(feed, place, session)
        session.standing = feed
        let (access, value) = place.event(pass)
        var calls = Array(session.again("tt \(pass.thread)").answer.lines.dropFirst())
        // At a function's entry its frame is not made yet: the chain of frames begins with who called the caller.
        if let caller = place.caller(pass, session), !calls.isEmpty, calls.count < 2 || !calls[1].hasPrefix(caller.prefix(14)) { calls.insert(caller, at: 1) }
        return ShellAnswer(
            [place.text(pass, session)] + calls + ["the stack stands for \(place.point.standing / 1000) s at most; c lets it go on"],
            data: Stop(place: place.name, access: access, value: value, thread: pass.thread, address: pass.address, arguments: pass.arguments))
    }

    private static func firstPass(_ feed: BreakpointFeed, _ place: BreakPlace, _ session: ShellSession) throws(ShellError) -> BreakpointFeed.Pass {
        // The supervisor keeps the time; that it is gone must be noticed all the same.
        let end = session.uptime + Double(place.point.milliseconds) / 1000 + 5
        while session.uptime < end, !session.isInterrupted() {
            guard let word = feed.next(within: .milliseconds(50)) else { continue }
            if case .pass(let pass) = word { return pass }
            throw failure(word, place, session)
        }
        throw session.isInterrupted() ? .refused("\(place.name) was not met: interrupted") : .refused("the supervisor says nothing of \(place.name); see: pidin")
    }

    static func failure(_ word: BreakpointFeed.Word, _ place: BreakPlace, _ session: ShellSession) -> ShellError {
        switch word {
        case .faulted(let signal): .refused("the stack took \(Signal(rawValue: signal)) before it came by \(place.name), and goes the way of faults; see: drydock postmortem")
        case .refused(let number): .refused("the breakpoint cannot be set: \(ErrnoText.of(number))" + (number == 1 ? "; a debugger may hold the stack already" : ""))
        case .over: .refused("\(place.name) was not met within \(place.point.milliseconds / 1000) s: nothing stands")
        case .ended, .pass, .wentOn: .refused("the stack ended before it came by \(place.name); see: drydock postmortem")
        }
    }

    /// Lets go what stands. - Returns: what it had said meanwhile; nil: nothing stood.
    @discardableResult
    private static func letGo(_ session: ShellSession) throws(ShellError) -> BreakpointFeed.Word? {
        guard let feed = session.standing else { return nil }
        session.standing = nil
        let said = feed.next(within: .zero)
        feed.end()
        // Until the other end is closed: by then it goes on.
        return said ?? feed.next(within: .seconds(2))
    }

    private static func goOn(_ session: ShellSession) throws(ShellError) -> ShellAnswer {
        guard session.standing != nil else { throw .refused("nothing stands at a breakpoint; set one: break em0.TDT") }
        switch try letGo(session) {
        case .wentOn?: return ShellAnswer(["it had gone on by itself: its time to stand was over; more of it: break -t seconds"])
        default: return ShellAnswer(["\(session.subject.title) goes on"])
        }
    }
}
