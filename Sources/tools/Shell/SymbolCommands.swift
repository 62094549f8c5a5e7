internal import Cores
internal import Dossier
internal import Host
internal import Shell
internal import Symbols

/// `lkup`, `lkAddr`, `l`, `moduleShow`: what lies where.
enum SymbolCommands {
    static var all: [ShellCommand] {
        [
            ShellCommand("lkup", "\"part\"", "symbols whose name has that part; 0: how many there are; \"\": all") {
                (session, arguments) throws(ShellError) in try look(session, arguments)
            },
            ShellCommand("lkAddr", "address", "the symbol, file and source line of an address, and its neighbours") {
                (session, arguments) throws(ShellError) in try address(session, arguments)
            },
            ShellCommand("l", "[address [, instructions]]", "disassemble; without an address where the stack's first thread is") {
                (session, arguments) throws(ShellError) in try disassemble(session, arguments)
            },
            ShellCommand("moduleShow", "", "the files that are loaded: drivers, program, libraries") { (session, _) throws(ShellError) in modules(session) },
        ]
    }

    struct Row: Encodable { var name: String, address: UInt64, octets: UInt64, section: String, module: String }

    private static let most = 1000

    private static func row(_ symbol: SymbolTable.Symbol, _ image: LoadedImages.Image) -> Row {
        Row(name: Demangling.name(symbol.name), address: image.base &+ symbol.start, octets: symbol.octets, section: symbol.section.rawValue, module: image.module.name)
    }

    private static func line(_ row: Row) -> String {
        "\(Column.left(row.name, 32))  0x\(Number.hexadecimal(row.address, digits: 12))  \(Column.left(row.section, 4))  (\(row.module))"
    }

    private static func look(_ session: ShellSession, _ arguments: ShellArguments) throws(ShellError) -> ShellAnswer {
        let images = session.target.images.images
        guard arguments.text != "0" else {
            struct Count: Encodable { var module: String, functions: Int, objects: Int }
            let counts = images.compactMap { image in image.module.table.map { Count(module: image.module.name, functions: $0.counts.functions, objects: $0.counts.objects) } }
            return ShellAnswer(counts.map { "\(Column.left($0.module, 32)) \(Column.right($0.functions, 7)) functions \(Column.right($0.objects, 7)) objects" }, data: counts)
        }
        guard let part = arguments.words.first ?? (arguments.text == "\"\"" ? "" : nil) else { throw .badOperand("lkup searches for a part of a name: lkup \"poll\"") }
        let wanted = part == "\"\"" ? "" : part
        let rows = images.flatMap { image in (image.module.table?.matching(wanted, most: most) ?? []).map { row($0, image) } }
        guard !rows.isEmpty else { return ShellAnswer(["no symbol has \"\(wanted)\" in its name"], data: [Row]()) }
        let shown = rows.prefix(most)
        return ShellAnswer(shown.map(line) + (rows.count > most ? ["... and more: give more of the name"] : []), data: Array(shown))
    }

    private static func address(_ session: ShellSession, _ arguments: ShellArguments) throws(ShellError) -> ShellAnswer {
        guard let first = arguments.list.first else { throw .badOperand("lkAddr says what lies at an address: lkAddr 0x1234") }
        let address = try session.number(first), images = session.target.images
        guard let image = images.image(at: address) else {
            guard let mapping = session.target.memory.mappings().first(where: { $0.range.contains(address) }) else { throw .notMapped(address, octets: 1) }
            let what = mapping.path.isEmpty ? "memory of no file" : mapping.path
            return ShellAnswer(["0x\(Number.hexadecimal(address)) is 0x\(Number.hexadecimal(address - mapping.range.lowerBound)) octets into \(what)"])
        }
        guard let table = image.module.table, let found = table.symbol(at: address - image.base) else {
            return ShellAnswer(["0x\(Number.hexadecimal(address)) is in \(image.module.name); \(image.module.note ?? "no symbol is near it")"])
        }
        let row = row(found, image), offset = address - row.address
        var lines = [line(row) + (offset > 0 ? " + 0x\(Number.hexadecimal(offset))" : "")]
        if found.isFunction, let place = images.line(address) { lines.append("    \(place)") }
        return ShellAnswer(lines, data: row)
    }

    private static func modules(_ session: ShellSession) -> ShellAnswer {
        struct Loaded: Encodable { var name: String, base: UInt64, end: UInt64, file: String?, buildID: String?, isDriver: Bool, note: String? }
        let all = session.target.images.images.map { image in
            Loaded(name: image.module.name, base: image.base, end: image.end, file: image.module.file, buildID: image.module.buildID, isDriver: image.isDriver,
                   note: image.types == nil ? image.missing : nil)
        }
        return ShellAnswer(all.map { one in
            "0x\(Number.hexadecimal(one.base, digits: 12))-0x\(Number.hexadecimal(one.end, digits: 12))  \(Column.left(one.name, 28)) \(one.isDriver ? "driver" : "")"
                .trimmingSpaces + (one.note.map { "  (\($0))" } ?? "")
        }, data: all)
    }

    // MARK: l

    private static func disassemble(_ session: ShellSession, _ arguments: ShellArguments) throws(ShellError) -> ShellAnswer {
        let list = arguments.list
        let address = if let first = list.first { try session.number(first) } else { try session.subject.threads().threads.first?.instruction ?? 0 }
        let count = list.count > 1 ? min(max(Int(clamping: try session.number(list[1])), 1), 1000) : 10
        let images = session.target.images
        guard let image = images.image(at: address), let file = image.module.file else {
            throw .refused("no file is known for 0x\(Number.hexadecimal(address)), and only files are disassembled; d shows its octets")
        }
        guard let tool = ToolFile.find("llvm-objdump") ?? ToolFile.find("objdump") else {
            throw .refused("neither llvm-objdump nor objdump is installed; try: apt-get install binutils")
        }
        let start = address - image.base
        let words = ["objdump", "-d", "--no-show-raw-insn", "--start-address=0x\(Number.hexadecimal(start))", "--stop-address=0x\(Number.hexadecimal(start + UInt64(count) * 16))", file]
        guard let outcome = try? Subprocess.run(tool, words, time: .seconds(10)), outcome.ending == .exited(0) else { throw .refused("\(tool) could not read \(file)") }
        let lines = instructions(outcome.output, image.base).prefix(count).map { at, text in
            let near = images.symbol(at: at).map { $0.offset == 0 ? ["\($0.name):"] : [] } ?? []
            return near + ["0x\(Number.hexadecimal(at, digits: 12))  \(text)"]
        }
        guard !lines.isEmpty else { throw .refused("there is no instruction at 0x\(Number.hexadecimal(address))") }
        return ShellAnswer(lines.flatMap { $0 })
    }

    /// `  1234: 48 89 e5   mov …` of the tool, at where the file is loaded.
    static func instructions(_ text: String, _ base: UInt64) -> [(UInt64, String)] {
        text.split(separator: "\n").compactMap { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, let offset = UInt64(parts[0].trimmingSpaces, radix: 16), line.first == " " else { return nil }
            let words = parts[1].split { $0 == " " || $0 == "\t" }
            return (base &+ offset, words.joined(separator: " "))
        }
    }
}

/// Programs of others, where a shell would find them.
enum ToolFile {
    static func find(_ name: String) -> String? {
        (FileSystem.environment("PATH") ?? "").split(separator: ":").map { "\($0)/\(name)" }.first { FileSystem.exists($0) }
    }
}
