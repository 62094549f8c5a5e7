internal import Shell

/// `step`, `s`, `so`, `cret`: what stands at a breakpoint goes a little way, and stands again.
enum StepCommands {
    static var all: [ShellCommand] {
        [
            ShellCommand("step", "[lines]", "what stands goes to its next source line, also into functions") {
                (session, arguments) throws(ShellError) in try repeated(session, arguments) { walk throws(ShellError) in try walk.line(over: false) }
            },
            ShellCommand("so", "[lines]", "the same, over the functions that are called") {
                (session, arguments) throws(ShellError) in try repeated(session, arguments) { walk throws(ShellError) in try walk.line(over: true) }
            },
            ShellCommand("s", "[instructions]", "what stands goes on by an instruction") {
                (session, arguments) throws(ShellError) in try repeated(session, arguments) { walk throws(ShellError) in try walk.instruction() }
            },
            ShellCommand("cret", "", "what stands goes on until its function has returned") { (session, _) throws(ShellError) in
                let walk = try StepWalk(session)
                return try answer(walk.untilReturn(), session)
            },
        ]
    }

    private static let most: UInt64 = 10_000
    private struct Row: Encodable { var thread: Int32, address: UInt64, symbol: String?, line: String?, arguments: [UInt64] }

    private static func repeated(
        _ session: ShellSession, _ arguments: ShellArguments, _ way: (StepWalk) throws(ShellError) -> BreakpointFeed.Pass
    ) throws(ShellError) -> ShellAnswer {
        let times = arguments.isEmpty ? 1 : try session.number(arguments.text)
        guard (1...most).contains(times) else { throw .badOperand("1 to \(most) at once") }
        let walk = try StepWalk(session)
        var pass = walk.place
        for _ in 0..<times { pass = try way(walk) }
        return answer(pass, session)
    }

    private static func answer(_ pass: BreakpointFeed.Pass, _ session: ShellSession) -> ShellAnswer {
        let images = session.target.images
        return ShellAnswer(
            ["thread \(pass.thread) is at \(BreakPlace.code(pass.address, session))"],
            data: Row(
                thread: pass.thread, address: pass.address, symbol: images.symbol(at: pass.address)?.name, line: images.line(pass.address), arguments: pass.arguments))
    }
}
