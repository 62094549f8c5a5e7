/// Options of `mount -o`: those that the stack consumes for every driver, and the rest, which is the driver's.
struct MountOptions: Equatable {
    /// `name=`: the interface's name prefix in place of the driver's.
    var name: String?
    /// `lan=` or `unit=`: the number behind it.
    var unit: Int?
    /// `nic=`: this NIC only.
    var nic: String?
    /// `pci=`: the n-th NIC that the driver matches, from 0.
    var index: Int?
    /// `trace=`: how much of it the flight recorder keeps; nil: as the stack was started.
    var trace: DeviceTrace.Level?
    /// `isolated`: in a process of its own; `isolated=cold`: without a spare one that waits.
    var isIsolated = false, keepsSpare = true
    /// `hang=`: milliseconds without progress after which a process of its own is ended, 0: never; nil: the usual.
    var hang: Int?
    /// `txwatch=`: seconds after which a transmitter that gives nothing back stands still, 0: never; nil: the usual.
    var transmitWatch: Int?
    /// Comma-separated, in the order given.
    var driver = ""

    init(_ text: String) throws(DriverFailure) {
        var rest: [Substring] = []
        for word in text.split(separator: ",", omittingEmptySubsequences: false) where !(text.isEmpty && word.isEmpty) {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = parts.count == 2 ? String(parts[1]) : nil
            switch parts.first ?? "" {
            case "": throw .badOption(String(word), why: "an option has a name")
            case "isolated":
                guard value == nil || value == "cold" else { throw .badOption(String(word), why: "it has no value, or is isolated=cold") }
                (isIsolated, keepsSpare) = (true, value == nil)
            case "hang":
                hang = try Self.number(value, word, below: 60_001)
                // Less than two looks would end drivers that are only busy.
                guard let hang, hang == 0 || hang >= 40 else { throw .badOption(String(word), why: "it is 40 to 60000 ms, or 0 for never") }
            case "txwatch": transmitWatch = try Self.number(value, word, below: 3601)
            case "name": name = try Self.prefix(value, word)
            case "lan", "unit": unit = try Self.number(value, word, below: 1000)
            case "nic": nic = try Self.present(value, word)
            case "pci": index = try Self.number(value, word, below: 256)
            case "trace":
                guard let level = DeviceTrace.Level(rawValue: try Self.present(value, word)) else {
                    throw .badOption(String(word), why: "it is trace=off, trace=events or trace=frames")
                }
                trace = level
            default: rest.append(word)
            }
        }
        guard hang == nil || isIsolated else { throw .badOption("hang", why: "it goes with isolated") }
        driver = rest.joined(separator: ",")
    }

    /// The same options for one interface and its NIC alone, as a plan says them.
    static func pinned(_ text: String, to interface: String, nic: String?) -> String {
        let digits = interface.reversed().prefix { $0.isNumber }.count
        let own: Set<Substring> = ["name", "lan", "unit", "nic", "pci"]
        let rest = text.split(separator: ",").filter { !own.contains($0.prefix { $0 != "=" }) }.map(String.init)
        let place = ["name=\(interface.dropLast(digits))", "unit=\(interface.suffix(digits))"] + (nic.map { ["nic=\($0)"] } ?? [])
        return (place + rest).joined(separator: ",")
    }

    private static func present(_ value: String?, _ word: Substring) throws(DriverFailure) -> String {
        guard let value, !value.isEmpty else { throw .badOption(String(word), why: "it needs a value") }
        return value
    }

    private static func number(_ value: String?, _ word: Substring, below limit: Int) throws(DriverFailure) -> Int {
        guard let number = Int(try present(value, word)), number >= 0, number < limit else {
            throw .badOption(String(word), why: "its value is a number from 0 to \(limit - 1)")
        }
        return number
    }

    private static func prefix(_ value: String?, _ word: Substring) throws(DriverFailure) -> String {
        let text = try present(value, word)
        let letters = text.utf8.allSatisfy { (0x61...0x7a).contains($0) || (0x41...0x5a).contains($0) || (0x30...0x39).contains($0) }
        guard letters, text.utf8.count <= 11, let last = text.utf8.last, !(0x30...0x39).contains(last) else {
            throw .badOption(String(word), why: "a name is 1 to 11 letters and digits that do not end in a digit")
        }
        return text
    }
}

/// Interface names: `<prefix><n>`, the first free n unless one was asked for.
enum UnitName {
    static func choose(prefix: String, unit: Int?, taken: Set<String>) throws(DriverFailure) -> String {
        if let unit {
            let name = "\(prefix)\(unit)"
            guard !taken.contains(name) else { throw .nameTaken(name) }
            return name
        }
        for n in 0..<1000 where !taken.contains("\(prefix)\(n)") { return "\(prefix)\(n)" }
        throw .nameTaken("\(prefix)0 to \(prefix)999")
    }
}
