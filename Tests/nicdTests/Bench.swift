import Bus
import Glibc
import Host
import Messages

/// A runtime directory of the tests' own, and the executable that they start.
enum Bench {
    /// Made once; all that the tests start looks for it in the environment.
    static let directory: RuntimeDirectory = {
        let path = "/tmp/drydock-nicd-\(getpid())"
        unsafe setenv("DRYDOCK_RUNTIME_DIR", path, 1)
        return try! RuntimeDirectory(path: path)
    }()

    static var bus: NICBus { NICBus(directory) }

    /// `drydock`, beside the running test program.
    static let program: String = {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = unsafe readlink("/proc/self/exe", &buffer, 4096)
        let text = String(decoding: buffer[..<max(count, 0)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let folder = text.split(separator: "/").dropLast().joined(separator: "/")
        return "/\(folder)/drydock"
    }()

    /// Adds a NIC and removes it after `body`.
    static func with<R>(_ name: String, _ model: String = "sim:82540em", cable: String? = nil, _ body: () throws -> R) throws -> R {
        _ = directory
        try NICStarter.start(NICBoot(name: name, model: model, cable: cable), program: program)
        defer { _ = try? bus.ask(name, .remove) }
        return try body()
    }

    static func status(_ name: String) throws -> NICStatus {
        guard case .status(let status) = try bus.ask(name, .status) else { throw SystemError("status", .protocolError) }
        return status
    }

    /// Asks again and again, for five seconds at most, until `condition` holds.
    static func eventually(_ condition: () throws -> Bool) rethrows -> Bool {
        let deadline = Deadline(in: .seconds(5))
        while !deadline.hasPassed {
            if try condition() { return true }
            usleep(10_000)
        }
        return try condition()
    }

    static func counter(_ status: NICStatus, _ name: String) -> UInt64? { status.counters.first { $0.name == name }?.value }
}
