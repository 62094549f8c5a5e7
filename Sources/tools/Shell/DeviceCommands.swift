internal import Messages
internal import Recorder
internal import Shell

/// `regs`, `reg`, `watch`, `pci`, `dma`, `irq`, `devs`: the hardware, seen past its driver.
enum DeviceCommands {
    static var all: [ShellCommand] {
        [
            ShellCommand("devs", "", "interfaces with a device: driver, NIC, bus") { (session, _) throws(ShellError) in try devices(session) },
            ShellCommand("regs", "interface [part]", "all registers that can be looked at without changing them, with their fields") {
                (session, arguments) throws(ShellError) in try registers(session, arguments)
            },
            ShellCommand("reg", "interface.REGISTER[.FIELD] [= value]", "one register, or a field of it; with a value it is stored") {
                (session, arguments) throws(ShellError) in try register(session, arguments)
            },
            ShellCommand("watch", "interface.REGISTER | expression [, changes [, seconds]]", "print it whenever it changes: 10 changes or 10 seconds at most") {
                (session, arguments) throws(ShellError) in try watch(session, arguments)
            },
            ShellCommand("pci", "interface", "configuration space: identity, command, base addresses") { (session, arguments) throws(ShellError) in
                try configuration(session, arguments)
            },
        ]
    }

    static func interface(_ session: ShellSession, _ arguments: ShellArguments, _ example: String) throws(ShellError) -> String {
        guard let name = arguments.words.first else {
            throw .badOperand("which interface? there are: \(try session.subject.devices().keys.sorted().joined(separator: ", ")); as in: \(example)")
        }
        return name
    }

    private static func devices(_ session: ShellSession) throws(ShellError) -> ShellAnswer {
        struct Row: Encodable { var interface: String, driver: String, nic: String, bus: String, instance: UInt64? }
        let shown = session.target.shown.drivers
        let rows = try session.subject.devices().values.sorted { $0.interface < $1.interface }.map { device in
            Row(interface: device.interface, driver: device.driver, nic: device.nic, bus: device.bus, instance: shown.first { $0.interface == device.interface }?.instance)
        }
        guard !rows.isEmpty else { return ShellAnswer(["no interface has a device"], data: rows) }
        return ShellAnswer(rows.map { row in
            let place = row.instance.map { "instance 0x\(Number.hexadecimal($0))" } ?? "in a process of its own: --driver \(row.interface)"
            return [Column.left(row.interface, 8), Column.left(row.driver, 24), Column.left("\(row.nic) (\(row.bus))", 20), place].joined(separator: " ")
        }, data: rows)
    }

    private static func registers(_ session: ShellSession, _ arguments: ShellArguments) throws(ShellError) -> ShellAnswer {
        let interface = try interface(session, arguments, "regs em0")
        let look = try session.subject.look(interface, .registers), part = arguments.words.dropFirst().first
        let shown = look.registers.filter { register in part.map { register.name.lowercased().contains($0.lowercased()) } ?? true }
        var lines = shown.map { RegisterText.line($0, zeros: false) }
        if !look.notRead.isEmpty { lines.append("not shown: \(look.notRead)") }
        if shown.isEmpty, look.notRead.isEmpty { lines.append("no register of \(interface) has \"\(part ?? "")\" in its name") }
        return ShellAnswer(lines, data: shown)
    }

    private static func register(_ session: ShellSession, _ arguments: ShellArguments) throws(ShellError) -> ShellAnswer {
        let parts = arguments.text.split(separator: "=", maxSplits: 1).map(\.trimmingSpaces)
        guard let first = parts.first, !first.isEmpty else { throw .badOperand("reg shows a register: reg em0.CTRL") }
        let path = try RegisterPath(first, session.subject.devices())
        let look = try session.subject.look(path.interface, path.part)
        let found = look.registers.first { $0.region == path.region && $0.offset == path.offset }
        if parts.count == 2 { return try store(session, path, parts[1], old: found.map { UInt64($0.value) }) }
        guard let found else {
            throw .refused(path.isReadClearing ? "\(path.register) is cleared by reading it, and so it is not read" : "\(path.register) cannot be seen from outside" + (look.notRead.isEmpty ? "" : ": \(look.notRead)"))
        }
        guard let field = path.field else {
            return ShellAnswer(["\(path.register) = 0x\(Number.hexadecimal(found.value, digits: path.width * 2))"] + found.fields.map { "    \(Column.left($0.name, 16)) \($0.value)" }, data: found)
        }
        let value = field.value(in: UInt64(found.value))
        return ShellAnswer(["\(path.register).\(field.name) = \(value) = 0x\(Number.hexadecimal(value))"], data: value)
    }

