internal import FoundationEssentials
internal import Host
internal import Messages

// What a tool makes of the tombstone that a supervisor left.
extension Tombstone {
    static func read(_ folder: String) -> Tombstone? {
        guard let text = FileSystem.text("\(folder)/died.json") else { return nil }
        return parse(text)
    }

    static func parse(_ text: String) -> Tombstone? {
        try? JSONDecoder().decode(Tombstone.self, from: Data(text.utf8))
    }

    /// `SIGSEGV at address 0x10, in transmit of driver e1000 (em0)`
    var cause: String {
        var text = hungMilliseconds.map { "no progress for \($0) ms" } ?? signal.map { Signal(rawValue: $0).description } ?? "it ended"
        if let address, signal != nil, hungMilliseconds == nil { text += " at address 0x\(Number.hexadecimal(address))" }
        if let driver, !driver.isEmpty {
            text += ", in \(callout.map { "\($0) of " } ?? "")driver \(driver)"
            if let interface, !interface.isEmpty { text += " (\(interface))" }
        }
        return text
    }

    func failure(_ name: FolderName) -> ToolFailure {
        ToolFailure(
            StackClient.title(name), "the stack (pid \(pid)) died: \(cause)",
            isFollowed == true
                ? "it is started again: give the command once more"
                : "start it again: \(command.map(ShellText.quotedIfNeeded).joined(separator: " "))")
    }
}
