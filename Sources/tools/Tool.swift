internal import ArgumentParser

/// A command of `drydock`: its words are read by ArgumentParser, its work is done in a ``World``.
protocol Tool: ParsableCommand {
    /// What the process ends with when its words make no sense.
    static var usageExit: Int32 { get }
    /// Turns forms that ArgumentParser does not take (BSD word lists) into forms that it does.
    static func normalised(_ words: [String]) -> [String]
    /// - Returns: the exit code.
    func perform(in world: World) throws(ToolFailure) -> Int32
}

extension Tool {
    /// EX_USAGE of sysexits.h.
    static var usageExit: Int32 { 64 }
    static func normalised(_ words: [String]) -> [String] { words }
    static var toolName: String { configuration.commandName ?? "drydock" }
}

/// Exit codes that mean the same in every command.
enum Exit {
    static let success: Int32 = 0
    static let failure: Int32 = 1
    /// A stack that exists and does not answer.
    static let hung: Int32 = 3
}

/// A refusal or a failure, as one line for the user: what failed, why, what to do.
struct ToolFailure: Error, Equatable {
    /// Lines that go before ours: the two of `mount`.
    var preface: [String] = []
    var what: String
    var why: String
    /// Empty when there is nothing to be done.
    var fix: String
    var exit: Int32 = Exit.failure
    /// The errno that the other side gave; 0: none.
    var code: Int32 = 0

    init(_ what: String, _ why: String, _ fix: String, exit: Int32 = Exit.failure, code: Int32 = 0) {
        (self.what, self.why, self.fix, self.exit, self.code) = (what, why, fix, exit, code)
    }

    /// The lines for standard error, each ended by a newline.
    func text(_ tool: String) -> String {
        let line = "\(tool): " + (what.isEmpty ? "" : "\(what): ") + why + (fix.isEmpty ? "" : "; \(fix)")
        return (preface + [line]).joined(separator: "\n") + "\n"
    }
}
