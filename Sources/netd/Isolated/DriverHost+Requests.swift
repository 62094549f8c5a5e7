import Bus
import CDriver
import Glibc
import Host
import Messages
import Recorder
import Rings

/// What the stack asks of a driver host: one callout each.
// SAFETY: as for the host.
extension DriverHost {
    func serveRequests() {
        for _ in 0..<64 {
            var descriptors = ReceivedDescriptors()
            switch channel.receive(&descriptors) {
            case .message(let request):
                var reply = HostMessage(request.word, sequence: request.sequence)
                (reply.number, reply.body) = answer(request, &descriptors)
                channel.send(reply)
            case .nonsense: continue
            case .nothing: return
            case .end:
                isEnding = true
                return
            }
            if isEnding { return }
        }
        // More may wait.
        words.raise(IsolationLayout.hostMail)
    }

    private func answer(_ request: HostMessage, _ descriptors: inout ReceivedDescriptors) -> (Int32, [UInt8]) {
        switch request.word {
        case .match:
            guard var identity = Octets.value(drydock_identity.self, request.body) else { return (-EINVAL, []) }
            return (asked(.match) { unsafe image.table.pointee.match(&identity) }, [])
        case .attach: return attach(request, &descriptors)
        default: break
        }
        guard let instance = unsafe instance else { return (-ENODEV, []) }
        let table = unsafe image.table.pointee, number = UInt32(bitPattern: request.number)
        switch request.word {
        case .start:
            let status = asked(.start) { unsafe table.start(instance) }
            isRunning = status == 0
            (refusedReceive, refusedTransmit, isBusy) = (0, 0, true)
            return (status, [])
        case .stop:
            let status = asked(.stop) { unsafe table.stop(instance) }
            isRunning = false
            unsafe giveAllBack(instance)
            return (status, [])
        case .detach:
            isEnding = true
            unsafe detach(instance)
            return (0, [])
        case .setFilter:
            guard let filter = try? Body.decode(DriverFilter.self, request.body), filter.mac.count == 6 else { return (-EINVAL, []) }
            return (unsafe filter.withCStruct { pointer in asked(.setFilter) { unsafe table.set_filter(instance, pointer) } }, [])
        case .media:
            var media = drydock_media()
            let status = asked(.getMedia) { unsafe table.get_media(instance, &media) }
            return (status, Octets.of(media))
        case .setMedia:
            guard var media = Octets.value(drydock_media.self, request.body) else { return (-EINVAL, []) }
            return (asked(.setMedia) { unsafe table.set_media(instance, &media) }, [])
        case .setOffloads: return (asked(.setOffloads) { unsafe table.set_offloads(instance, number) }, [])
        case .setMTU: return (asked(.setMTU) { unsafe table.set_mtu(instance, number) }, [])
        case .statistics:
            var statistics = drydock_statistics()
            let status = asked(.statistics) { unsafe table.statistics(instance, &statistics) }
            return (status, Octets.of(statistics))
        case .match, .attach, .hello, .log, .link, .failed, .notice: return (-EINVAL, [])
        }
    }

    private func asked(_ callout: Callout, _ body: () -> Int32) -> Int32 {
        let entry = mark.enter(callout), status = body()
        mark.leave(entry, callout, result: status)
        return status
    }

    private func attach(_ request: HostMessage, _ descriptors: inout ReceivedDescriptors) -> (Int32, [UInt8]) {
        guard unsafe instance == nil, let wanted = try? Body.decode(HostAttach.self, request.body), let socket = descriptors.take(0) else { return (-EINVAL, []) }
        var attached = HostAttached()
        do {
            let device = try NICDevice(handedOver: wanted.identity.name, connection: socket, wanted.claim, &descriptors)
            let bus = NICConnection(device, identity: wanted.identity), trace = record(as: wanted.recordedAs)
            trace.attached(
                interface: wanted.recordedAs ?? "", driver: "devnp-\(image.name).so", nic: bus.name, bus: bus.kind, registers: registers)
            let context = try DeviceContext(
                bus: bus, memory: memory, arena: SharedArena(wanted.arena), log: DriverLog(logger, driver: image.name), trace: trace)
            context.speak(contract: image.contract)
            var made: UnsafeMutableRawPointer?
            var interface = drydock_interface()
            let status = asked(.attach) { unsafe image.table.pointee.attach(context.services, wanted.options, &made, &interface) }
            guard status == 0, unsafe made != nil else {
                attached.said = status == 0 ? "attach succeeded without an instance" : context.said?.text
                context.close()
                return (status == 0 ? -EPROTO : status, (try? Body.encode(attached)) ?? [])
            }
            unsafe (self.bus, self.context, instance) = (bus, context, made)
            unsafe ShownDriver.show(0, wanted.identity.name, instance: made, context, image)
            watch(bus.interruptDescriptors)
            attached.interface = Octets.of(interface)
            (attached.interruptKind, attached.vectors) = (bus.interruptKind, bus.vectors)
            return (0, (try? Body.encode(attached)) ?? [])
        } catch {
            attached.said = (error as? DriverFailure)?.failure.why ?? "\(error)"
            return (-EIO, (try? Body.encode(attached)) ?? [])
        }
    }

    func describe() -> RegisterTable {
        let entry = mark.enter(.describe)
        defer { mark.leave(entry, .describe) }
        return unsafe RegisterTable(image.describe())
    }

    private func detach(_ instance: UnsafeMutableRawPointer) {
        let entry = mark.enter(.detach)
        unsafe image.table.pointee.detach(instance)
        mark.leave(entry, .detach)
        watch([])
        context?.close()
        unsafe (self.instance, bus) = (nil, nil)
    }
}
