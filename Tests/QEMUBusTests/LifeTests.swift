import Glibc
import Host
import NICModels
import Testing
@testable import QEMUBus

/// How the NIC starts, stops and dies.
@Suite(.enabled(if: qemuIsInstalled, qemuIsMissing), .serialized)
struct LifeTests {
    typealias Register = SmallDriver.Register

    @Test func `QEMU is gone after a release and another starts at the next claim`() throws {
        let bench = try Bench()
        try bench.nic.claim(memory: bench.memory.shared)
        let first = try #require(bench.nic.processID)
        #expect(runs(first) && bench.nic.descriptors.count == 5)
        #expect(throws: NICFailure.alreadyClaimed) { try bench.nic.claim(memory: bench.memory.shared) }
        bench.nic.release()
        #expect(!runs(first) && bench.nic.processID == nil && bench.nic.descriptors.isEmpty)
        #expect(bench.load(Register.status) == UInt32.max)
        #expect(bench.nic.configLoad(offset: 0, width: 2) == 0xffff)
        try bench.nic.claim(memory: bench.memory.shared)
        let second = try #require(bench.nic.processID)
        #expect(runs(second) && second != first)
        #expect(bench.load(Register.status) != UInt32.max)
        bench.nic.shutDown()
        #expect(!runs(second))
        #expect(throws: NICFailure.self) { try bench.nic.claim(memory: bench.memory.shared) }
    }

    @Test func `a release lowers the line and stops the rings`() throws {
        let bench = try Bench()
        try bench.nic.claim(memory: bench.memory.shared)
        let driver = try SmallDriver(bench)
        bench.store(4, Register.maskSet)
        bench.store(4, 0x00c8)  // ICS: link change
        #expect(bench.run { bench.host.interrupts.last == true })
        bench.nic.release()
        #expect(bench.host.interrupts.last == false)
        let ring = driver.memory.read(0x2000, at: 0)
        bench.deliver(numbered(1))
        #expect(bench.nic.service(now: MonotonicClock.now()) == nil)
        #expect(driver.memory.read(0x2000, at: 0) == ring)
        #expect(bench.nic.counters.unclaimed == 1)
    }

    @Test func `a killed QEMU is noticed and everything reads as ones`() throws {
        let bench = try Bench()
        try bench.nic.claim(memory: bench.memory.shared)
        _ = try SmallDriver(bench)
        var sentences: [String] = []
        bench.nic.onFailure = { sentences.append($0) }
        let child = try #require(bench.nic.processID)
        kill(child, SIGKILL)
        #expect(bench.run { bench.nic.failure != nil })
        #expect(sentences.count == 1 && sentences[0].contains("QEMU ended: killed by SIGKILL"), "\(sentences)")
        #expect(bench.load(Register.status) == UInt32.max)
        #expect(bench.nic.load(region: 0, offset: 8, width: 1) == 0xff)
        #expect(bench.nic.configLoad(offset: 0, width: 4) == UInt32.max)
        #expect(bench.nic.descriptors.isEmpty && !runs(child))
        bench.store(1, Register.control)
        bench.deliver(numbered(1))
        #expect(bench.nic.counters.unclaimed == 1)
        #expect(throws: NICFailure.alreadyClaimed) { try bench.nic.claim(memory: bench.memory.shared) }
        bench.nic.release()
        try bench.nic.claim(memory: bench.memory.shared)
        #expect(bench.load(Register.status) != UInt32.max && bench.nic.failure == nil)
    }

