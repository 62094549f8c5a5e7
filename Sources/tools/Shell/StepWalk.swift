internal import Dossier
internal import Host
internal import Shell

/// The way of a thread that stands at a breakpoint, from one place where it stands to the next. All of it takes ten seconds at most.
final class StepWalk {
    private let session: ShellSession
    private let feed: BreakpointFeed
    private let end: Double
    private(set) var place: BreakpointFeed.Pass

    private static let seconds = 10.0
    /// Octets on either side of an address that are searched for the ends of its line.
    private static let mostLine: UInt64 = 1024

    init(_ session: ShellSession) throws(ShellError) {
        guard let feed = session.standing, let place = feed.place else { throw .refused("nothing stands at a breakpoint; set one: break em0.TDT") }
        (self.session, self.feed, self.place) = (session, feed, place)
        end = session.uptime + Self.seconds
    }

    private func go(_ order: BreakpointFeed.Order) throws(ShellError) -> BreakpointFeed.Pass {
        let left = end - session.uptime
        guard left > 0, !session.isInterrupted() else {
            throw .refused((left > 0 ? "interrupted" : "not there within \(Int(Self.seconds)) s") + ": it stands at \(BreakPlace.code(place.address, session))")
        }
        let sent = feed.order(order, milliseconds: UInt32(left * 1000) + 1)
        let word = sent || feed.next(within: .zero) != nil ? feed.next(within: .seconds(Int64(left) + 3)) : BreakpointFeed.Word.ended
        if case .pass(let pass) = word {
            place = pass
            return pass
        }
        session.standing = nil
        throw .refused(Self.reason(word))
    }

    private static func reason(_ word: BreakpointFeed.Word?) -> String {
        switch word {
        case .over: "not there within \(Int(seconds)) s: the stack goes on, nothing stands"
        case .faulted(let signal): "the stack took \(Signal(rawValue: signal)) on the way, and goes the way of faults; see: drydock postmortem"
        case .refused(let number): "the way cannot be followed: \(ErrnoText.of(number)); the stack goes on"
        case .wentOn: "it had gone on by itself: its time to stand was over; more of it: break -t seconds"
        case .ended, .pass, nil: "it stands no more: see pidin"
        }
    }

    func instruction() throws(ShellError) -> BreakpointFeed.Pass {
        // An instruction that repeats itself stays where it is, and is one step each time.
        try go(.step(place.address..<place.address))
    }

    /// To another source line. Functions without lines are always passed over; what the compiler made of itself is no line.
    func line(over: Bool) throws(ShellError) -> BreakpointFeed.Pass {
        let first = written(place.address)
        while true {
            let range = range(of: place.address), depth = place.stack
            let pass = try go(.step(range))
            if pass.stack < depth, let back = BreakPlace.word(pass.stack, session), back > range.lowerBound, back <= range.upperBound {
                guard over || written(pass.address) == nil else { return pass }
                _ = try go(.until(back, above: pass.stack))
            }
            if let now = written(place.address), now != first { return place }
        }
    }

    func untilReturn() throws(ShellError) -> BreakpointFeed.Pass {
        let isEntry = session.target.images.symbol(at: place.address)?.offset == 0
        guard let back = isEntry ? BreakPlace.word(place.stack, session) : try caller(), session.target.images.image(at: back) != nil else {
            throw .refused("who called this cannot be told; see: tt \(place.thread)")
        }
        return try go(.until(back, above: place.stack))
    }

    /// Where the function returns to, by the chain of frames.
    private func caller() throws(ShellError) -> UInt64? {
        let core = try session.subject.threads()
        let frames = session.subject.stacks(core).first { $0.thread == place.thread }?.frames.drop { $0.isInlined }.dropFirst()
        return frames?.first.flatMap { $0.isGuess ? nil : $0.address }
    }

    /// The source line of an address; nil: it has none, or is the compiler's own.
    private func written(_ address: UInt64) -> String? {
        session.target.images.line(address).flatMap { $0.hasSuffix(":0") ? nil : $0 }
    }

    /// The addresses around one that are of the same line without a gap.
    private func range(of address: UInt64) -> Range<UInt64> {
        let line = written(address)
        var low = address, high = address + 1
        while address - low < Self.mostLine, written(low - 1) == line { low -= 1 }
        while high - address < Self.mostLine, written(high) == line { high += 1 }
        return low..<high
    }
}
