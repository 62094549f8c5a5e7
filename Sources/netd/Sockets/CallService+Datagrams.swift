import CCalls
import Glibc
import Host
import Messages
import Stack
import Wire

// Datagram and raw sockets of programs that were not written for us.
// SAFETY: `stack` outlives the service, on the same thread.
extension CallService {
    func openDatagram(_ call: drydock_call, _ sender: Sender, _ pid: Int32, _ loop: borrowing EventLoop) {
        let isIPv6 = call.a == AF_INET6, isRaw = call.b == Int32(SOCK_RAW.rawValue)
        guard let kind = Self.kind(call.c, isRaw: isRaw, isIPv6: isIPv6) else { return refuse(sender, EPROTONOSUPPORT) }
        let endpoint: EndpointID
        do { endpoint = unsafe try stack.pointee.openDatagram(kind.kind, isIPv6: isIPv6) } catch { return refuse(sender, error.errno) }
        let number = streams.takeNumber()
        do {
            let pair = try streams.ends.make(.messages, number: number)
            let entry = SocketService.Entry(
                id: number, endpoint: endpoint, descriptor: pair.first.raw, client: nil, pid: pid, protocol: kind.name, isIPv6: isIPv6,
                wantsErrors: false)
            try sockets.enter(entry, theirs: pair.second.raw, loop: loop)
            _ = pair.first.surrender()
            _ = try? port.reply(to: sender, body: CallCodec.octets(.socket(number)), descriptors: [pair.second.raw])
        } catch {
            unsafe stack.pointee.close(endpoint)
            refuse(sender, error.number.rawValue)
        }
    }

    private static func kind(_ protocol: Int32, isRaw: Bool, isIPv6: Bool) -> (kind: EndpointKind, name: String)? {
        let family = isIPv6 ? "6" : ""
        if !isRaw, `protocol` == 0 || `protocol` == Int32(IPPROTO_UDP) { return (.udp, "udp" + family) }
        // Linux's unprivileged echo sockets are raw ones here.
        if `protocol` == Int32(IPPROTO_ICMP), !isIPv6 { return (.raw(.icmpv4), "icmp") }
        if `protocol` == Int32(IPPROTO_ICMPV6), isIPv6 { return (.raw(.icmpv6), "icmp6") }
        return nil
    }

    func answer(to call: drydock_call, _ entry: SocketService.Entry) -> drydock_answer {
        switch call.call {
        case UInt32(DRYDOCK_CALL_BIND):
            guard let address = CallCodec.address(call.address, isIPv6: entry.isIPv6) else { return .refusal(EAFNOSUPPORT) }
            do { unsafe try stack.pointee.bind(entry.endpoint, to: address) } catch { return .refusal(error.errno) }
            return .refusal(0)
        case UInt32(DRYDOCK_CALL_CONNECT): return connect(call, entry)
        case UInt32(DRYDOCK_CALL_NAMES): return names(entry)
        case UInt32(DRYDOCK_CALL_SET_OPTION): return .refusal(setDatagramOption(call, entry))
        case UInt32(DRYDOCK_CALL_GET_OPTION): return datagramOption(call, entry)
        case UInt32(DRYDOCK_CALL_ERROR): return .number(unsafe stack.pointee.nextError(entry.endpoint)?.cause.errno ?? 0)
        case UInt32(DRYDOCK_CALL_SHUTDOWN): return .refusal(isConnected(entry) ? 0 : ENOTCONN)
        default: return .refusal(EOPNOTSUPP)
        }
    }

    private func isConnected(_ entry: SocketService.Entry) -> Bool {
        (unsafe try? stack.pointee.names(entry.endpoint))?.remote != nil
    }

    private func connect(_ call: drydock_call, _ entry: SocketService.Entry) -> drydock_answer {
        let isDissolved = call.address.family == 0
        let address = isDissolved ? (entry.isIPv6 ? .anyIPv6(0) : .anyIPv4(0)) : CallCodec.address(call.address, isIPv6: entry.isIPv6)?.orLoopback
        guard let address else { return .refusal(EAFNOSUPPORT) }
        do { unsafe try stack.pointee.connect(entry.endpoint, to: address, now: now) } catch { return .refusal(error.errno) }
        sockets.makeBare(entry.id, !isDissolved && call.a & Int32(DRYDOCK_CONNECT_BARE) != 0)
        return .refusal(0)
    }

