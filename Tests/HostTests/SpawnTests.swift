import Glibc
import Host
import Testing

struct SpawnTests {
    /// Runs a shell line with descriptor 3 a pipe; what it writes there, and how it ended.
    private func run(_ line: String, environment: [String]? = nil) throws -> (text: String, ending: Ending?) {
        let pipe = try FileDescriptor.pipe()
        let child = try Spawn.start("/bin/sh", arguments: ["named", "-c", line], environment: environment, descriptors: [-1, -1, -1, pipe.second.raw])
        let readEnd = pipe.first
        let hasEnded = child.waitForEnd(Deadline(in: .seconds(10)))
        #expect(hasEnded)
        return (String(decoding: try readEnd.readAvailable(), as: UTF8.self), child.reap())
    }

    @Test func `a child has its name, its environment and its descriptors, and nothing else`() throws {
        let result = try run("echo $0 $WORD $(ls /proc/$$/fd | tr '\\n' ' ') >&3", environment: ["WORD=hello", "PATH=/usr/bin:/bin"])
        #expect(result.text.hasPrefix("named hello 0 1 2 3"))
        #expect(!result.text.contains(" 4 "))
        #expect(result.ending == .exited(0))
    }

    @Test func `endings are told apart`() throws {
        #expect(try run("exit 7").ending == .exited(7))
        #expect(try run("kill -KILL $$").ending == .killed(.kill))
    }

    @Test func `a program that is not there is said at once`() throws {
        var why: SystemError?
        do throws(SystemError) { _ = try Spawn.start("/nonexistent", arguments: ["x"], descriptors: []) } catch { why = error }
        #expect(why == SystemError("posix_spawn", .notFound))
    }

    @Test(arguments: [true, false]) func `a child leads a session of its own, or a group in ours`(ownSession: Bool) throws {
        let pipe = try FileDescriptor.pipe()
        let child = try Spawn.start(
            "/bin/sh", arguments: ["sh", "-c", "cut -d' ' -f5,6 /proc/$$/stat >&3"], descriptors: [-1, -1, -1, pipe.second.raw], ownSession: ownSession)
        let hasEnded = child.waitForEnd(Deadline(in: .seconds(10)))
        #expect(hasEnded)
        let words = String(decoding: try pipe.first.readAvailable(), as: UTF8.self).split(whereSeparator: \.isWhitespace)
        #expect(words == ["\(child.pid)", "\(ownSession ? child.pid : getsid(0))"])
    }

    @Test func `descriptors may change places`() throws {
        let one = try FileDescriptor.pipe(), two = try FileDescriptor.pipe()
        let child = try Spawn.start(
            "/bin/sh", arguments: ["sh", "-c", "echo a >&3; echo b >&4"], descriptors: [-1, -1, -1, two.second.raw, one.second.raw])
        let hasEnded = child.waitForEnd(Deadline(in: .seconds(10)))
        #expect(hasEnded)
        #expect(try two.first.readAvailable() == Array("a\n".utf8))
        #expect(try one.first.readAvailable() == Array("b\n".utf8))
        let ending = child.reap()
        #expect(ending == .exited(0))
    }

    @Test(arguments: [("9", 9), ("KILL", 9), ("sigkill", 9), ("SIGTERM", 15), ("64", 64)])
    func `a signal is known by number and name`(text: String, number: Int32) { #expect(Signal(text: text)?.rawValue == number) }

    @Test(arguments: ["0", "65", "-1", "", "SIG", "NOTHING"]) func `what is no signal is none`(text: String) { #expect(Signal(text: text) == nil) }
}
