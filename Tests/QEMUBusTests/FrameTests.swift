import Glibc
import NICModels
import Testing
@testable import QEMUBus

/// Frames and interrupts through a QEMU that runs.
@Suite(.enabled(if: qemuIsInstalled, qemuIsMissing), .serialized)
struct FrameTests {
    typealias Register = SmallDriver.Register

    @Test(arguments: ["e1000", "e1000-82545em", "e1000-82544gc"])
    func `a frame leaves and a frame arrives with an interrupt`(device: String) throws {
        let bench = try Bench(device: device)
        try bench.nic.claim(memory: bench.memory.shared)
        let driver = try SmallDriver(bench)
        driver.place(numbered(7, length: 1514))
        driver.ring()
        #expect(bench.run { bench.host.frames.count == 1 })
        #expect(bench.host.frames.first.map { $0 == numbered(7, length: 1514) } == true)
        #expect(driver.waitForTransmit())

        _ = bench.load(Register.cause)
        bench.store(0x80, Register.maskSet)  // RXT0
        bench.host.interrupts = []
        bench.deliver(numbered(8))
        #expect(bench.run { bench.host.interrupts == [true] })
        #expect(driver.receive() == numbered(8))
        #expect(bench.load(Register.cause) & 0x80 != 0)
        #expect(bench.host.interrupts == [true, false], "reading the cause lowers the line")
        #expect(bench.nic.counters.delivered == 1 && bench.nic.counters.transmitted == 1)
        #expect(bench.host.violations.isEmpty)
    }

    @Test func `a thousand frames leave in order without a loss`() throws {
        let bench = try Bench()
        try bench.nic.claim(memory: bench.memory.shared)
        let driver = try SmallDriver(bench)
        var sent: UInt32 = 0
        while sent < 1000 {
            for _ in 0..<40 where sent < 1000 {
                driver.place(numbered(sent, length: 60 + Int(sent) % 1455))
                sent += 1
            }
            driver.ring()
            guard driver.waitForTransmit() else { break }
        }
        #expect(bench.run { bench.host.frames.count == 1000 })
        let firstWrong = bench.host.frames.enumerated().first { $1 != numbered(UInt32($0), length: 60 + $0 % 1455) }
        #expect(firstWrong == nil)
        #expect(bench.nic.counters.transmitted == 1000)
    }

    @Test func `a thousand frames arrive in order without a loss`() throws {
        let bench = try Bench()
        try bench.nic.claim(memory: bench.memory.shared)
        let driver = try SmallDriver(bench)
        var sent: UInt32 = 0, seen: [UInt32] = [], lengths: [Int] = []
        while sent < 1000 {
            let burst = min(50, 1000 - sent)
            for _ in 0..<burst {
                bench.deliver(numbered(sent, length: 60 + Int(sent) % 1455))
                sent += 1
            }
            let complete = bench.run {
                while let frame = driver.receive() {
                    seen.append(number(of: frame))
                    lengths.append(frame.count)
                }
                return seen.count == sent
            }
            driver.returnSlots()
            guard complete else { break }
        }
        let inOrder = seen == Array(0..<1000), wholly = lengths == (0..<1000).map { 60 + $0 % 1455 }
        #expect(inOrder && wholly)
        #expect(bench.nic.counters == with { $0.delivered = 1000 })
    }

    @Test func `the host may answer a frame from inside the call`() throws {
        let bench = try Bench()
        try bench.nic.claim(memory: bench.memory.shared)
        let driver = try SmallDriver(bench)
        bench.host.onFrame = { [unowned bench] frame in bench.deliver(frame) }
        for value in UInt32(0)..<40 { driver.place(numbered(value)) }
        driver.ring()
        var seen: [UInt32] = []
        #expect(bench.run {
            while let frame = driver.receive() { seen.append(number(of: frame)) }
            return seen.count == 40
        })
        #expect(seen == Array(0..<40))
    }

    @Test func `the host may release the NIC from inside the call`() throws {
        let bench = try Bench()
        try bench.nic.claim(memory: bench.memory.shared)
        let driver = try SmallDriver(bench)
        bench.host.onFrame = { [unowned bench] _ in bench.nic.release() }
        driver.place(numbered(1))
        driver.ring()
        #expect(bench.run { !bench.host.frames.isEmpty })
        #expect(bench.nic.processID == nil)
        #expect(bench.load(Register.status) == UInt32.max)
    }

    @Test func `a cable that is pulled takes the link away and loses frames counted`() throws {
        let bench = try Bench()
        try bench.nic.claim(memory: bench.memory.shared)
        let driver = try SmallDriver(bench)
        bench.nic.setCarrier(false)
        bench.deliver(numbered(1))
        #expect(bench.run { bench.load(Register.status) & 2 == 0 })
        driver.place(numbered(2))
        driver.ring()
        #expect(driver.waitForTransmit())
        bench.nic.setCarrier(true)
        #expect(bench.run { bench.load(Register.status) & 2 != 0 })
        driver.place(numbered(3))
        driver.ring()
        #expect(bench.run { bench.host.frames.map(number(of:)).contains(3) })
        #expect(!bench.host.frames.map(number(of:)).contains(2))
        #expect(bench.nic.counters.unplugged >= 1 && bench.nic.counters.delivered == 0)
    }

    @Test func `a NIC claimed with its cable out has no link`() throws {
        let bench = try Bench()
        bench.nic.setCarrier(false)
        try bench.nic.claim(memory: bench.memory.shared)
        #expect(bench.run { bench.load(Register.status) & 2 == 0 })
    }

    @Test func `frames nobody can take are dropped and counted once`() throws {
        var settings = QEMUSettings()
        settings.queueOctets = 1 << 18
        let bench = try Bench(settings: settings)
        bench.deliver(numbered(1))
        #expect(bench.nic.counters == with { $0.unclaimed = 1 })
        try bench.nic.claim(memory: bench.memory.shared)
        bench.deliver([1, 2, 3])
        bench.deliver(numbered(1, length: QEMUNIC.longestFrame + 1))
        #expect(bench.nic.counters == with { ($0.unclaimed, $0.badLength) = (1, 2) })
        // QEMU stands still: its socket fills, then the queue.
        let child = try #require(bench.nic.processID)
        kill(child, SIGSTOP)
        for value in UInt32(0)..<1000 { bench.deliver(numbered(value, length: 1514)) }
        let counters = bench.nic.counters
        #expect(counters.queueFull > 0 && counters.delivered > 0 && counters.delivered + counters.queueFull == 1000)
        bench.nic.release()
        #expect(bench.nic.counters.abandoned > 0 && bench.nic.counters.abandoned <= counters.delivered)
    }

    private func with(_ change: (inout QEMUCounters) -> Void) -> QEMUCounters {
        var counters = QEMUCounters()
        change(&counters)
        return counters
    }
}
