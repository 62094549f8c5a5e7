internal import Glibc
internal import Messages
internal import Shell
internal import Symbols

/// `method`, `fault`, `ld`, `unld`: drivers and their hardware, handled from the shell.
enum DriverCommands {
    static var all: [ShellCommand] {
        [
            ShellCommand("method", "[interface.name [, argument ...]]", "call what a driver offers to shells; without a name they are listed") {
                (session, arguments) throws(ShellError) in try method(session, arguments)
            },
            ShellCommand("fault", "interface down | up | none | IMPAIRMENTS", "bend its cable: loss=1%, corrupt=, duplicate=, reorder=, delay=5ms; hold the carrier down") {
                (session, arguments) throws(ShellError) in try fault(session, arguments)
            },
            ShellCommand("ld", "\"driver.so\" [, \"options\"]", "mount a driver into the stack") { (session, arguments) throws(ShellError) in
                guard let path = arguments.words.first else { throw .badOperand("as in: ld \"devnp-e1000.so\", \"nic=em-a\"") }
                let options = arguments.words.dropFirst().joined(separator: ",")
                return try session.tool("mount", ["-T\(session.subject.type)"] + (options.isEmpty ? [] : ["-o", options]) + [path])
            },
            ShellCommand("unld", "interface", "take a driver out: the interface goes") { (session, arguments) throws(ShellError) in
                try session.tool("ifconfig", [try DeviceCommands.interface(session, arguments, "unld em0"), "destroy"])
            },
        ]
    }

    private static func method(_ session: ShellSession, _ arguments: ShellArguments) throws(ShellError) -> ShellAnswer {
        struct Row: Encodable { var interface: String, method: String, help: String }
        let drivers = session.target.shown.drivers, list = arguments.list
        guard let first = list.first else {
            let rows = drivers.flatMap { driver in driver.methods.map { Row(interface: driver.interface, method: $0.name, help: $0.help) } }
            guard !rows.isEmpty else { return ShellAnswer(["no driver here offers a method"], data: rows) }
            return ShellAnswer(rows.map { "\(Column.left("\($0.interface).\($0.method)", 24)) \($0.help)" }, data: rows)
        }
        let parts = first.split(separator: ".", maxSplits: 1).map(String.init)
        guard parts.count == 2, let driver = drivers.first(where: { $0.interface == parts[0] }) else { throw .badOperand("a method is named as em0.recover; method lists them") }
        guard let found = driver.methods.first(where: { $0.name == parts[1] }) else {
            throw .unknownField(parts[1], of: "the driver of \(parts[0])", nearest: NearestNames.of(parts[1], among: driver.methods.map(\.name)))
        }
        guard list.count <= 17 else { throw .tooManyArguments(first, given: list.count - 1, taken: 16) }
        var octets: [UInt8] = []
        for argument in list.dropFirst() {
            let value = try session.number(argument)
            octets += (0..<8).map { UInt8(truncatingIfNeeded: value >> UInt64($0 * 8)) }
        }
        let place = octets.isEmpty ? 0 : try session.shell.target.place(octets)
        let returned = try session.shell.target.call(found.address, [.integer(driver.instance), .integer(place), .integer(UInt64(list.count - 1))])
        let result = Int64(bitPattern: returned.integer)
        // A negative errno; a method's own results are not so small.
        if result < 0, result > -4096 { throw .refused("\(first) failed: \(ErrnoText.of(Int32(-result)))") }
        return ShellAnswer(["value = \(result) = 0x\(Number.hexadecimal(returned.integer))"], data: result)
    }

    private static func fault(_ session: ShellSession, _ arguments: ShellArguments) throws(ShellError) -> ShellAnswer {
        let interface = try DeviceCommands.interface(session, arguments, "fault em0 loss=5%")
        let what = arguments.text.dropFirst(interface.count).trimmingSpaces
        guard !session.target.isReadOnly else { throw .refused("this session only looks (-r): the cable stays as it is") }
        switch what {
        case "": throw .badOperand("which fault? as in: fault \(interface) loss=5%,delay=2ms; fault \(interface) down; fault \(interface) none")
        case "down", "up": try session.subject.order(.link(up: what == "up"), interface)
        default: try session.subject.order(.impair(what == "none" ? "" : what), interface)
        }
        return ShellAnswer(["\(interface): \(what)"])
    }
}

/// What an error's number means.
enum ErrnoText {
    // SAFETY: strerror's text is NUL-terminated and copied at once, on the only thread that asks.
    static func of(_ number: Int32) -> String { unsafe String(cString: strerror(number)) }
}
