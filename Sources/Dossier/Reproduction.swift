internal import Messages

/// Shell commands that set up again what died.
enum Reproduction {
    static func part(_ commands: [String]?, _ stone: Tombstone?) -> Dossier.Part<[String]> {
        if let commands, !commands.isEmpty { return .known(commands.map(CrashFolder.printable)) }
        guard let stone, !stone.command.isEmpty else { return .missing("died.json is not in the folder, or names no command") }
        return .known([CrashFolder.printable(stone.command.map(quoted).joined(separator: " "))], note: "what was set up after the start is not known: there is no plan.json")
    }

    static func quoted(_ word: String) -> String {
        let plain = !word.isEmpty && word.utf8.allSatisfy { octet in
            (0x30...0x39).contains(octet) || (0x41...0x5a).contains(octet) || (0x61...0x7a).contains(octet) || "=,./-_:+@%".utf8.contains(octet)
        }
        return plain ? word : "'" + word.replacing("'", with: "'\\''") + "'"
    }
}
