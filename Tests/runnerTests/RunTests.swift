import CCalls
import CLinux
import Foundation
import Glibc
import Host
import ProgramSockets
import Synchronization
import Testing
@testable import runner

/// A program, built here, whose calls a stack answers that is made up.
@Suite(.serialized, .enabled(if: Built.missing == nil, "\(Built.missing ?? "")"))
struct RunTests {
    /// Answers as a stack does; the sockets that it has handed out are kept until the end.
    final class Stack: Sendable {
        private let made = Mutex<[Pair]>([])
        private let fake = Mutex<FakeStack?>(nil)
        /// Connections given to a listener when it begins to listen.
        let arrivals: Int
        let isEcho: Bool

        init(arrivals: Int = 0, isEcho: Bool = false) throws {
            (self.arrivals, self.isEcho) = (arrivals, isEcho)
            let stack = try FakeStack { [self] call in answer(call) }
            fake.withLock { $0 = stack }
        }

        var number: UInt64 { fake.withLock { $0!.number } }
        var path: String { fake.withLock { $0!.path } }
        var kinds: [Int] { fake.withLock { $0!.kinds } }
        func answerLate(_ reply: Reply) { fake.withLock { $0! }.answerLate(reply) }

        func close() {
            fake.withLock { $0?.close() }
            for pair in made.withLock({ $0 }) { Glibc.close(pair.stack) }
            fake.withLock { $0 = nil }
        }

        private func answer(_ call: drydock_call) -> Reply {
            switch Int(call.call) {
            case DRYDOCK_CALL_OPEN: open(call)
            case DRYDOCK_CALL_LISTEN: listen()
            case DRYDOCK_CALL_CONNECT: connect()
            case DRYDOCK_CALL_GET_OPTION: option()
            case DRYDOCK_CALL_NAMES: Reply(local: Sample.address(), peer: Sample.address(port: 90))
            default: Reply()
            }
        }

        private func pair(stream: Bool) -> Pair {
            let stack = fake.withLock { $0! }
            return made.withLock {
                let pair = Pair(stack, stream: stream, number: UInt32($0.count + 1))
                $0.append(pair)
                return pair
            }
        }

        /// MSG_NOSIGNAL by its number: with two modules that show it, the compiler finds none from time to time.
        private static let withoutSignal: Int32 = 0x4000

        private func open(_ call: drydock_call) -> Reply {
            let pair = pair(stream: call.b == 1)
            if isEcho { echo(pair.stack, stream: false) }
            return Reply(descriptor: pair.program)
        }

        private func listen() -> Reply {
            for _ in 0..<arrivals { arrive() }
            return Reply()
        }

        /// A connection for the first socket, which listens.
        private func arrive() {
            let listener = made.withLock { $0[0].stack }, connection = pair(stream: true)
            var arrival = drydock_arrival()
            (arrival.magic, arrival.socket, arrival.peer) = (UInt32(DRYDOCK_ARRIVAL_MAGIC), 9, Sample.address(port: 81))
            Descriptors.send(unsafe withUnsafeBytes(of: arrival) { unsafe Array($0) }, with: connection.program, on: listener)
            Glibc.close(connection.program)
            echo(connection.stack, stream: true)
        }

        /// The first attempt takes its time, the second is refused.
        private func connect() -> Reply { kinds.filter { $0 == DRYDOCK_CALL_CONNECT }.count > 1 ? .refused(ECONNREFUSED) : Reply(isSilent: true) }

        /// Asking for this option makes a connection arrive.
        private func option() -> Reply {
            if arrivals > 0 { arrive() }
            return Reply(data: [0, 0, 1, 0])
        }

        private func echo(_ descriptor: Int32, stream: Bool) {
            let own = dup(descriptor)
            Thread.detachNewThread {
                var octets = [UInt8](repeating: 0, count: 70_000)
                while true {
                    let count = unsafe recv(own, &octets, octets.count, 0)
                    guard count > 0 else { break }
                    _ = unsafe send(own, octets, count, Self.withoutSignal)
                }
                Glibc.close(own)
            }
        }
    }

    static func run(_ words: [String], on calls: String) throws -> Int32 {
        var order = RunOrder(path: words[0], arguments: words, environment: Spawn.environment(), calls: calls)
        // Signals and other children are the test runner's.
        order.ownsProcess = false
        return try Runner.run(order)
    }

