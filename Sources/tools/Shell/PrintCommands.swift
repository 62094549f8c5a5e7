internal import Host
internal import Messages
internal import Shell

/// `dprintf`: a line whenever a driver comes by, without a rebuild; nothing stands.
enum PrintCommands {
    static var all: [ShellCommand] {
        [
            ShellCommand("dprintf", "[-t seconds] [-n lines] place, \"format\" [, expression ...]", "print a line whenever the driver comes by; $1 to $6 are the arguments, value what a register is given") {
                (session, arguments) throws(ShellError) in try run(session, arguments)
            }
        ]
    }

    private static let lines: UInt64 = 100, mostLines: UInt64 = 100_000

    private static func run(_ session: ShellSession, _ arguments: ShellArguments) throws(ShellError) -> ShellAnswer {
        try BreakCommands.check(session)
        guard session.standing == nil else { throw .refused("the stack stands at a breakpoint; let it go on first: c") }
        var text = arguments.text, options: [Character: String] = [:]
        while let letter = text.dropFirst().first, text.hasPrefix("-"), "tn".contains(letter), text.dropFirst(2).first == " " {
            let rest = text.dropFirst(3).drop { $0 == " " }, word = rest.prefix { $0 != " " }
            options[letter] = String(word)
            text = rest.dropFirst(word.count).trimmingSpaces
        }
        let list = ShellArguments(text).list
        guard list.count > 1, list[1].count > 1, list[1].hasPrefix("\""), list[1].hasSuffix("\"") else {
            throw .badOperand("as in: dprintf em0.TDT write, \"tail %d\\n\", value; dprintf e1000_transmit, \"%lx\\n\", $1")
        }
        let format = try PrintFormat(String(list[1].dropFirst().dropLast()), values: list.count - 2)
        let most = try options["n"].map { word throws(ShellError) in try session.number(word) } ?? lines
        guard (1...mostLines).contains(most) else { throw .badOperand("1 to \(mostLines) lines") }
        var place = try BreakPlace(BreakWish(ShellArguments(list[0])), session)
        place.point.milliseconds = try BreakCommands.milliseconds(options["t"], BreakCommands.seconds, session)
        place.point.goesOn = true
        return try follow(place, format, Array(list.dropFirst(2)), most, session)
    }

    private static func follow(_ place: BreakPlace, _ format: PrintFormat, _ values: [String], _ most: UInt64, _ session: ShellSession) throws(ShellError) -> ShellAnswer {
        struct Count: Encodable { var passes: UInt64, printed: UInt64 }
        let feed = try session.subject.breakpoint(place.point)
        let end = session.uptime + Double(place.point.milliseconds) / 1000 + 5
        var printed: UInt64 = 0, isOver = false
        while session.uptime < end {
            if !isOver, printed >= most || session.isInterrupted() {
                isOver = true
                feed.end()
            }
            guard let word = feed.next(within: .milliseconds(50)) else { continue }
            switch word {
            case .pass(let pass):
                guard !isOver else { continue }
                session.show([try line(pass, place, format, values, session)])
                printed += 1
            case .over(let passes):
                return ShellAnswer(["\(place.name): passed \(passes) time\(passes == 1 ? "" : "s"), \(passes - min(printed, passes)) not printed"], data: Count(passes: passes, printed: printed))
            default: throw BreakCommands.failure(word, place, session)
            }
        }
        throw .refused("the supervisor says nothing of \(place.name); see: pidin")
    }

    private static func line(_ pass: BreakpointFeed.Pass, _ place: BreakPlace, _ format: PrintFormat, _ values: [String], _ session: ShellSession) throws(ShellError) -> String {
        var numbers: [UInt64] = []
        for value in values {
            if value == "value", place.register != nil {
                guard let written = place.event(pass).value else { throw .badOperand("what is read has no value beforehand: dprintf \(place.name) write, …") }
                numbers.append(written)
            } else {
                numbers.append(try session.number(PrintFormat.replaced(value, pass.arguments)))
            }
        }
        return format.line(numbers) { address in
            String(decoding: session.target.memory.read(address, PrintFormat.mostText).prefix { $0 != 0 }, as: UTF8.self)
        }
    }
}