    @Test func `a load that finds QEMU dead reads as ones`() throws {
        let bench = try Bench()
        try bench.nic.claim(memory: bench.memory.shared)
        kill(try #require(bench.nic.processID), SIGKILL)
        #expect(bench.load(Register.status) == UInt32.max || bench.run { bench.load(Register.status) == UInt32.max })
        #expect(bench.run { bench.nic.failure != nil })
    }

    @Test func `a silent QEMU is given up after the reply limit`() throws {
        var settings = QEMUSettings()
        settings.replyLimit = 200_000_000
        let bench = try Bench(settings: settings)
        try bench.nic.claim(memory: bench.memory.shared)
        let child = try #require(bench.nic.processID)
        kill(child, SIGSTOP)
        #expect(bench.load(Register.status) == UInt32.max)
        #expect(bench.load(Register.status) == UInt32.max)
        #expect(bench.run { bench.nic.failure != nil })
        #expect(bench.nic.failure?.contains("did not answer for 200 ms") == true)
        #expect(!runs(child))
    }
}

/// What is refused before any QEMU runs.
struct RefusalTests {
    @Test func `an unknown device is refused and the known ones are named`() {
        let failure = #expect(throws: NICFailure.self) { try QEMUNIC(device: "ne2k_pci", address: Bench.address) }
        guard case .noSuchModel(let sentence) = failure else { return #expect(Bool(false), "\(String(describing: failure))") }
        for part in ["qemu:ne2k_pci", "qemu:e1000,", "qemu:e1000e", "qemu:virtio-net-pci", "qemu:i82559c"] { #expect(sentence.contains(part)) }
    }

    @Test func `a missing QEMU is a sentence that says what to install`() {
        var settings = QEMUSettings()
        settings.executable = "/nowhere/qemu-system-x86_64"
        let failure = #expect(throws: NICFailure.self) { try QEMUNIC(device: "e1000", address: Bench.address, settings: settings) }
        guard case .cannotStart(let sentence) = failure else { return #expect(Bool(false), "\(String(describing: failure))") }
        #expect(sentence.contains("/nowhere/qemu-system-x86_64") && sentence.contains("install qemu-system-x86"))
    }

    @Test(arguments: ["/bin/false", "/bin/sh"]) func `a program that is not QEMU is refused with its own words`(path: String) throws {
        var settings = QEMUSettings()
        settings.executable = path
        settings.startLimit = 5_000_000_000
        let bench = try Bench(settings: settings)
        let failure = #expect(throws: NICFailure.self) { try bench.nic.claim(memory: bench.memory.shared) }
        guard case .cannotStart(let sentence) = failure else { return #expect(Bool(false), "\(String(describing: failure))") }
        // Its end is seen at once: nothing waits for the limit.
        #expect(sentence.contains("QEMU did not bring the NIC up: QEMU ended: exit code "), "\(sentence)")
        #expect(bench.nic.processID == nil)
        #expect(throws: NICFailure.notClaimed) { try bench.nic.map(offset: 0, length: 1) }
    }

    @Test func `a program that never answers is given up in time`() throws {
        let path = "/tmp/drydock-silent-\(getpid())"
        try FileSystem.replace(path, with: Array("#!/bin/sh\nexec sleep 60\n".utf8))
        #expect(unsafe chmod(path, 0o700) == 0)
        defer { FileSystem.remove(path) }
        var settings = QEMUSettings()
        (settings.executable, settings.startLimit) = (path, 300_000_000)
        let bench = try Bench(settings: settings)
        let failure = #expect(throws: NICFailure.self) { try bench.nic.claim(memory: bench.memory.shared) }
        guard case .cannotStart(let sentence) = failure else { return #expect(Bool(false), "\(String(describing: failure))") }
        #expect(sentence.contains("did not answer for 300 ms") && bench.nic.processID == nil)
        #expect(QEMUSettings().startLimit < 15_000_000_000, "less than a stack waits for its claim")
    }

    @Test(.enabled(if: qemuIsInstalled, qemuIsMissing)) func `memory of a wrong size and mappings outside it are refused`() throws {
        let bench = try Bench(mebibytes: 4)
        var odd = bench.memory.shared
        odd.length = 3 << 20
        #expect(throws: NICFailure.self) { try bench.nic.claim(memory: odd) }
        odd.length = 0
        #expect(throws: NICFailure.self) { try bench.nic.claim(memory: odd) }
        odd.length = 8 << 20
        #expect(throws: NICFailure.self) { try bench.nic.claim(memory: odd) }
        odd = bench.memory.shared
        odd.descriptor = -1
        #expect(throws: NICFailure.self) { try bench.nic.claim(memory: odd) }
        #expect(throws: NICFailure.notClaimed) { try bench.nic.map(offset: 0, length: 1) }
        try bench.nic.claim(memory: bench.memory.shared)
        #expect(try bench.nic.map(offset: 4096, length: 4096) == QEMUCommand.memoryBase + 4096)
        let outside: [(UInt64, UInt64)] = [(0, 0), (4 << 20, 1), (0, 4 << 20 + 1), (UInt64.max, 2), (1, UInt64.max)]
        for (offset, length) in outside {
            #expect(throws: NICFailure.self) { try bench.nic.map(offset: offset, length: length) }
        }
    }
}
