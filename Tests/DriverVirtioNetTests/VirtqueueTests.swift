import DriverKit
import DriverVirtio
import NICModels
import Testing
import VirtioNetRegisters
import VirtioRegisters

/// What the transport's queue promises, on the strict model and without the network driver: the test is the driver.
@Suite struct VirtqueueTests {
    /// A device that works, its first receive queue, and as many buffers in it as there is room for.
    // SAFETY: the table of services lives as long as the rig, which outlives the queue.
    static func queue(_ rig: Rig, hidden: VirtioFeatures = []) throws -> Virtqueue {
        let services = unsafe Services(rig.host.services), device = try VirtioDevice(services)
        try services.command(set: PCICommand.memory | PCICommand.busMaster)
        let features = try device.negotiate { $0.intersection([.version1, .eventIndex, .mergeable]).subtracting(hidden) }
        _ = try VirtioInterrupts(services, groups: 1)
        var queue = try Virtqueue(device, index: 0, atMost: 16, features)
        try queue.program(device, vector: 1)
        device.go()
        while queue.room > 0 { queue.add(unsafe OwnedBuffer(taking: Buffer(rig.buffer())), deviceWrites: true, more: false) }
        queue.publish()
        return queue
    }

    /// Takes the oldest chain; its octets.
    static func take(_ queue: inout Virtqueue) throws -> Int {
        let chain = try queue.oldest()
        queue.take(chain.head) { _ in }
        return chain.octets
    }

    /// The device moves its used index between the driver's last look and the wish to be told. It had not been asked for an
    /// interrupt, and makes none: only a second look, after the wish, finds what came.
    @Test(arguments: [[], VirtioFeatures.eventIndex]) func `what comes back between the last look and the wish to be told is not lost`(hidden: VirtioFeatures) throws {
        let rig = try Rig(attach: false)
        var queue = try Self.queue(rig, hidden: hidden)
        // The first time the device has been asked, from the start.
        rig.deliver(ethernet(60))
        let first = rig.bells, octets = try Self.take(&queue), left = queue.finished
        #expect(first == [1] && octets == 86 && left == 0)
        rig.bells = []
        queue.suppress()
        // Here the driver has looked, and found nothing.
        rig.deliver(ethernet(60, seed: 1))
        #expect(rig.bells.isEmpty, "nobody has asked for an interrupt")
        var isThere = queue.rearm()
        #expect(isThere, "the second look finds it; without it the frame would lie there until another one comes")
        _ = try Self.take(&queue)
        // Nothing came in between: the next one interrupts.
        isThere = queue.rearm()
        #expect(!isThere && rig.bells.isEmpty)
        rig.deliver(ethernet(60, seed: 2))
        let last = queue.finished
        #expect(rig.bells == [1] && last == 1)
        rig.expectClean()
        try Self.end(rig, &queue)
    }

    /// All buffers are taken out, as before a driver goes.
    static func end(_ rig: Rig, _ queue: inout Virtqueue) throws {
        try VirtioDevice(unsafe Services(rig.host.services)).reset()
        while let head = queue.abandoned() { queue.take(head, returned: false) { _ in } }
    }

    @Test func `an interrupt can be asked for once several have come back`() throws {
        let rig = try Rig(attach: false)
        var queue = try Self.queue(rig)
        rig.deliver(ethernet(60))
        _ = try Self.take(&queue)
        rig.bells = []
        let early = queue.rearm(later: 2)
        for seed in 1...2 { rig.deliver(ethernet(60, seed: seed)) }
        #expect(!early && rig.bells.isEmpty)
        rig.deliver(ethernet(60, seed: 3))
        let all = queue.finished
        #expect(rig.bells == [1] && all == 3)
        try Self.end(rig, &queue)
    }

    @Test func `a chain that is recycled is the device's again, and no buffer has moved`() throws {
        let rig = try Rig(attach: false)
        var queue = try Self.queue(rig)
        for seed in 0..<40 {
            rig.deliver(ethernet(60, seed: seed))
            queue.recycle(try queue.oldest().head)
            queue.publish()
        }
        let held = queue.inFlight, room = queue.room
        #expect(held == 16 && room == 0)
        rig.expectClean()
        try Self.end(rig, &queue)
    }
}
