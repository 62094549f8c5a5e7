import Glibc
import Host
import Messages
import Stack
import Wire

/// Sockets of clients: opened with a descriptor in the answer, changed and closed by number.
extension Netd {
    func openSocket(_ wanted: SocketRequest, _ sender: Sender, pid: Int32) throws(Failure) {
        let isIPv6 = wanted.family == .inet6
        let kind: EndpointKind = switch wanted.kind {
        case .udp: .udp
        case .icmp: .raw(isIPv6 ? .icmpv6 : .icmpv4)
        }
        let endpoint: EndpointID
        do { endpoint = unsafe try stack.pointee.openDatagram(kind, isIPv6: isIPv6) } catch { throw error.failure("socket") }
        do throws(Failure) {
            try set(wanted.options, endpoint)
            if let address = wanted.bind { try bind(endpoint, address, wanted.family) }
            if let address = wanted.connect { try connect(endpoint, address, wanted.family) }
            let name = wanted.kind.rawValue + (isIPv6 ? "6" : "")
            let made = try sockets.add(endpoint, protocol: name, isIPv6: isIPv6, client: sender.client, pid: pid, loop: loop)
            _ = try? port.reply(to: sender, StackReply.socket(id: made.id, local: local(endpoint)), descriptors: [made.theirs.raw])
        } catch {
            unsafe stack.pointee.close(endpoint)
            throw error
        }
    }

    func changeSocket(_ id: UInt32, _ change: SocketChange, _ client: Sender.Client) throws(Failure) {
        let entry = try owned(id, client), family: Family = entry.isIPv6 ? .inet6 : .inet
        switch change {
        case .bind(let address): try bind(entry.endpoint, address, family)
        case .connect(let address?): try connect(entry.endpoint, address, family)
        case .connect(nil): try connect(entry.endpoint, SocketAddress(address: family == .inet ? "0.0.0.0" : "::"), family)
        case .options(let options): try set(options, entry.endpoint)
        case .join(let group, let interface): try member(entry.endpoint, group, family, interface, joins: true)
        case .leave(let group, let interface): try member(entry.endpoint, group, family, interface, joins: false)
        }
    }

    func closeSocket(_ id: UInt32, _ client: Sender.Client) throws(Failure) { sockets.close(try owned(id, client).id, loop: loop) }

    private func owned(_ id: UInt32, _ client: Sender.Client) throws(Failure) -> SocketService.Entry {
        guard let entry = sockets.entries[id], entry.client == client else {
            throw Failure(.badDescriptor, what: "socket \(id)", why: "this connection has none of that number")
        }
        return entry
    }

    private func local(_ endpoint: EndpointID) -> SocketAddress {
        guard let names = unsafe try? stack.pointee.names(endpoint) else { return SocketAddress(address: "") }
        return SocketAddress(address: names.local.address.text, port: names.local.port)
    }

    private func bind(_ endpoint: EndpointID, _ address: SocketAddress, _ family: Family) throws(Failure) {
        let to = try resolve(address, family)
        do { unsafe try stack.pointee.bind(endpoint, to: to) } catch { throw error.failure("bind \(address.address) port \(address.port)") }
    }

    private func connect(_ endpoint: EndpointID, _ address: SocketAddress, _ family: Family) throws(Failure) {
        let to = try resolve(address, family)
        do { unsafe try stack.pointee.connect(endpoint, to: to, now: now) } catch { throw error.failure("connect \(address.address) port \(address.port)") }
    }

    private func resolve(_ address: SocketAddress, _ family: Family) throws(Failure) -> EndpointAddress {
        EndpointAddress(try Addresses.parse(address.address.isEmpty ? (family == .inet ? "0.0.0.0" : "::") : address.address, family), address.port)
    }

    private func set(_ wanted: SocketOptions, _ endpoint: EndpointID) throws(Failure) {
        guard var options = unsafe try? stack.pointee.options(endpoint) else { return }
        if let ttl = wanted.timeToLive {
            guard (1...255).contains(ttl) else { throw Failure(.invalid, what: "time to live \(ttl)", why: "it is 1 to 255") }
            (options.timeToLive, options.groupTimeToLive) = (UInt8(ttl), UInt8(ttl))
        }
        if let tos = wanted.typeOfService {
            guard (0...255).contains(tos) else { throw Failure(.invalid, what: "type of service \(tos)", why: "it is 0 to 255") }
            options.trafficClass = TrafficClass(rawValue: UInt8(tos))
        }
        if let on = wanted.dontFragment { options.dontFragment = on }
        if let on = wanted.broadcast { options.mayBroadcast = on }
        if let on = wanted.reuse { options.isShared = on }
        if let name = wanted.interface {
            options.interface = try index(name)
            options.groupInterface = options.interface
        }
        do { unsafe try stack.pointee.setOptions(endpoint, options) } catch { throw error.failure("socket options") }
    }

    private func member(_ endpoint: EndpointID, _ group: String, _ family: Family, _ interface: String?, joins: Bool) throws(Failure) {
        let address = try Addresses.parse(group, family), on = try interface.map { name throws(Failure) in try index(name) }
        do {
            if joins { unsafe try stack.pointee.join(endpoint, address, on: on, now: now) }
            else { unsafe try stack.pointee.leave(endpoint, address, on: on, now: now) }
        } catch { throw error.failure("\(joins ? "join" : "leave") \(group)") }
    }
}

extension EndpointFailure {
    func failure(_ what: String) -> Failure { Failure(Errno(rawValue: errno), what: what, why: sentence) }
}
