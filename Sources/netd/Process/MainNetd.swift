import CLinux
import Glibc
import Host
import Logging
import Messages
import Rings

/// The process behind `drydock-netd`. Started by a supervisor only; ends when told to, or with its supervisor.
///
/// - Returns: the exit status: 0 when it was told to stop.
public func netdMain(arguments: [String]) -> Int32 {
    do throws(Failure) {
        let boot = try NetdBoot.receive(arguments)
        return run(boot)
    } catch {
        complain("\(error)")
        return 1
    }
}

private func complain(_ text: String) {
    let standardError = FileDescriptor(owning: 2)
    try? standardError.write(Array("\(text)\n".utf8))
    _ = standardError.surrender()
}

private func run(_ boot: consuming NetdBoot) -> Int32 {
    let lines: LogLines
    do { lines = try LogLines(boot) } catch {
        boot.reportFailure(Failure(error, what: "cannot start \(NetdBoot.processName)"))
        return 1
    }
    // A socket of a program is a descriptor here.
    clinux_raise_descriptor_limit()
    let logger = Logger(label: "netd") { _ in StackLog(log: lines) }
    do {
        let signals = try SignalDescriptor([.terminate, .interrupt, .hangup])
        let netd = try Netd(boot: boot, logger: logger)
        try netd.prepareWitness()
        try netd.open(signals: signals.descriptor.raw, restoring: netd.boot.awaitTurn())
        try netd.run()
        netd.shutDown()
        logger.notice("tcpip stopped")
        return 0
    } catch {
        logger.critical("\(error)")
        return 1
    }
}

extension LogLines {
    convenience init(_ boot: borrowing NetdBoot) throws(SystemError) {
        let file = LogFile(try boot.log.descriptor.duplicate(), name: boot.plan.variant.rawValue, path: "\(boot.words.folder)/log")
        if boot.plan.isVerbose {
            self.init(file: file, console: try boot.console.duplicate())
        } else {
            self.init(file: file, console: nil)
        }
    }
}

extension Netd {
    /// Opens the doors: the names that clients find the stack by, then the drivers of the command line.
    ///
    /// - Parameter steps: what the stack before it had been told to; nil: it is the first.
    func open(signals: Int32, restoring steps: [StackRequest]?) throws {
        try loop.add(signals, token: Token.signals.rawValue)
        try loop.add(port.raw, token: Token.requests.rawValue)
        do { try listen() } catch {
            boot.reportFailure((error as? Failure) ?? Failure(.io, what: "cannot start", why: "\(error)"))
            throw error
        }
        logger.notice("tcpip starting")
        if boot.plan.options["random"] == nil { logger.info("random not given: the kernel's generator is used") }
        // The drivers of the command line are in a plan that is restored, where they still were mounted.
        if let steps { restore(steps) }
        boot.reportReady()
        if steps == nil { for driver in boot.plan.drivers { load(driver) } }
        plan.changed()
        keepPlan()
        for module in boot.plan.modules { logger.error("Unable to load lsm-\(module.name).so: this stack has no such module") }
    }

    private func listen() throws {
        let dev = "\(boot.words.folder)/dev"
        try FileSystem.makeFolder(dev)
        try FileSystem.makeFolder("\(dev)/socket")
        // QNX's numbers: local 1, inet 2, route 17, inet6 24.
        // Calls of programs are the first gate: `callGate`.
        let names = ["socket/call", "socket/1", "socket/2", "socket/17", "socket/autoconnect", "socket/config", "bpf"] + (boot.plan.variant.hasIPv6 ? ["socket/24"] : [])
        for (gate, name) in names.enumerated() {
            let path = "\(dev)/\(name)"
            FileSystem.remove(path)
            do { try port.listen(path, gate: gate) } catch { throw Failure(error, what: "cannot serve at \(path)") }
        }
    }

    /// A driver of the command line: a failure is logged, and leaves a usable stack.
    private func load(_ driver: StackPlan.Module) {
        let path = driver.name.hasPrefix("/") ? driver.name : Self.find(driver.name)
        do { _ = try mount(MountRequest(type: typeName, path: path, options: driver.options)) } catch {
            logger.error("Unable to init \(driver.name): \(error)")
        }
    }

    /// `-d e1000` is `devnp-e1000.so`, sought where drivers are installed.
    private static func find(_ name: String) -> String {
        let folders = (FileSystem.environment("DRYDOCK_DRIVERS") ?? "").split(separator: ":").map(String.init) + ["/usr/local/lib/drydock", "/usr/lib/drydock"]
        return folders.map { "\($0)/devnp-\(name).so" }.first { FileSystem.exists($0) } ?? "\(folders[0])/devnp-\(name).so"
    }
}
