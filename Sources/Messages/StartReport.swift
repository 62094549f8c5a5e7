public import Host

/// The first and last word of a start: written once into a pipe by the process that is being started.
public enum StartReport: Codable, Equatable, Sendable {
    /// It answers on its sockets; its process id.
    case ready(pid: Int32)
    case failed(Failure)

    /// Writes it; a reader that has gone away is no error.
    public func write(to pipe: borrowing FileDescriptor) {
        guard let octets = try? Body.encode(bounded) else { return }
        try? pipe.write(octets + [UInt8(ascii: "\n")])
    }

    /// A pipe takes this much in one piece, so that two writers cannot mix.
    private var bounded: StartReport {
        guard case .failed(let failure) = self else { return self }
        func short(_ text: String) -> String { String(text.prefix(300)) }
        return .failed(Failure(failure.errno, what: short(failure.what), why: short(failure.why), fix: short(failure.fix)))
    }

    /// Reads the word at the other end.
    ///
    /// - Throws: `.timedOut`, `.serverDied` when the writers are gone without a word, `.malformed`.
    public static func read(from pipe: borrowing FileDescriptor, timeout: Duration) throws(MessageFailure) -> StartReport {
        let deadline = Deadline(in: timeout)
        var octets: [UInt8] = []
        while !octets.contains(UInt8(ascii: "\n")), octets.count < 65536 {
            guard Poll.readable(pipe.raw, deadline) else { throw .timedOut(after: timeout) }
            let part: [UInt8]
            do { part = try pipe.readAvailable() } catch { throw .system(error) }
            guard !part.isEmpty else { throw octets.isEmpty ? .serverDied : .malformed }
            octets += part
        }
        return try Body.decode(StartReport.self, Array(octets.prefix { $0 != UInt8(ascii: "\n") }))
    }
}
