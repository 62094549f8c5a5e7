import DriverKit
import VirtioNetRegisters
import VirtioRegisters
import Wire

// Commands. virtio 1.2 §5.1.6.5
extension VirtioNIC {
    func control(_ index: Int) {
        guard works(index) else { return }
        sight(index)
        while !queues[index].broken {
            guard let head = take(index) else {
                guard sleep(index) else { return }
                continue
            }
            let chain = queues[index].chains[head], answers = chain.filter(\.isWritable)
            guard let answer = answers.first, answer.length >= 1, gather(index, chain.filter { !$0.isWritable }), packet.count >= 2 else {
                violate(.descriptorChain, name(index), UInt64(head), "5.1.6.5", "a command is class, command and data to be read, and an octet to be written")
                return needReset(index)
            }
            let done = perform(index)
            if !memory.store(done ? ControlCommand.ok : 1, at: answer.address) {
                violate(.strayDMA, name(index), answer.address, "5.1.6.5", "the answer lies in no DMA mapping")
            }
            use(index, head, octets: 1)
            publish(index, 1)
        }
    }

    private func perform(_ index: Int) -> Bool {
        let code = UInt16(truncatingIfNeeded: number(0, 2)), data = packet.count - 2
        guard let command = ControlCommand(rawValue: code), features.contains(Self.needed(command)) else {
            violate(.notOffered, name(index), UInt64(code), "5.1.6.5", "class \(code & 0xFF), command \(code >> 8), which was not negotiated")
            return false
        }
        switch command {
        case .promiscuous, .allMulticast:
            guard expect(index, data == 1) else { return false }
            if command == .promiscuous { filter.promiscuous = packet[2] != 0 } else { filter.allMulticast = packet[2] != 0 }
        case .addressTables: return setTables(index)
        case .address:
            guard expect(index, data == 6) else { return false }
            filter.mac = MACAddress(value: address(2))
        case .addVLAN, .removeVLAN:
            guard expect(index, data == 2), number(2, 2) < 4096 else { return false }
            let vlan = UInt16(number(2, 2))
            if command == .addVLAN { filter.vlans.insert(vlan) } else { filter.vlans.remove(vlan) }
        case .pairs:
            guard expect(index, data == 2), (1...UInt64(Self.pairs)).contains(number(2, 2)) else { return false }
            activePairs = Int(number(2, 2))
        }
        return true
    }

    private static func needed(_ command: ControlCommand) -> VirtioFeatures {
        switch command {
        case .promiscuous, .allMulticast, .addressTables: .controlReceive
        case .address: .controlAddress
        case .addVLAN, .removeVLAN: .controlVLAN
        case .pairs: .multiqueue
        }
    }

    private func expect(_ index: Int, _ right: Bool) -> Bool {
        if !right { violate(.descriptorChain, name(index), UInt64(packet.count), "5.1.6.5", "a command of \(packet.count) octets has not the length that it must have") }
        return right
    }

    /// Six octets as they stand on the wire.
    private func address(_ at: Int) -> UInt64 { (0..<6).reduce(0) { $0 << 8 | UInt64(packet[at + $1]) } }

    /// Two tables, each a count and that many addresses. §5.1.6.5.2
    private func setTables(_ index: Int) -> Bool {
        var at = 2, tables: [Set<UInt64>] = []
        for _ in 0..<2 {
            guard at + 4 <= packet.count else { return expect(index, false) }
            let count = Int(number(at, 4))
            guard count <= (packet.count - at - 4) / 6 else { return expect(index, false) }
            tables.append(Set((0..<count).map { address(at + 4 + 6 * $0) }))
            at += 4 + 6 * count
        }
        guard expect(index, at == packet.count) else { return false }
        (filter.unicast, filter.multicast) = (tables[0], tables[1])
        return true
    }
}
