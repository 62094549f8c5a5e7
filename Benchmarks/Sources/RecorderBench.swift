import Recorder

/// What recording costs.
///
/// `recorder.ns_per_event`: an event on the frame path, as one batch makes them: a reading of the clock, 32 frames with 64 octets of
/// each, one hand-over. `recorder.ns_per_access`: an event of a register access, which reads the clock for itself.
/// `recorder.rate_loss_percent`: of the frames a second that the driver and the stack move in bursts of 32, both ways, with everything
/// recorded against nothing recorded, in turns in one process.
enum RecorderBench {
    static func run(driver: String, rounds: Int) throws -> [(String, Double)] {
        let events = (0..<rounds).map { _ in (batches(2000), accesses(60_000)) }
        let loss = try rateLoss(driver: driver, rounds: rounds)
        return [
            ("recorder.ns_per_event", events.map(\.0).median), ("recorder.ns_per_access", events.map(\.1).median),
            ("recorder.rate_loss_percent", loss),
        ]
    }

    // SAFETY: the memory is formatted, and never freed.
    static func writer() throws -> RecorderWriter {
        let length = RecorderLayout.length(ring: RecorderLayout.standardRing)
        let memory = UnsafeMutableRawPointer.allocate(byteCount: length, alignment: 4096)
        unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: length)
        unsafe RecorderLayout.format(memory, ring: RecorderLayout.standardRing)
        guard let writer = unsafe RecorderWriter(memory: memory, length: length) else { throw BenchFailure("recorder") }
        return writer
    }

    private static let shared: RecorderWriter? = try? writer()

    /// Nanoseconds an event. The frames lie in slots of 2 KiB each, as in packet memory.
    // SAFETY: `frames` has 32 slots of 2 KiB.
    private static func batches(_ count: Int) -> Double {
        guard let writer = shared else { return 0 }
        let slots = PathLoop.burst, frames = UnsafeMutableRawPointer.allocate(byteCount: slots * 2048, alignment: 4096)
        defer { unsafe frames.deallocate() }
        unsafe frames.initializeMemory(as: UInt8.self, repeating: 0x5a, count: slots * 2048)
        let start = Clock.seconds
        for _ in 0..<count {
            let time = writer.now
            writer.write(.handOver, slot: 0, detail: 6, count: UInt32(slots), first: UInt64(slots) << 32, time: time)
            for k in 0..<slots {
                unsafe writer.frame(.received, slot: 0, buffer: UInt32(k), length: 106, flags: 0, vlan: 0, octets: frames + k * 2048, time: time)
            }
        }
        return (Clock.seconds - start) * 1e9 / Double(count * (slots + 1))
    }

    private static func accesses(_ count: Int) -> Double {
        guard let writer = shared else { return 0 }
        let start = Clock.seconds
        for k in 0..<count { writer.write(.store, slot: 0, detail: 4, count: 0x3818, first: UInt64(k), time: writer.now) }
        return (Clock.seconds - start) * 1e9 / Double(count)
    }

    /// Two of each, made in turns: where their memory lies is not to decide.
    private static func rateLoss(driver: String, rounds: Int) throws -> Double {
        let benches = try [false, true, true, false].enumerated().map { number, isRecorded in
            (isRecorded, try PathBench(driver: driver, isRecorded: isRecorded, generation: number + 1))
        }
        var losses: [Double] = []
        for round in 0...rounds * 30 {
            var seconds = [false: 0.0, true: 0.0]
            for (isRecorded, bench) in benches.shuffled() {
                seconds[isRecorded, default: 0] += try bench.receive(bursts: 40) + bench.transmit(bursts: 40)
            }
            // The first round warms up.
            if round > 0, let off = seconds[false], let on = seconds[true] { losses.append((1 - off / on) * 100) }
        }
        return losses.median
    }
}
