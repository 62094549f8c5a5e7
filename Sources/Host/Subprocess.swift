internal import CLinux
internal import Glibc

/// Running a program to its end, with a bound on its time and its text.
package enum Subprocess {
    package struct Outcome {
        package var ending: Ending
        package var output: String
        package var complaint: String
    }

    /// Octets kept of each stream.
    package static let limit = 1 << 20

    /// - Parameter ownSession: as `Spawn.start`.
    /// - Parameter onOutput: sees text of both streams as it comes.
    /// - Parameter isCancelled: asked several times a second; true ends the program.
    /// - Returns: how it ended; `.killed(.kill)` too when it had to be ended after `time`.
    package static func run(
        _ program: String, _ arguments: [String], environment: [String]? = nil, time: Duration, ownSession: Bool = true,
        onOutput: (String) -> Void = { _ in }, isCancelled: () -> Bool = { false }
    ) throws(SystemError) -> Outcome {
        let output = try Stream(), errors = try Stream()
        let child = try Spawn.start(
            program, arguments: arguments, environment: environment, descriptors: [-1, output.childEnd, errors.childEnd],
            ownSession: ownSession)
        output.closeChildEnd()
        errors.closeChildEnd()
        let deadline = Deadline(in: time)
        var ended = false
        while !ended {
            ended = child.waitForEnd(Deadline(in: .milliseconds(10)))
            output.take(onOutput)
            errors.take(onOutput)
            guard !ended, deadline.hasPassed || isCancelled() else { continue }
            child.killGroup()
            ended = child.waitForEnd(Deadline(in: .seconds(5)))
        }
        return Outcome(ending: child.reap() ?? .unknown, output: output.text, complaint: errors.text)
    }

    /// One stream of a child, read without waiting.
    private final class Stream {
        /// Ours to read, the child's to write.
        private var ends: DescriptorPair
        private var octets: [UInt8] = []

        init() throws(SystemError) {
            ends = try FileDescriptor.pipe()
            // Only our end stays non-blocking: an ordinary program does not expect its output to be full.
            _ = clinux_fcntl(ends.second.raw, F_SETFL, 0)
        }

        var childEnd: Int32 { ends.second.raw }
        func closeChildEnd() { ends.second = FileDescriptor(owning: -1) }
        var text: String { String(decoding: octets, as: UTF8.self) }

        func take(_ see: (String) -> Void) {
            guard let fresh = try? ends.first.readAll(limit: Subprocess.limit), !fresh.isEmpty else { return }
            see(String(decoding: fresh, as: UTF8.self))
            octets += fresh.prefix(max(0, Subprocess.limit - octets.count))
        }
    }
}
