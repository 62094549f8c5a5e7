internal import Glibc
internal import Host
internal import Messages
internal import netd

/// The process that checks a driver. A driver that crashes takes this process with it, and nothing else: who started it
/// reads how far it came.
///
/// - Parameter arguments: the order as JSON. Descriptor 1 takes events, one a line; descriptor 3 is a page whose first word
///   says which callout runs.
public func checkMain(arguments: [String]) -> Int32 {
    let output = FileDescriptor(owning: 1)
    func say(_ event: CheckEvent) {
        guard let octets = try? Body.encode(event) else { return }
        try? output.write(octets + [UInt8(ascii: "\n")])
    }
    guard let text = arguments.first, let order = try? Body.decode(CheckOrder.self, Array(text.utf8)),
          let page = try? SharedMemory(received: FileDescriptor(owning: 3), length: 4096) else {
        say(.refused(Failure(.invalid, what: "drydock-check", why: "it is started by drydock check, not by hand", fix: "see: drydock check --help")))
        return 64
    }
    let folder = FileSystem.environment("DRYDOCK_RUNTIME_DIR") ?? "/tmp"
    // SAFETY: the page is mapped until this function returns.
    let note = unsafe page.base.assumingMemoryBound(to: UInt32.self)
    do {
        let bench = unsafe try Bench(order, folder: folder, note: note)
        for one in CheckCase.named(order.cases) {
            say(.began(one.name))
            say(.ended(bench.run(one)))
        }
        bench.close()
        say(.finished)
        return 0
    } catch {
        say(.refused((error as? Failure) ?? Failure(.invalid, what: order.driver, why: "\(error)", fix: "")))
        return 1
    }
}

extension Bench {
    func run(_ one: CheckCase) -> CheckResult {
        let begin = MonotonicClock.now()
        func result(_ outcome: CheckResult.Outcome, _ text: String) -> CheckResult {
            CheckResult(one.name, outcome, text, milliseconds: (MonotonicClock.now() - begin) / 1_000_000)
        }
        do {
            try one.run(self)
            return result(.passed, "")
        } catch let skipped as CaseSkipped {
            return result(.skipped, skipped.text)
        } catch let failure as CaseFailure {
            return result(.failed, failure.text)
        } catch { return result(.failed, "\(error)") }
    }

    /// Frames on the wire and nothing to the driver: the process is going.
    func pumpWireOnly() {
        _ = wire.take()
        usleep(5000)
    }
}
