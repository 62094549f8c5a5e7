internal import Bus
internal import Cables
internal import Host
internal import Messages
internal import NICModels

/// What stacks and tools ask on the control socket.
extension NICProcess {
    /// Answers at most a few requests, so that a busy tool does not stop the hardware.
    func hearRequests() {
        for _ in 0..<16 {
            guard let event = control.next() else { return }
            switch consume event {
            case .request(var received):
                do throws(Failure) { try answer(&received) } catch { control.reply(to: received.sender, error) }
            case .pulse: continue
            case .gone(let client):
                if claim?.client == client { endClaim("its connection closed") }
            }
            if isEnding { return }
        }
    }

    private func answer(_ received: inout Received) throws(Failure) {
        let request: NICRequest
        do { request = try received.decode(NICRequest.self) } catch {
            throw Failure(.protocolError, what: "NIC \(name)", why: "the request cannot be understood", fix: "use the same build everywhere")
        }
        let sender = received.sender
        switch request {
        case .identify: reply(sender, .identity(identity))
        case .status: reply(sender, .status(status))
        case .claim(let stack, let vectors): try admit(&received, stack: stack, vectors: vectors)
        case .map(let offset, let length): reply(sender, .mapped(deviceAddress: try map(sender, offset, length)))
        case .unmap(let address):
            let claim = try claimant(sender)
            backend.unmap(deviceAddress: address)
            claim.mappings.removeAll { $0.address == address }
            reply(sender, .done)
        case .reset:
            try reset(try claimant(sender))
            reply(sender, .done)
        case .release:
            _ = try claimant(sender)
            endClaim("released", cutOff: false)
            reply(sender, .done)
        case .plug, .unplug, .link, .startCapture, .stopCapture, .impair:
            try administer(request)
            reply(sender, .done)
        case .remove:
            removal = sender
            isEnding = true
        }
    }

    private func reply(_ sender: Sender, _ reply: NICReply, descriptors: [Int32] = []) {
        _ = try? control.reply(to: sender, reply, descriptors: descriptors)
    }

    // MARK: The claim

    /// The claim, when it is the sender's; every access made before the request has then been performed.
    private func claimant(_ sender: Sender) throws(Failure) -> Claim {
        guard let claim, claim.client == sender.client else {
            throw Failure(.notPermitted, what: "NIC \(name)", why: "this connection has not claimed it", fix: "claim it first")
        }
        _ = serveAccesses(atMost: 4096)
        return claim
    }

    private func admit(_ received: inout Received, stack: String, vectors: Int) throws(Failure) {
        if let claim {
            throw Failure(.busy, what: "NIC \(name)", why: "stack \(claim.stack) has it", fix: "unmount its driver there, or add another NIC with: nic add")
        }
        guard (1...8).contains(vectors), stack.utf8.count <= 256, let memory = received.descriptors.take(0) else {
            throw Failure(.invalid, what: "NIC \(name)", why: "the claim is malformed", fix: "send packet memory with it, and ask for 1 to 8 vectors")
        }
        let fresh: Claim
        do { fresh = try Claim(client: received.sender.client, stack: stack, memory: memory, vectors: vectors) } catch {
            throw Failure(error, what: "NIC \(name): packet memory", fix: "hand over a memfd that is sealed against shrinking")
        }
        do { try backend.claim(memory: fresh.dma) } catch { throw Failure(error, what: "NIC \(name)") }
        claim = fresh
        let lengths = (0..<6).map { backend.regionLength($0) }
        reply(received.sender, .claimed(NICClaim(channelVersion: AccessServer.version, vectors: vectors, regionLengths: lengths)), descriptors: fresh.descriptors)
        cable.deviceWasClaimed(now: MonotonicClock.now())
        log.line("claimed by stack \(stack) (pid \(received.peer.pid))")
    }

    private func map(_ sender: Sender, _ offset: UInt64, _ length: UInt64) throws(Failure) -> UInt64 {
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

    /// As if released and claimed again: a device address of before is a stray one afterwards.
    private func reset(_ claim: Claim) throws(Failure) {
        backend.release()
        _ = claim.lines.choose(.none)
        claim.mappings.removeAll()
        do { try backend.claim(memory: claim.dma) } catch {
            endClaim("reset failed", cutOff: false)
            throw Failure(error, what: "NIC \(name): reset")
        }
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

    // MARK: The cable

    private func administer(_ request: NICRequest) throws(Failure) {
        do throws(CableFailure) {
            switch request {
            case .plug(let text): try cable.plug(try CableSpecification(text))
            case .unplug: cable.unplug()
            case .link(let up): linkEnabled = up
            case .startCapture(let file): try cable.startCapture(file)
            case .stopCapture: cable.stopCapture()
            case .impair(let text):
                let wanted = try CableSpecification.impairments(text)
                cable.setImpairments(transmit: wanted.transmit, receive: wanted.receive, seed: wanted.seed)
            case .identify, .claim, .map, .unmap, .reset, .release, .status, .remove: return
            }
        } catch { throw Failure(error) }
        followCarrier()
        log.line("\(request)")
    }
}