    private func names(_ entry: SocketService.Entry) -> drydock_answer {
        guard let names = unsafe try? stack.pointee.names(entry.endpoint) else { return .refusal(EBADF) }
        return .names(
            CallCodec.address(names.local, isIPv6: entry.isIPv6), names.remote.map { CallCodec.address($0, isIPv6: entry.isIPv6) })
    }

    private func setDatagramOption(_ call: drydock_call, _ entry: SocketService.Entry) -> Int32 {
        guard var options = unsafe try? stack.pointee.options(entry.endpoint) else { return EBADF }
        if let membership = membership(call) { return join(membership, entry) }
        if (call.a, call.b) == (SOL_SOCKET, SO_BINDTODEVICE) { return bindToDevice(call, entry, options) }
        guard let value = call.integer else { return EINVAL }
        switch (call.a, call.b) {
        case (SOL_SOCKET, SO_REUSEADDR): options.isShared = value != 0
        case (SOL_SOCKET, SO_REUSEPORT): (options.isShared, options.sharesLoad) = (value != 0, value != 0)
        case (Int32(IPPROTO_IP), IP_RECVERR), (Int32(IPPROTO_IPV6), IPV6_RECVERR): sockets.setWantsErrors(entry.id, value != 0)
        case (SOL_SOCKET, SO_BROADCAST): options.mayBroadcast = value != 0
        case (Int32(IPPROTO_IP), IP_TTL), (Int32(IPPROTO_IPV6), IPV6_UNICAST_HOPS): options.timeToLive = value == -1 ? 64 : UInt8(truncatingIfNeeded: value)
        case (Int32(IPPROTO_IP), IP_TOS), (Int32(IPPROTO_IPV6), IPV6_TCLASS): options.trafficClass = .init(rawValue: UInt8(truncatingIfNeeded: max(value, 0)))
        case (Int32(IPPROTO_IP), IP_MTU_DISCOVER), (Int32(IPPROTO_IPV6), IPV6_MTU_DISCOVER): options.dontFragment = value == 2 || value == 3
        case (Int32(IPPROTO_IP), IP_MULTICAST_TTL), (Int32(IPPROTO_IPV6), IPV6_MULTICAST_HOPS): options.groupTimeToLive = UInt8(truncatingIfNeeded: max(value, 0))
        case (Int32(IPPROTO_IP), IP_MULTICAST_LOOP), (Int32(IPPROTO_IPV6), IPV6_MULTICAST_LOOP): options.loopsGroups = value != 0
        case (Int32(IPPROTO_IPV6), IPV6_V6ONLY): options.isIPv6Only = value != 0
        // Errors come by themselves; buffers are the stack's.
        case (SOL_SOCKET, SO_SNDBUF), (SOL_SOCKET, SO_RCVBUF), (SOL_SOCKET, SO_SNDBUFFORCE), (SOL_SOCKET, SO_RCVBUFFORCE), (SOL_SOCKET, SO_PRIORITY),
            (SOL_SOCKET, SO_TIMESTAMP): break
        default: return ENOPROTOOPT
        }
        do { unsafe try stack.pointee.setOptions(entry.endpoint, options) } catch { return error.errno }
        return 0
    }

