import DriverKit
import VirtioNetRegisters
import VirtioRegisters

// The rings of a queue: what became available, and what is used. virtio 1.2 §2.7
extension VirtioNIC {
    /// As virtio 1.2 §5.1.2 calls them.
    func name(_ index: Int) -> String { index == controlIndex ? "controlq" : (index % 2 == 0 ? "receiveq" : "transmitq") + "\(index / 2 + 1)" }

    /// Whether a queue can be worked on.
    func works(_ index: Int) -> Bool {
        guard isRunning, queues[index].enabled, !queues[index].broken else { return false }
        guard config.isMaster else {
            if !queues[index].masterReported {
                violate(.busMasterOff, name(index), 0, "4.1.4", "there is work, but the command register keeps the device from memory; set its bus master bit")
            }
            queues[index].masterReported = true
            return false
        }
        queues[index].masterReported = false
        return true
    }

    /// Looks at what has become available, checks it, and makes it the device's. §2.7.6
    func sight(_ index: Int) {
        let queue = queues[index]
        guard let now: UInt16 = memory.load(queue.available &+ 2) else { return stray(index, queue.available, "driver area") }
        // Not more than the ring holds may be under way.
        guard now &- queue.sighted <= queue.size, Int(now &- queue.taken) <= Int(queue.size) else {
            violate(
                .availableIndex, name(index), UInt64(now), "2.7.13.3",
                "the available index went from \(queue.sighted) to \(now); a queue of \(queue.size) holds no more than that many chains")
            return needReset(index)
        }
        while queues[index].sighted != now, !queues[index].broken {
            guard let head: UInt16 = memory.load(queue.availableEntry(queues[index].sighted)) else { return stray(index, queue.available, "driver area") }
            queues[index].sighted &+= 1
            guard head < queue.size else {
                violate(.descriptorChain, name(index), UInt64(head), "2.7.6", "descriptor \(head) offered in a queue of \(queue.size)")
                return needReset(index)
            }
            if follow(index, Int(head)) { queues[index].heads.append(Int(head)) }
        }
    }

    private func stray(_ index: Int, _ address: UInt64, _ what: String) {
        violate(.strayDMA, name(index), address, "2.7", "the \(what) at 0x\(String(address, radix: 16)) lies in no DMA mapping")
        needReset(index)
    }

    /// Walks a chain: no loop, no descriptor that is the device's already, what it reads before what it writes. §2.7.5
    private func follow(_ index: Int, _ head: Int) -> Bool {
        let queue = queues[index], name = name(index)
        var at = head, chain: [VirtioDescriptor] = [], visited: Set<Int> = []
        while true {
            guard visited.insert(at).inserted else {
                violate(.descriptorChain, name, UInt64(at), "2.7.5.3.1", "the chain from descriptor \(head) loops at \(at)")
                needReset(index)
                return false
            }
            guard !queue.held[at] else {
                violate(.descriptorOwnership, name, UInt64(at), "2.7.13", "descriptor \(at) offered while the device still holds it; wait until it is used")
                needReset(index)
                return false
            }
            let place = queue.descriptors &+ UInt64(16 * at)
            guard let address: UInt64 = memory.load(place), let rest: UInt64 = memory.load(place &+ 8) else {
                stray(index, place, "descriptor table")
                return false
            }
            let descriptor = VirtioDescriptor(
                index: at, address: address, length: UInt32(truncatingIfNeeded: rest), flags: UInt16(truncatingIfNeeded: rest >> 32),
                next: UInt16(truncatingIfNeeded: rest >> 48))
            inspect(descriptor, chain.last, name)
            chain.append(descriptor)
            guard descriptor.goesOn else { break }
            guard descriptor.next < queue.size else {
                violate(.descriptorChain, name, UInt64(descriptor.next), "2.7.5", "descriptor \(at) goes on at \(descriptor.next) in a queue of \(queue.size)")
                needReset(index)
                return false
            }
            at = Int(descriptor.next)
        }
        for descriptor in chain { queues[index].held[descriptor.index] = true }
        queues[index].chains[head] = chain
        return true
    }

    private func inspect(_ descriptor: VirtioDescriptor, _ before: VirtioDescriptor?, _ name: String) {
        let subject = "\(name) descriptor \(descriptor.index)"
        if descriptor.flags & ~3 != 0 {
            violate(.descriptorReserved, subject, UInt64(descriptor.flags), "2.7.5", "flags beside NEXT and WRITE; INDIRECT was not negotiated")
        }
        if descriptor.length == 0 { violate(.zeroLengthDescriptor, subject, 0, "2.7.5", "a descriptor of no octets") }
        if before?.isWritable == true, !descriptor.isWritable {
            violate(.descriptorDirection, subject, UInt64(descriptor.flags), "2.7.4.2", "to be read, behind one to be written; the other way round")
        }
    }

    /// The next chain, which stays the device's until it is used.
    func take(_ index: Int) -> Int? {
        guard !queues[index].heads.isEmpty else { return nil }
        queues[index].taken &+= 1
        return queues[index].heads.removeFirst()
    }

    /// Puts a chain into the used ring; the driver sees it at `publish`. §2.7.8
    func use(_ index: Int, _ head: Int, octets: Int, ahead: UInt16 = 0) {
        let entry = UInt64(head) | UInt64(UInt32(truncatingIfNeeded: octets)) << 32
        let place = queues[index].usedEntry(queues[index].returned &+ ahead)
        if !memory.store(entry, at: place) { stray(index, place, "device area") }
        queues[index].forget(head)
    }

    /// Makes `count` used chains visible, and interrupts when the driver wants it. §2.7.7.2, §2.7.8
    func publish(_ index: Int, _ count: UInt16) {
        let queue = queues[index], now = queue.returned &+ count
        guard !queue.broken, memory.store(now, at: queue.used &+ 2) else { return }
        queues[index].returned = now
        let wanted: Bool
        if features.contains(.eventIndex) {
            guard let event: UInt16 = memory.load(queue.usedEvent) else { return }
            wanted = SplitLayout.passes(event, from: queue.returned, to: now)
            if let flags: UInt16 = memory.load(queue.available), flags != 0 {
                violate(.descriptorReserved, name(index), UInt64(flags), "2.7.7.1", "the available ring's flags are \(flags); with EVENT_IDX they must be 0")
            }
        } else {
            guard let flags: UInt16 = memory.load(queue.available) else { return }
            wanted = flags & SplitLayout.suppress == 0
        }
        if wanted { notify(queue.vector, InterruptStatus().queue.mask) }
    }

    /// The queue is empty as far as seen: asks to be notified, and looks once more. False: nothing came meanwhile. §2.7.10
    ///
    /// What came meanwhile made no notification: the queue counts as notified, also when the budget ends before all of it is done.
    func sleep(_ index: Int) -> Bool {
        if features.contains(.eventIndex) { _ = memory.store(queues[index].sighted, at: queues[index].availableEvent) }
        // The driver publishes first and looks for the wish then; here it is the other way round: one of the two sees the other.
        orderStoresBeforeLoads()
        sight(index)
        queues[index].notified = !queues[index].heads.isEmpty
        return queues[index].notified
    }
}
