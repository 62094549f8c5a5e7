internal import FoundationEssentials
internal import Host

/// What the supervisor writes into an instance's folder when its stack died: `died.json`.
///
/// Read leniently: what is absent is not said.
struct Tombstone: Codable, Equatable {
    /// Seconds since 1970.
    var when: Double?
    var pid: Int32?
    var signal: Int32?
    /// The address that was touched, and the instruction that did it.
    var address: UInt64?
    var ip: UInt64?
    var driver: String?
    /// The driver's function that was running.
    var callout: String?
    var interface: String?
    /// The command that started the instance.
    var command: [String]?

    static func read(_ folder: String) -> Tombstone? {
        guard let text = FileSystem.text("\(folder)/died.json") else { return nil }
        return parse(text)
    }

    static func parse(_ text: String) -> Tombstone? {
        try? JSONDecoder().decode(Tombstone.self, from: Data(text.utf8))
    }

    /// `SIGSEGV at address 0x10, in transmit of driver e1000 (em0)`
    var cause: String {
        var text = signal.map { Signal(rawValue: $0).description } ?? "it ended"
        if let address, signal != nil { text += " at address 0x\(Number.hexadecimal(address))" }
        if let driver, !driver.isEmpty {
            text += ", in \(callout.map { "\($0) of " } ?? "")driver \(driver)"
            if let interface, !interface.isEmpty { text += " (\(interface))" }
        }
        return text
    }

    func failure(_ name: FolderName) -> ToolFailure {
        let who = pid.map { " (pid \($0))" } ?? ""
        let restart = command.map { $0.map(ShellText.quotedIfNeeded).joined(separator: " ") }
        return ToolFailure(
            StackClient.title(name), "the stack\(who) died: \(cause)",
            "start it again: \(restart ?? "io-pkt-v6-hc -ptcpip" + (name.prefix.isEmpty ? "" : " prefix=\(name.prefix)"))")
    }
}