    private static func store(_ session: ShellSession, _ path: RegisterPath, _ text: String, old: UInt64?) throws(ShellError) -> ShellAnswer {
        guard !session.target.isReadOnly else { throw .refused("this session only looks (-r): \(path.register) stays as it is") }
        guard let before = old ?? (path.field == nil ? 0 : nil) else { throw .refused("\(path.register) cannot be read, so a field of it cannot be exchanged; store the whole register") }
        let new = try path.merged(try session.number(text), into: before)
        func octets(_ value: UInt64) -> [UInt8] { (0..<path.width).map { UInt8(truncatingIfNeeded: value >> UInt64($0 * 8)) } }
        try session.subject.storeRegister(path.register, octets(new))
        session.journal.note(path.register, UInt64(path.offset), octets(before), octets(new))
        let after = path.value(in: try session.subject.look(path.interface, path.part))
        let was = old.map { "0x\(Number.hexadecimal($0)) -> " } ?? ""
        let reads = after.map { $0 == new ? "" : "; it reads back as 0x\(Number.hexadecimal($0))" } ?? ""
        return ShellAnswer(["\(path.register): \(was)0x\(Number.hexadecimal(new))\(reads)"], data: after)
    }

    // MARK: watch

    private static func watch(_ session: ShellSession, _ arguments: ShellArguments) throws(ShellError) -> ShellAnswer {
        let list = arguments.list
        guard let what = list.first else { throw .badOperand("watch what? as in: watch em0.RDH, 10, 5") }
        var left = list.count > 1 ? min(Int(clamping: try session.number(list[1])), 100_000) : 10
        let seconds = list.count > 2 ? min(Int(clamping: try session.number(list[2])), 3600) : 10
        let path = try? RegisterPath(what, session.subject.devices())
        func value() throws(ShellError) -> UInt64 {
            guard let path else { return try session.number(what) }
            let whole = try session.subject.value(of: path)
            return path.field?.value(in: whole) ?? whole
        }
        let began = session.uptime
        var old = try value()
        session.show(["\(what) = 0x\(Number.hexadecimal(old))"])
        while left > 0, session.uptime - began < Double(seconds), !session.isInterrupted() {
            Pause.milliseconds(20)
            let now = try value()
            guard now != old else { continue }
            session.show(["\(Number.fixed(session.uptime - began, 3)) s  \(what): 0x\(Number.hexadecimal(old)) -> 0x\(Number.hexadecimal(now))"])
            (old, left) = (now, left - 1)
        }
        return ShellAnswer([left > 0 ? "no more: \(seconds) s are over" : "no more: enough changes"], data: old)
    }

    // MARK: pci

    private static func configuration(_ session: ShellSession, _ arguments: ShellArguments) throws(ShellError) -> ShellAnswer {
        let look = try session.subject.look(try interface(session, arguments, "pci em0"), .configuration)
        let c = look.configuration
        guard c.count == 64 else { throw .refused("the configuration space of NIC \(look.nic) was not kept") }
        func half(_ at: Int) -> UInt32 { UInt32(c[at]) | UInt32(c[at + 1]) << 8 }
        func word(_ at: Int) -> UInt32 { half(at) | half(at + 2) << 16 }
        let command = half(4), status = half(6)
        func names(_ value: UInt32, _ bits: [(Int, String)]) -> String { bits.filter { value >> UInt32($0.0) & 1 == 1 }.map(\.1).joined(separator: " ") }
        var lines = [
            "NIC \(look.nic): \(Number.hexadecimal(half(0), digits: 4)):\(Number.hexadecimal(half(2), digits: 4)) revision \(c[8]), class \(Number.hexadecimal(word(8) >> 8, digits: 6))",
            "subsystem \(Number.hexadecimal(half(0x2c), digits: 4)):\(Number.hexadecimal(half(0x2e), digits: 4))",
            "command 0x\(Number.hexadecimal(command, digits: 4))  \(names(command, [(0, "io"), (1, "memory"), (2, "bus-master"), (6, "parity"), (8, "SERR"), (10, "no-INTx")]))",
            "status  0x\(Number.hexadecimal(status, digits: 4))  \(names(status, [(3, "interrupt"), (4, "capabilities"), (8, "parity-error"), (11, "target-abort"), (12, "target-abort-received"), (13, "master-abort"), (15, "parity-detected")]))",
        ].map(\.trimmingSpaces)
        for bar in 0..<6 where word(0x10 + bar * 4) != 0 { lines.append("BAR\(bar)    0x\(Number.hexadecimal(word(0x10 + bar * 4), digits: 8))") }
        lines.append("interrupt pin \(c[0x3d]), line \(c[0x3c])")
        return ShellAnswer(lines, data: c)
    }
}
