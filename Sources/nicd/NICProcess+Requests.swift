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
                claimants.remove(client)
                streams.removeValue(forKey: client)?.finish(now: MonotonicClock.now())
                if claim?.client == client { abandonClaim("its connection closed", holderLives: false) }
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
        guard request.isOfTheBus || !claimants.contains(sender.client) else {
            throw Failure(.notPermitted, what: "NIC \(name)", why: "a connection that claims it does not administer it", fix: "use another connection")
        }
        switch request {
        case .identify: reply(sender, .identity(identity))
        case .status: reply(sender, .status(status))
        case .look(let part): reply(sender, .look(look(part)))
        case .peek(let region, let offset): reply(sender, .value(try peek(region, offset)))
        case .load(let region, let offset, let width): reply(sender, .value(try touch(region, offset, width, storing: nil)))
        case .store(let region, let offset, let width, let value): reply(sender, .value(try touch(region, offset, width, storing: value)))
        case .recorder:
            guard let recorder, let readOnly = try? recorder.memory.readOnlyDescriptor() else {
                throw Failure(.noMemory, what: "NIC \(name)", why: "it has no memory for a flight recorder")
            }
            reply(sender, .recorder(octets: recorder.memory.length), descriptors: [readOnly.raw])
        case .claim(let stack, let vectors): try admit(&received, stack: stack, vectors: vectors)
        case .map(let offset, let length): reply(sender, .mapped(deviceAddress: try map(sender, offset, length)))
        case .unmap(let address):
            let claim = try claimant(sender)
            backend.unmap(deviceAddress: address)
            claim.mappings.removeAll { $0.address == address }
            reply(sender, .done)
        case .interrupts(let kind, let vectors):
            reply(sender, .interrupts(vectors: try chooseInterrupts(try claimant(sender), kind, vectors)))
        case .reset:
            _ = try claimant(sender)
            do { try backend.reset() } catch { throw Failure(error, what: "NIC \(name): reset") }
            reply(sender, .done)
        case .release:
            _ = try claimant(sender)
            endClaim("released", cutOff: false)
            reply(sender, .done)
        case .bequeath(let pid):
            endClaimOfDead(try claimant(sender), pid)
            reply(sender, .done)
        case .quiet(let holder, let since): reply(sender, .quieted(quiet(holder: holder, since: since)))
        case .lastQuiet: reply(sender, .quieted(lastQuiet))
        case .bequeathed(let pid): reply(sender, .quieted(foundAtDeath(of: pid)))
        case .plug, .unplug, .link, .startCapture, .stopCapture, .impair:
            try administer(request)
            reply(sender, .done)
        case .streamCapture(let interface, let octets):
            try stream(&received, interface, octets)
            reply(sender, .done)
        case .endStream:
            guard let stream = streams.removeValue(forKey: sender.client) else {
                throw Failure(.invalid, what: "NIC \(name)", why: "this connection captures nothing")
            }
            stream.finish(now: MonotonicClock.now())
            reply(sender, .done)
        case .pull, .push:
            try handle(request == .pull)
            reply(sender, .done)
        case .remove:
            removal = sender
            isEnding = true
        }
    }

    func reply(_ sender: Sender, _ reply: NICReply, descriptors: [Int32] = []) {
        _ = try? control.reply(to: sender, reply, descriptors: descriptors)
    }

    // MARK: The card

    /// What the stack asked for before has been done; what it asks after meets an empty slot, or a fresh card.
    private func handle(_ isPull: Bool) throws(Failure) {
        guard slot.isPulled != isPull else {
            throw Failure(.invalid, what: "NIC \(name)", why: isPull ? "its card is out already" : "its card is in its slot",
                fix: isPull ? "to put it back: nic push \(name)" : "to take it out: nic pull \(name)")
        }
        guard model.bus != .vfio else {
            throw Failure(.notSupported, what: "NIC \(name)", why: "it is a real card", fix: "pull it with your hands, or unbind it from vfio-pci")
        }
        _ = serveAccesses(atMost: 4096)
        if isPull {
            do { try slot.pull() } catch { throw Failure(error, what: "NIC \(name): pull") }
        } else {
            slot.push()
        }
        log.line("the card was \(isPull ? "pulled out of its slot" : "pushed back")")
    }

    // MARK: The cable

    private func administer(_ request: NICRequest) throws(Failure) {
        guard model.bus != .vfio else { throw Self.realCable(name) }
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
            case .identify, .claim, .map, .unmap, .interrupts, .reset, .release, .bequeath, .quiet, .lastQuiet, .bequeathed, .status, .look, .peek, .load, .store,
                .recorder, .streamCapture, .endStream, .pull, .push, .remove: return
            }
        } catch { throw Failure(error) }
        followCarrier()
        log.line("\(request)")
    }

    private func stream(_ received: inout Received, _ interface: String, _ octets: Int) throws(Failure) {
        guard model.bus != .vfio else { throw Self.realCable(name) }
        let client = received.sender.client
        guard streams[client] == nil, interface.utf8.count <= 200, (0...1 << 20).contains(octets), let socket = received.descriptors.take(0) else {
            throw Failure(.invalid, what: "NIC \(name)", why: "the capture is malformed", fix: "send a stream socket with it, once a connection")
        }
        do throws(CableFailure) {
            streams[client] = try cable.startStream(socket, interface: interface, hardware: backend.title, octets: octets, now: MonotonicClock.now())
        } catch { throw Failure(error) }
    }
}