    private func datagramOption(_ call: drydock_call, _ entry: SocketService.Entry) -> drydock_answer {
        guard let options = unsafe try? stack.pointee.options(entry.endpoint) else { return .refusal(EBADF) }
        let isUDP = entry.protocol.hasPrefix("udp")
        let value: Int32? = switch (call.a, call.b) {
        case (SOL_SOCKET, SO_TYPE): isUDP ? Int32(SOCK_DGRAM.rawValue) : Int32(SOCK_RAW.rawValue)
        case (SOL_SOCKET, SO_DOMAIN): entry.isIPv6 ? AF_INET6 : AF_INET
        case (SOL_SOCKET, SO_PROTOCOL): Int32(isUDP ? IPPROTO_UDP : entry.isIPv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP)
        case (SOL_SOCKET, SO_REUSEADDR): options.isShared ? 1 : 0
        case (SOL_SOCKET, SO_REUSEPORT): options.sharesLoad ? 1 : 0
        case (Int32(IPPROTO_IP), IP_RECVERR), (Int32(IPPROTO_IPV6), IPV6_RECVERR): entry.wantsErrors ? 1 : 0
        case (SOL_SOCKET, SO_BROADCAST): options.mayBroadcast ? 1 : 0
        case (SOL_SOCKET, SO_SNDBUF), (SOL_SOCKET, SO_RCVBUF): 212_992
        case (SOL_SOCKET, SO_ACCEPTCONN): 0
        case (Int32(IPPROTO_IP), IP_TTL), (Int32(IPPROTO_IPV6), IPV6_UNICAST_HOPS): Int32(options.timeToLive)
        case (Int32(IPPROTO_IP), IP_TOS), (Int32(IPPROTO_IPV6), IPV6_TCLASS): Int32(options.trafficClass.rawValue)
        case (Int32(IPPROTO_IPV6), IPV6_V6ONLY): options.isIPv6Only ? 1 : 0
        default: nil
        }
        return value.map { .data($0.octets, room: call.c) } ?? .refusal(ENOPROTOOPT)
    }
}

// Groups and interfaces.
extension CallService {
    private struct GroupOrder { let group: IPAddress, interface: InterfaceIndex?, joins: Bool }

    /// `struct ip_mreq`, `ip_mreqn` and `ipv6_mreq`. ip(7), ipv6(7).
    private func membership(_ call: drydock_call) -> GroupOrder? {
        let octets = call.value
        func number(_ at: Int) -> UInt32 { octets[at..<(at + 4)].reduce(0) { $0 << 8 | UInt32($1) } }
        func index(_ at: Int) -> InterfaceIndex? {
            let value = octets[at..<(at + 4)].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            return value == 0 ? nil : InterfaceIndex(UInt16(truncatingIfNeeded: value - 1))
        }
        switch (call.a, call.b) {
        case (Int32(IPPROTO_IP), IP_ADD_MEMBERSHIP), (Int32(IPPROTO_IP), IP_DROP_MEMBERSHIP):
            guard octets.count >= 8 else { return nil }
            let own = IPAddress(IPv4Address(number(4)))
            let interface = octets.count >= 12 ? index(8) : nil
            return GroupOrder(
                group: IPAddress(IPv4Address(number(0))), interface: interface ?? (own.isAny ? nil : self.interface(with: own)),
                joins: call.b == IP_ADD_MEMBERSHIP)
        case (Int32(IPPROTO_IPV6), IPV6_ADD_MEMBERSHIP), (Int32(IPPROTO_IPV6), IPV6_DROP_MEMBERSHIP):
            guard octets.count >= 20 else { return nil }
            let high = UInt64(number(0)) << 32 | UInt64(number(4)), low = UInt64(number(8)) << 32 | UInt64(number(12))
            return GroupOrder(group: IPv6Address(high: high, low: low), interface: index(16), joins: call.b == IPV6_ADD_MEMBERSHIP)
        default: return nil
        }
    }

    private func interface(with address: IPAddress) -> InterfaceIndex? {
        unsafe stack.pointee.listInterfaces().first { $0.addresses.contains { $0.prefix.address == address } }?.index
    }

    private func join(_ order: GroupOrder, _ entry: SocketService.Entry) -> Int32 {
        do {
            if order.joins { unsafe try stack.pointee.join(entry.endpoint, order.group, on: order.interface, now: now) }
            else { unsafe try stack.pointee.leave(entry.endpoint, order.group, on: order.interface, now: now) }
        } catch { return error.errno }
        return 0
    }

    private func bindToDevice(_ call: drydock_call, _ entry: SocketService.Entry, _ options: EndpointOptions) -> Int32 {
        let name = String(decoding: call.value.prefix { $0 != 0 }, as: UTF8.self)
        var options = options
        if name.isEmpty { options.interface = nil } else {
            guard let short = InterfaceName(name), let index = unsafe stack.pointee.interface(named: short) else { return ENODEV }
            options.interface = index
        }
        do { unsafe try stack.pointee.setOptions(entry.endpoint, options) } catch { return error.errno }
        return 0
    }
}
