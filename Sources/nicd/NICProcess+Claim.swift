internal import Bus
internal import Cables
internal import Host
internal import Messages
internal import NICModels

/// What the stack that has claimed the NIC asks.
extension NICProcess {
    /// Regions handed over at most: what a message's descriptors leave.
    private static let mostDirect = 5

    /// The claim, when it is the sender's; every access made before the request has then been performed.
    func claimant(_ sender: Sender) throws(Failure) -> Claim {
        guard let claim, claim.client == sender.client else {
            throw Failure(.notPermitted, what: "NIC \(name)", why: "this connection has not claimed it", fix: "claim it first")
        }
        _ = serveAccesses(atMost: 4096)
        return claim
    }

    func admit(_ received: inout Received, stack: String, vectors: Int) throws(Failure) {
        if let claim {
            throw Failure(.busy, what: "NIC \(name)", why: "stack \(claim.stack) has it", fix: "unmount its driver there, or add another NIC with: nic add")
        }
        guard (1...NICBus.mostVectors).contains(vectors), stack.utf8.count <= 256, let memory = received.descriptors.take(0) else {
            throw Failure(.invalid, what: "NIC \(name)", why: "the claim is malformed", fix: "send packet memory with it, and ask for 1 to \(NICBus.mostVectors) vectors")
        }
        let fresh: Claim
        do { fresh = try Claim(client: received.sender.client, stack: stack, pid: received.peer.pid, memory: memory, vectors: vectors) } catch {
            throw Failure(error, what: "NIC \(name): packet memory", fix: "hand over a memfd that is sealed against shrinking")
        }
        do { try backend.claim(memory: fresh.dma) } catch { throw Failure(error, what: "NIC \(name)") }
        claim = fresh
        claimants.insert(received.sender.client)
        let direct = (0..<6).compactMap { region in backend.mappableRegion(region).map { (region, $0) } }.prefix(Self.mostDirect)
        let answer = NICClaim(
            channelVersion: AccessServer.version, vectors: vectors, regionLengths: (0..<6).map { backend.regionLength($0) },
            direct: direct.map { NICDirectRegion(region: $0.0, offset: $0.1.offset, length: $0.1.length) })
        reply(received.sender, .claimed(answer), descriptors: fresh.descriptors + direct.map(\.1.descriptor))
        cable.deviceWasClaimed(now: MonotonicClock.now())
        log.line("claimed by stack \(stack) (pid \(received.peer.pid))")
    }

    func map(_ sender: Sender, _ offset: UInt64, _ length: UInt64) throws(Failure) -> UInt64 {
        let claim = try claimant(sender)
        let (end, overflow) = offset.addingReportingOverflow(length)
        guard length > 0, !overflow, end <= UInt64(claim.memory.length) else {
            throw Failure(.invalid, what: "NIC \(name)", why: "the mapping leaves packet memory", fix: "map only what lies in packet memory")
        }
        guard claim.mappings.count < Claim.mostMappings else {
            throw Failure(.noMemory, what: "NIC \(name)", why: "there are \(Claim.mostMappings) mappings already", fix: "map more at once, or unmap some")
        }
        do {
            let address = try backend.map(offset: offset, length: length)
            claim.mappings.append(Claim.Mapping(offset: offset, length: length, address: address))
            return address
        } catch { throw Failure(error, what: "NIC \(name)") }
    }

    /// Off first: nothing signals while the hardware is being set up, or when it refuses.
    func chooseInterrupts(_ claim: Claim, _ raw: UInt32, _ wanted: Int) throws(Failure) -> Int {
        guard let kind = InterruptKind(rawValue: raw), let mode = InterruptMode(rawValue: raw), kind == .none || wanted >= 1 else {
            throw Failure(.invalid, what: "NIC \(name)", why: "that is no way to interrupt", fix: "use the same build everywhere")
        }
        _ = claim.lines.choose(.none, vectors: 0)
        do throws(NICFailure) {
            let vectors = kind == .none ? 0 : min(wanted, claim.vectors, backend.vectorLimit(kind))
            _ = try backend.setInterrupts(.none, vectors: 0, bells: [])
            guard kind != .none else { return 0 }
            guard vectors > 0 else { throw .notSupported("it does not interrupt by \(kind.text)") }
            let granted = min(try backend.setInterrupts(kind, vectors: vectors, bells: Array(claim.bells.prefix(vectors))), vectors)
            if !backend.signalsBells, claim.lines.choose(mode, vectors: granted) { claim.signal(0) }
            return granted
        } catch { throw Failure(error, what: "NIC \(name)") }
    }

    /// The stack let go, or died: hardware first.
    ///
    /// - Parameter cutOff: closes its connection, so that it hears of an end that it did not ask for.
    func endClaim(_ why: String, cutOff: Bool = true) {
        guard let old = claim else { return }
        claim = nil
        backend.release()
        if cutOff { control.close(old.client) }
        log.line("claim of stack \(old.stack) ended: \(why)")
    }
}

extension InterruptKind {
    /// As PCI calls it.
    var text: String {
        switch self {
        case .none: "nothing"
        case .line: "INTx"
        case .msi: "MSI"
        case .msix: "MSI-X"
        }
    }
}
