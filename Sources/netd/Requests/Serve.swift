import Host
import Messages
import Stack

/// Requests of tools, and their answers.
extension Netd {
    /// Requests served in one round, so that frames have their turn.
    private static let turn = 32
    /// The gate of `dev/socket/call`.
    static let callGate = 0

    func serveRequests() {
        streams.sweep(loop, now: now)
        for _ in 0..<Self.turn {
            guard let event = port.next() else { return }
            switch consume event {
            case .request(let received):
                if received.gate == Self.callGate { calls.serve(received, loop: loop, now: now) } else { answer(received) }
            case .pulse: break
            case .gone(let client):
                sockets.forget(client, loop: loop)
                streams.forget(client)
            }
        }
    }

    private func answer(_ received: consuming Received) {
        let sender = received.sender
        let request: StackRequest
        do throws(MessageFailure) { request = try received.decode() } catch {
            port.reply(to: sender, Failure(.invalid, what: "request", why: "this stack does not know it", fix: "use tools of the same build"))
            return
        }
        do throws(Failure) {
            if case .openSocket(let wanted) = request {
                try openSocket(wanted, sender, pid: received.peer.pid)
                return
            }
            forget { $0.isReplaced(by: request) }
            let reply = try self.reply(to: request, client: sender.client)
            // Whoever brings an interface says what it is to have.
            if case .mounted(let list) = reply { forget { step in list.contains { step.isAbout($0.interface) } } }
            if request.configures {
                plan.changed()
                keepPlan()
            }
            _ = try? port.reply(to: sender, reply)
        } catch {
            port.reply(to: sender, error)
        }
    }

    /// Takes steps that could not be restored out of the plan.
    private func forget(_ isOver: (StackRequest) -> Bool) {
        guard unrestored.contains(where: isOver) else { return }
        unrestored.removeAll(where: isOver)
        plan.changed()
    }

    private func reply(to request: StackRequest, client: Sender.Client) throws(Failure) -> StackReply {
        switch request {
        case .hello: .hello(hello)
        case .instance: .instance(instanceReport())
        case .mount(let wanted): .mounted(try mount(wanted))
        case .reload(let name, let path, let options): .mounted([try reload(name, path, options: options)])
        case .interfaces: .interfaces(interfaceReports())
        case .createInterface(let name): try done { () throws(Failure) in try createInterface(name) }
        case .destroyInterface(let name): try done { () throws(Failure) in try destroyInterface(name) }
        case .configure(let name, let changes): try done { () throws(Failure) in try configure(name, changes) }
        case .hardware(let name): .hardware(try hardwareReport(name))
        case .neighbors(let family): .neighbors(neighborReports(family))
        case .setNeighbor(let setting): try done { () throws(Failure) in try setNeighbor(setting) }
        case .deleteNeighbor(let family, let address, let interface):
            try done { () throws(Failure) in try deleteNeighbor(family, address, interface) }
        case .flushNeighbors(let family, let interface): try done { () throws(Failure) in try flushNeighbors(family, interface) }
        case .discovery: .discovery(discoveryReport())
        case .routes(let family): .routes(routeReports(family))
        case .addRoute(let setting): try done { () throws(Failure) in try addRoute(setting) }
        case .deleteRoute(let setting): try done { () throws(Failure) in try deleteRoute(setting) }
        case .route(let address): .routes([try routeReport(to: address)])
        case .statistics: .statistics(statisticsReport())
        case .sockets: .sockets(socketReports())
        case .memory: .memory(memoryReport())
        case .tunables: .tunables(tunableReports())
        case .setTunable(let name, let value): .tunable(try setTunable(name, value))
        case .openSocket: throw Failure(.invalid, what: "request", why: "a socket is opened with its descriptor")
        case .changeSocket(let id, let change): try done { () throws(Failure) in try changeSocket(id, change, client) }
        case .closeSocket(let id): try done { () throws(Failure) in try closeSocket(id, client) }
        }
    }

    private func done(_ work: () throws(Failure) -> Void) throws(Failure) -> StackReply {
        try work()
        return .done
    }

    var hello: Hello { Hello(instance: boot.plan.instance, prefix: boot.plan.prefix, variant: boot.plan.variant.rawValue) }

    private func instanceReport() -> InstanceReport {
        var drivers: [String: InstanceReport.Driver] = [:]
        for case let device? in devices {
            let image = device.image
            drivers[image.path, default: .init(name: image.name, version: image.version, path: image.path, interfaces: [])]
                .interfaces.append(device.interface)
        }
        return InstanceReport(hello: hello, pid: CurrentProcess.pid, uptime: Double(MonotonicClock.now() - started) / 1e9,
                              drivers: drivers.values.sorted { $0.path < $1.path })
    }
}
