@testable import Bus
import CDriver
import Glibc
import Host
import Testing

/// Both ends of an access channel in one process.
@safe final class Channel: @unchecked Sendable {
    // SAFETY (Sendable): each end is used by one thread; what they share is the channel's memory, by its own rules.
    let memory: SharedMemory
    let nicBell: EventCounter, stackBell: EventCounter
    var server: AccessServer
    var client: AccessClient
    var seen: [Access] = []
    var thread = pthread_t()
    var registers: [UInt32: UInt32] = [:]

    init(life: Int32 = -1) throws {
        memory = try SharedMemory(named: "channel", length: AccessServer.octets)
        nicBell = try EventCounter()
        stackBell = try EventCounter()
        server = unsafe AccessServer(base: memory.base, stackBell: Bell(descriptor: stackBell.raw))
        client = unsafe AccessClient(
            base: memory.base, nicBell: Bell(descriptor: nicBell.raw), ownBell: Bell(descriptor: stackBell.raw), life: life)
    }

    func poke(_ offset: Int, _ value: UInt32) { unsafe drydock_store32(memory.base + offset, value) }

    /// Performs accesses until one goes to offset `last`.
    func serve(until last: UInt32, napping: Bool) {
        let deadline = Deadline(in: .seconds(20))
        while !deadline.hasPassed {
            while let access = server.next() {
                seen.append(access)
                if access.kind == .store { registers[access.offset] = access.value }
                server.retire(answer: access.kind == .load ? registers[access.offset] ?? 0 : nil)
                if access.offset == last { return }
            }
            guard napping, server.prepareToSleep() else { continue }
            _ = Poll.readable(nicBell.raw, deadline)
            nicBell.take()
            server.wake()
        }
    }

    func start(until last: UInt32, napping: Bool) {
        let box = unsafe Unmanaged.passRetained(Work(channel: self, last: last, napping: napping))
        let failed = unsafe pthread_create(&thread, nil, { raw in
            let work = unsafe Unmanaged<Work>.fromOpaque(raw!).takeRetainedValue()
            work.channel.serve(until: work.last, napping: work.napping)
            return nil
        }, unsafe box.toOpaque())
        precondition(failed == 0)
    }

    func join() { pthread_join(thread, nil) }

    final class Work {
        let channel: Channel, last: UInt32, napping: Bool
        init(channel: Channel, last: UInt32, napping: Bool) { (self.channel, self.last, self.napping) = (channel, last, napping) }
    }
}

@Suite struct AccessChannelTests {
    @Test(arguments: [false, true]) func `a load sees every store before it, more than the ring holds`(napping: Bool) throws {
        let channel = try Channel()
        channel.start(until: 0xffff, napping: napping)
        for value in 0..<5000 as Range<UInt32> { channel.client.store(space: 0, offset: 0x10, width: 4, value: value) }
        #expect(channel.client.load(space: 0, offset: 0x10, width: 4) == 4999)
        for value in 0..<500 as Range<UInt32> {
            channel.client.store(space: 0, offset: 0x20, width: 4, value: value)
            #expect(channel.client.load(space: 0, offset: 0x20, width: 4) == value)
        }
        channel.client.store(space: 0, offset: 0xffff, width: 4, value: 0)
        channel.join()
        let stores = channel.seen.filter { $0.kind == .store && $0.offset == 0x10 }.map(\.value)
        #expect(stores == Array(0..<5000))
        #expect(channel.client.gone == nil)
        #expect(channel.server.refused == 0)
    }

    @Test func `a narrow load is cut to its width`() throws {
        let channel = try Channel()
        channel.registers[4] = 0xdead_beef
        channel.start(until: 4, napping: false)
        #expect(channel.client.load(space: Access.configuration, offset: 4, width: 2) == 0xbeef)
        channel.join()
    }

    @Test func `a silent NIC gives all ones, and is not waited for twice`() throws {
        let channel = try Channel()
        #expect(channel.client.load(space: 0, offset: 0, width: 4) == .max)
        #expect(channel.client.gone == .silent)
        for _ in 0..<1000 { #expect(channel.client.load(space: 0, offset: 0, width: 1) == 0xff) }
        channel.client.store(space: 0, offset: 0, width: 4, value: 1)
        #expect(channel.client.loads == 1)
    }

    @Test func `a full ring that nobody serves does not block a store for ever`() throws {
        let channel = try Channel()
        for _ in 0..<300 { channel.client.store(space: 0, offset: 0, width: 4, value: 0) }
        #expect(channel.client.gone == .silent)
        #expect(channel.client.stores == 256)
    }

    @Test func `a closed connection ends the wait at once`() throws {
        let pair = try UnixSocket.pair()
        let near = try pair.first.duplicate()
        let channel = try Channel(life: near.raw)
        _ = consume pair
        #expect(channel.client.load(space: 0, offset: 0, width: 4) == .max)
        #expect(channel.client.gone == .died)
    }

    @Test func `a NIC that says it did more than was asked is broken`() throws {
        let channel = try Channel()
        for _ in 0..<256 { channel.client.store(space: 0, offset: 0, width: 4, value: 0) }
        channel.poke(64, 0x8000_0000)
        channel.client.store(space: 0, offset: 0, width: 4, value: 0)
        #expect(channel.client.gone == .broken)
    }

    @Test func `whatever a stack writes into the channel, only sane accesses come out`() throws {
        let channel = try Channel()
        var random = SystemRandomNumberGenerator()
        for round in 0..<200 as Range<UInt32> {
            for offset in stride(from: 0, to: AccessServer.octets, by: 4) {
                channel.poke(offset, Bool.random(using: &random) ? random.next() : .random(in: 0...6))
            }
            // Valid stamps, so that the contents are looked at.
            for slot in 0..<256 as Range<UInt32> {
                let position = UInt32(truncatingIfNeeded: channel.server.served)
                channel.poke(4096 + Int(slot) * 64, position &+ (slot &- position) % 256 &+ 1)
            }
            var taken = 0
            while taken < 600, let access = channel.server.next() {
                #expect(access.kind != .load || [1, 2, 4].contains(access.width), "round \(round)")
                #expect(access.kind != .load && access.kind != .store || access.space <= 5 || access.space == Access.configuration)
                channel.server.retire(answer: access.kind == .load ? 0 : nil)
                taken += 1
            }
            #expect(taken <= 256)
        }
        #expect(channel.server.refused > 0)
    }
}
