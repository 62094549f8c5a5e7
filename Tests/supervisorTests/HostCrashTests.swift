import Glibc
import Host
import Messages
import Testing
@testable import supervisor

/// What a supervisor makes of the word that a driver's process died.
struct HostCrashTests {
    private func crash(_ change: (inout HostDeath) -> Void = { _ in }) throws -> HostCrash {
        var death = HostDeath(pid: 2_000_000_000, stands: false, interface: "em0", path: "/opt/libdevnp-x.so", at: 1_500_000_000)
        change(&death)
        return HostCrash(
            death, try CrashNote.create(), try FileDescriptor.open("/dev/null", FileFlags.read),
            try FileDescriptor.open("/dev/null", FileFlags.read), childOf: CurrentProcess.pid, nil)
    }

    @Test func `a driver that dies of every frame does not push everything else out`() {
        var budget = HostCrashBudget()
        let first = (0..<UInt64(HostCrashBudget.most)).map { budget.take(now: $0 * 1_000_000_000) }
        #expect(first.allSatisfy { $0 })
        let more = (0..<3).map { _ in budget.take(now: 10_000_000_000) }
        #expect(!more.contains(true) && budget.skipped == 3)
        let later = (budget.take(now: HostCrashBudget.span), budget.take(now: HostCrashBudget.span))
        #expect(later.0 && !later.1, "the first is forgotten after its time")
        #expect(budget.skipped == 1)
    }

    @Test func `of each interface the newest recorder is handed out, for reading only, and a wild stack fills no table`() throws {
        var recorders = HostRecorders()
        for pid in 0..<100 as Range<Int32> {
            let memory = try SharedMemory(named: "drydock-driver-recorder", length: 4096)
            unsafe memory.base.storeBytes(of: pid, as: Int32.self)
            recorders.add(HostBirth(pid: pid, interface: "em\(pid % 20)"), try memory.descriptor.duplicate())
        }
        #expect(recorders.births.count == HostRecorders.most && recorders.births.map(\.pid) == Array(84..<100))
        let births = recorders.births
        try recorders.giving { (raw) throws(SystemError) in
            #expect(raw.count == births.count)
            for (birth, one) in zip(births, raw) {
                let view = try ReadOnlyView(received: FileDescriptor(owning: dup(one)), length: 4096)
                #expect(unsafe view.octets.loadUnaligned(as: Int32.self) == birth.pid)
                var refused = false
                do throws(SystemError) { _ = try SharedMemory(received: FileDescriptor(owning: dup(one)), length: 4096) } catch { refused = true }
                #expect(refused, "it cannot be mapped to be written")
            }
        }
        recorders.forget()
        #expect(recorders.births.isEmpty)
    }

    @Test func `a process that was killed or left has no core, and the reason is kept`() throws {
        let killed = try crash { $0.signal = 9 }.tombstone
        #expect(killed.signal == 9 && killed.isolated?.noCore?.contains("SIGKILL") == true && killed.driver == "devnp-x.so")
        let left = try crash { ($0.exitCode, $0.restarts) = (3, 2) }.tombstone
        #expect(left.signal == nil && left.exitCode == 3 && left.isolated?.noCore?.contains("noted no fault") == true && left.isolated?.restarts == 2)
    }

    @Test func `a process that is no child of the stack is neither looked into nor ended`() throws {
        let other = try Spawn.start("/bin/sleep", arguments: ["sleep", "60"], descriptors: [-1, -1, -1])
        defer {
            try? other.signal(.kill)
            _ = other.waitForEnd(Deadline(in: .seconds(10)))
            _ = other.reap()
        }
        var death = HostDeath(pid: other.pid, stands: true, interface: "em0", path: "/opt/libdevnp-x.so", at: 0)
        death.hung = 100_000_000
        let crash = HostCrash(
            death, try CrashNote.create(), try FileDescriptor.open("/dev/null", FileFlags.read),
            try FileDescriptor.open("/dev/null", FileFlags.read), childOf: 1, nil)
        #expect(!crash.hasProcess && crash.noCore != nil && crash.tombstone.hungMilliseconds == 100)
        crash.end()
        let ending = other.reap()
        #expect(ending == nil, "it lives")
        let ours = HostCrash(
            death, try CrashNote.create(), try FileDescriptor.open("/dev/null", FileFlags.read),
            try FileDescriptor.open("/dev/null", FileFlags.read), childOf: CurrentProcess.pid, nil)
        #expect(ours.hasProcess && ours.noCore == nil)
    }

    @Test func `the word of a death arrives with its descriptors, and nonsense is left out`() throws {
        let pair = try UnixSocket.pair(), page = try CrashNote.create()
        var death = HostDeath(pid: 7, stands: true, interface: "em0", path: "/opt/libdevnp-x.so", at: 9)
        death.nic = "em-a"
        let noise: [UInt8] = [1]
        let isSent = unsafe try noise.withUnsafeBytes { unsafe try UnixSocket.send(pair.second.raw, $0) }
        #expect(isSent)
        let sent = HostNews.died(death).send(pair.second.raw, descriptors: [page.memory.descriptor.raw])
        #expect(sent)
        var descriptors = ReceivedDescriptors()
        let news = HostNews.receive(pair.first.raw, &descriptors)
        let count = descriptors.count
        #expect(news == .died(death) && count == 2)
        let none = HostNews.receive(pair.first.raw, &descriptors)
        #expect(none == nil)
    }
}
