internal import Cores
internal import Shell

/// `d`, `m`: memory as it lies there.
enum MemoryCommands {
    static var all: [ShellCommand] {
        [
            ShellCommand("d", "[address [, units [, width]]]", "dump memory, 16 octets a line; without an address it goes on") {
                (session, arguments) throws(ShellError) in try dump(session, arguments)
            },
            ShellCommand("m", "address [, width [, value ...]]", "change memory, unit by unit: asks for each, or takes the values given") {
                (session, arguments) throws(ShellError) in try modify(session, arguments)
            },
            ShellCommand("memShow", "", "what is mapped where, with which rights") { (session, _) throws(ShellError) in map(session) },
        ]
    }

    private static func map(_ session: ShellSession) -> ShellAnswer {
        struct Row: Encodable { var low: UInt64, high: UInt64, rights: String, file: String }
        let rows = session.target.memory.mappings().map { mapping in
            Row(low: mapping.range.lowerBound, high: mapping.range.upperBound, rights: (mapping.isReadable ? "r" : "-") + (mapping.isWritable ? "w" : "-") + (mapping.isExecutable ? "x" : "-"),
                file: mapping.inode == 0 ? "" : mapping.path)
        }
        let total = rows.reduce(0 as UInt64) { $0 + ($1.high - $1.low) }
        return ShellAnswer(rows.map { "0x\(Number.hexadecimal($0.low, digits: 12))-0x\(Number.hexadecimal($0.high, digits: 12))  \($0.rights)  \(Column.right(Number.size($0.high - $0.low), 6))  \($0.file)".trimmingTail }
            + ["\(Number.size(total)) of addresses"], data: rows)
    }

    /// What `d` was asked for last.
    struct Dump {
        var next: UInt64 = 0, units = 128, width = 1
    }

    private struct Dumped: Encodable { var address: UInt64, width: Int, units: [UInt64] }

    private static let mostOctets = 1 << 16

    private static func width(_ text: String?, _ session: ShellSession, else old: Int) throws(ShellError) -> Int {
        guard let text else { return old }
        let width = Int(clamping: try session.number(text))
        guard width != 0 else { return old }
        guard [1, 2, 4, 8].contains(width) else { throw .badOperand("a width is 1, 2, 4 or 8 octets, not \(width)") }
        return width
    }

    private static func dump(_ session: ShellSession, _ arguments: ShellArguments) throws(ShellError) -> ShellAnswer {
        let list = arguments.list
        var wanted = session.dump
        if let first = list.first { wanted.next = try session.number(first) }
        if list.count > 1 {
            let units = Int(clamping: try session.number(list[1]))
            if units != 0 { wanted.units = units }
        }
        wanted.width = try width(list.count > 2 ? list[2] : nil, session, else: wanted.width)
        let octets = wanted.units.multipliedReportingOverflow(by: wanted.width)
        guard list.count <= 3, wanted.units > 0, !octets.overflow, octets.partialValue <= mostOctets else {
            throw .badOperand("d takes an address, up to \(mostOctets) octets in units, and their width")
        }
        let memory = try session.shell.target.read(wanted.next, octets.partialValue)
        session.dump = wanted
        session.dump.next = wanted.next &+ UInt64(memory.count)
        let units = stride(from: 0, to: memory.count, by: wanted.width).map { unit(memory[$0..<$0 + wanted.width]) }
        return ShellAnswer(lines(memory, wanted), data: Dumped(address: wanted.next, width: wanted.width, units: units))
    }

    private static func unit(_ octets: some Collection<UInt8>) -> UInt64 { octets.reversed().reduce(0) { $0 << 8 | UInt64($1) } }

    /// `0x7f12340010:  0100 0000 …   *........*`
    static func lines(_ memory: [UInt8], _ wanted: Dump) -> [String] {
        let full = 16 / wanted.width * (wanted.width * 2 + 1)
        return stride(from: 0, to: memory.count, by: 16).map { at in
            let row = memory[at..<min(at + 16, memory.count)]
            let units = stride(from: row.startIndex, to: row.endIndex, by: wanted.width).map { start in
                Number.hexadecimal(unit(row[start..<start + wanted.width]), digits: wanted.width * 2) + " "
            }.joined()
            let text = String(row.map { (0x20...0x7e).contains($0) ? Character(UnicodeScalar($0)) : "." })
            return "0x\(Number.hexadecimal(wanted.next &+ UInt64(at), digits: 12)):  \(Column.left(units, full))  *\(text)*"
        }
    }

    private static func modify(_ session: ShellSession, _ arguments: ShellArguments) throws(ShellError) -> ShellAnswer {
        let list = arguments.list
        guard let first = list.first else { throw .badOperand("m changes memory: m address [, width [, value ...]]") }
        var address = try session.number(first)
        let width = try width(list.count > 1 ? list[1] : nil, session, else: 4)
        var lines: [String] = [], values = list.dropFirst(2)[...]
        while true {
            let old = unit(try session.shell.target.read(address, width))
            let place = "0x\(Number.hexadecimal(address, digits: 12)): 0x\(Number.hexadecimal(old, digits: width * 2))"
            let text: String
            if let given = values.popFirst() { text = given } else if list.count <= 2, let answer = session.ask?(place + " - ") { text = answer.trimmingSpaces } else {
                if list.count <= 2 { lines.append(place) }
                break
            }
            if text == "." || text == "q" { break }
            if !text.isEmpty {
                let new = try session.number(text)
                try session.shell.target.write(address, (0..<width).map { UInt8(truncatingIfNeeded: new >> UInt64($0 * 8)) })
                lines.append("\(place) -> 0x\(Number.hexadecimal(width == 8 ? new : new & (1 << UInt64(width * 8) - 1), digits: width * 2))")
            }
            address &+= UInt64(width)
            if list.count > 2, values.isEmpty { break }
        }
        return ShellAnswer(lines)
    }
}