    static func run(_ what: String, _ stack: Stack) throws -> Int32 {
        defer { stack.close() }
        return try run([Built.program, what], on: stack.path)
    }

    @Test(arguments: ["descriptors", "pointers", "names", "storm"])
    func `a program's calls mean what they mean on Linux`(what: String) throws {
        #expect(try Self.run(what, Stack()) == 0, "the number is a line of the program's source")
    }

    @Test func `connections are accepted with their names, their flags and within their time`() throws {
        #expect(try Self.run("accepts", Stack(arrivals: 2)) == 0)
    }

    @Test func `a signal ends a call that waits, or has it begin again`() throws {
        #expect(try Self.run("interrupted", Stack(arrivals: 1)) == 0)
    }

    @Test func `a connect that a signal interrupted hears the answer to its first attempt`() throws {
        let stack = try Stack()
        Thread.detachNewThread {
            // Once the signal has come, which is when the program waits again.
            usleep(300_000)
            stack.answerLate(Reply())
        }
        #expect(try Self.run("connects", stack) == 0)
        #expect(stack.arrivals == 0)
    }

    @Test func `datagrams carry their addresses both ways, in one piece or several`() throws {
        #expect(try Self.run("datagrams", Stack(isEcho: true)) == 0)
    }

    @Test func `what is not a stack's stays the kernel's, descriptors in messages included`() throws {
        let stack = try Stack()
        #expect(try Self.run("others", stack) == 0)
    }

    @Test func `a descendant is served after the first program has ended, whose status is the run's`() throws {
        #expect(try Self.run("leaves", Stack()) == 7)
    }

    @Test func `a program killed while calls wait leaves nothing behind`() throws {
        let stack = try Stack(), number = stack.number
        defer { stack.close() }
        for _ in 0..<4 { #expect(try Self.run([Built.program, "dies"], on: stack.path) == Runner.signalBase + SIGKILL) }
        #expect(stack.kinds.filter { $0 == DRYDOCK_CALL_LISTEN }.count == 4)
        let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap(Int32.init)
        // Others use this process meanwhile: only what can be ours is counted.
        let sockets = open.compactMap { ProgramSocket($0) }.filter { $0.stack == number }
        #expect(sockets.isEmpty, "a program's sockets")
        let names = open.compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)") }
        #expect(!names.contains { $0.contains("seccomp") }, "a listener")
    }

    @Test func `the exit status is the program's, or 128 and its signal`() throws {
        #expect(try Self.run(["/bin/sh", "-c", "exit 3"], on: "/nonexistent") == 3)
        #expect(try Self.run(["/bin/sh", "-c", "kill -KILL $$"], on: "/nonexistent") == 128 + SIGKILL)
    }

    @Test func `a program that cannot be executed is refused with the reason`() throws {
        #expect(throws: SystemError("execve", .notFound)) { try Self.run(["/nonexistent"], on: "/x") }
        #expect(throws: SystemError("execve", .accessDenied)) { try Self.run(["/etc/passwd"], on: "/x") }
        #expect(throws: SystemError("connect", .nameTooLong)) { try Self.run(["/bin/true"], on: String(repeating: "x", count: 200)) }
    }

    @Test func `without the stack a socket fails because the network is down`() throws {
        #expect(try Self.run([Built.program, "down"], on: "/nonexistent") == ENETDOWN)
    }
}

/// The program, built once a run.
enum Built {
    static let program = FileManager.default.temporaryDirectory.appending(path: "drydock-program-\(getpid())").path()

    /// Why there is none; nil: it is built.
    static let missing: String? = {
        guard let compiler = ["/usr/bin/gcc", "/usr/bin/cc"].first(where: FileManager.default.isExecutableFile) else { return "no C compiler is installed" }
        do {
            try programSource.write(toFile: program + ".c", atomically: true, encoding: .utf8)
            let process = Process()
            process.executableURL = URL(filePath: compiler)
            process.arguments = ["-static", "-pthread", "-O1", "-o", program, program + ".c"]
            process.standardError = FileHandle.nullDevice
            try process.run()
            process.waitUntilExit()
            return process.terminationStatus == 0 ? nil : "\(compiler) links no static programs"
        } catch { return "\(compiler): \(error)" }
    }()
}
