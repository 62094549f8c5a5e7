internal import CLine
internal import Glibc
internal import Host

/// Lines of a terminal or a pipe; of a terminal with editing, history and completion, where libedit is installed.
final class LineReader {
    private let isTerminal: Bool
    private let hasEditor: Bool

    init(isTerminal: Bool) {
        self.isTerminal = isTerminal
        // A terminal that cannot move its cursor gets plain lines.
        let terminal = FileSystem.environment("TERM") ?? "dumb"
        hasEditor = isTerminal && terminal != "dumb" && cline_open() == 1
    }

    /// nil: there are no more.
    // SAFETY: the editor's line is NUL-terminated and ours to free.
    func line(_ prompt: String) -> String? {
        guard hasEditor else {
            if isTerminal { Output.standard(prompt) }
            return readLine()
        }
        guard let text = unsafe cline_read(prompt) else { return nil }
        defer { unsafe free(text) }
        return unsafe String(cString: text)
    }

    func remember(_ line: String) { if hasEditor, !line.isEmpty { unsafe cline_remember(line) } }

    /// - Parameter mode: `vi` or `emacs`.
    /// - Returns: false: there is no editor, or no such mode.
    func configure(_ mode: String) -> Bool {
        guard hasEditor, mode == "vi" || mode == "emacs" else { return false }
        unsafe cline_command(mode == "vi" ? "bind -v" : "bind -e")
        return true
    }

    func complete(by session: ShellSession, _ world: World) {
        guard hasEditor else { return }
        unsafe Completing.shared.begin(session) { synopsis in
            world.output("\n\(synopsis)\n")
            cline_redraw()
        }
        unsafe cline_complete { word, line, start, number in
            guard let word = unsafe word, let line = unsafe line else { return nil }
            return unsafe Completing.shared.next(String(cString: word), String(cString: line), Int(start), Int(number))
        }
    }
}

/// What the editor's callback works on: it has no argument of ours. All of it is the main thread's.
// SAFETY: one thread reads lines, and the editor calls back on it. `room` is NUL-terminated and read before the next call.
@safe private final class Completing {
    nonisolated(unsafe) static let shared = Completing()
    private weak var session: ShellSession?
    private var tell: (String) -> Void = { _ in }
    private var found: [String] = []
    private let room = UnsafeMutableBufferPointer<CChar>.allocate(capacity: 512)

    func begin(_ session: ShellSession, _ tell: @escaping (String) -> Void) { (self.session, self.tell) = (session, tell) }

    func next(_ word: String, _ line: String, _ start: Int, _ number: Int) -> UnsafePointer<CChar>? {
        if number == 0 {
            found = session?.completions(of: word, in: line, start: start) ?? []
            // A name that is whole is explained.
            if found == [word], let synopsis = session?.synopsis(word), synopsis != word { tell(synopsis) }
        }
        guard number < found.count else { return nil }
        let octets = unsafe found[number].utf8.prefix(room.count - 1)
        for (index, octet) in octets.enumerated() { unsafe (room[index] = CChar(bitPattern: octet)) }
        unsafe room[octets.count] = 0
        return unsafe UnsafePointer(room.baseAddress)
    }
}
