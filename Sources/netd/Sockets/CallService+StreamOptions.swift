import CCalls
import Glibc
import Messages
import Stack
import Wire

// Options of programs' streams, by Linux's numbers.
extension CallService {
    /// - Returns: 0 or an errno.
    func setOption(_ call: drydock_call, _ place: Int) -> Int32 {
        let stream = streams.entries[place].stream
        guard var options = unsafe try? stack.pointee.streamOptions(stream) else { return EBADF }
        let error: Int32 = switch call.a {
        case SOL_SOCKET: setSocketOption(call, place, &options)
        case Int32(IPPROTO_TCP): setTCPOption(call, &options)
        case Int32(IPPROTO_IP): setIPOption(call, &options)
        case Int32(IPPROTO_IPV6): setIPv6Option(call, &options)
        default: ENOPROTOOPT
        }
        guard error == 0 else { return error }
        do { unsafe try stack.pointee.setStreamOptions(stream, options) } catch { return error.errno }
        return 0
    }

    private func setSocketOption(_ call: drydock_call, _ place: Int, _ options: inout StreamOptions) -> Int32 {
        if call.b == SO_LINGER { return setLinger(call, place) }
        if call.b == SO_BINDTODEVICE { return setDevice(call, &options) }
        guard let value = call.integer else { return EINVAL }
        switch call.b {
        case SO_REUSEADDR: options.reusesAddress = value != 0
        case SO_REUSEPORT: options.sharesPort = value != 0
        case SO_KEEPALIVE: options.keepsAlive = value != 0
        // Linux takes twice what is asked for, and says so.
        case SO_SNDBUF, SO_SNDBUFFORCE: options.sendBuffer = Int(max(value, 2304)) * 2
        case SO_RCVBUF, SO_RCVBUFFORCE: options.receiveBuffer = Int(max(value, 1152)) * 2
        // Nothing depends on them here.
        case SO_BROADCAST, SO_OOBINLINE, SO_PRIORITY, SO_DONTROUTE, SO_BUSY_POLL, SO_TIMESTAMP, SO_INCOMING_CPU, SO_MARK, SO_ZEROCOPY: break
        default: return ENOPROTOOPT
        }
        return 0
    }

    private func setLinger(_ call: drydock_call, _ place: Int) -> Int32 {
        let octets = call.value
        guard octets.count >= 8 else { return EINVAL }
        streams.entries[place].aborts = octets[0] != 0 && octets[4..<8].allSatisfy { $0 == 0 }
        return 0
    }

    private func setDevice(_ call: drydock_call, _ options: inout StreamOptions) -> Int32 {
        let name = String(decoding: call.value.prefix { $0 != 0 }, as: UTF8.self)
        guard !name.isEmpty else {
            options.interface = nil
            return 0
        }
        guard let short = InterfaceName(name), let index = unsafe stack.pointee.interface(named: short) else { return ENODEV }
        options.interface = index
        return 0
    }

    private func setTCPOption(_ call: drydock_call, _ options: inout StreamOptions) -> Int32 {
        if call.b == TCP_CONGESTION { return setCongestion(call, &options) }
        guard let value = call.integer else { return EINVAL }
        switch call.b {
        case TCP_NODELAY: options.noDelay = value != 0
        case TCP_CORK: options.isCorked = value != 0
        case TCP_KEEPIDLE:
            guard (1...32767).contains(value) else { return EINVAL }
            options.keepAliveIdle = .seconds(Int(value))
        case TCP_KEEPINTVL:
            guard (1...32767).contains(value) else { return EINVAL }
            options.keepAliveInterval = .seconds(Int(value))
        case TCP_KEEPCNT:
            guard (1...127).contains(value) else { return EINVAL }
            options.keepAliveProbes = UInt8(value)
        case TCP_USER_TIMEOUT:
            guard value >= 0 else { return EINVAL }
            options.userTimeout = .milliseconds(Int(value))
        case TCP_MAXSEG:
            guard (88...32767).contains(value) else { return EINVAL }
            options.maximumSegment = UInt16(value)
        // Hints that change nothing here.
        case TCP_QUICKACK, TCP_DEFER_ACCEPT, TCP_LINGER2, TCP_SYNCNT, TCP_WINDOW_CLAMP, TCP_NOTSENT_LOWAT: break
        default: return ENOPROTOOPT
        }
        return 0
    }

    private func setCongestion(_ call: drydock_call, _ options: inout StreamOptions) -> Int32 {
        switch String(decoding: call.value.prefix { $0 != 0 }, as: UTF8.self) {
        case "cubic": options.congestion = .cubic
        case "reno": options.congestion = .newReno
        default: return ENOENT
        }
        return 0
    }

    private func setIPOption(_ call: drydock_call, _ options: inout StreamOptions) -> Int32 {
        guard let value = call.integer else { return EINVAL }
        switch call.b {
        case IP_TOS: options.trafficClass = .init(rawValue: UInt8(truncatingIfNeeded: value))
        case IP_TTL:
            guard value == -1 || (1...255).contains(value) else { return EINVAL }
            options.timeToLive = value == -1 ? 64 : UInt8(value)
        case IP_MTU_DISCOVER, IP_RECVERR, IP_FREEBIND, 24 /* IP_BIND_ADDRESS_NO_PORT */: break
        default: return ENOPROTOOPT
        }
        return 0
    }

    private func setIPv6Option(_ call: drydock_call, _ options: inout StreamOptions) -> Int32 {
        guard let value = call.integer else { return EINVAL }
        switch call.b {
        case IPV6_V6ONLY: options.isIPv6Only = value != 0
        case IPV6_UNICAST_HOPS:
            guard value == -1 || (1...255).contains(value) else { return EINVAL }
            options.timeToLive = value == -1 ? 64 : UInt8(value)
        case IPV6_TCLASS: options.trafficClass = .init(rawValue: UInt8(truncatingIfNeeded: max(value, 0)))
        case IPV6_MTU_DISCOVER, IPV6_RECVERR: break
        default: return ENOPROTOOPT
        }
        return 0
    }

    // MARK: reading them

    func option(_ call: drydock_call, _ place: Int) -> drydock_answer {
        let entry = streams.entries[place]
        guard let options = unsafe try? stack.pointee.streamOptions(entry.stream) else { return .refusal(EBADF) }
        let value: [UInt8]? = switch call.a {
        case SOL_SOCKET: socketOption(call.b, entry, options)
        case Int32(IPPROTO_TCP): tcpOption(call.b, entry.stream, options)
        case Int32(IPPROTO_IP): ipOption(call.b, options)
        case Int32(IPPROTO_IPV6): ipv6Option(call.b, options)
        default: nil
        }
        return value.map { .data($0, room: call.c) } ?? .refusal(ENOPROTOOPT)
    }

    private func socketOption(_ name: Int32, _ entry: StreamEntry, _ options: StreamOptions) -> [UInt8]? {
        switch name {
        case SO_REUSEADDR: options.reusesAddress.octets
        case SO_REUSEPORT: options.sharesPort.octets
        case SO_KEEPALIVE: options.keepsAlive.octets
        case SO_SNDBUF: Int32(clamping: options.sendBuffer ?? 212_992).octets
        case SO_RCVBUF: Int32(clamping: options.receiveBuffer ?? 212_992).octets
        case SO_BINDTODEVICE: options.interface.map { Array(deviceName($0).utf8) + [0] } ?? []
        case SO_LINGER: (entry.aborts ? Int32(1) : 0).octets + Int32(0).octets
        case SO_ACCEPTCONN: (entry.role == .listening).octets
        case SO_TYPE: Int32(SOCK_STREAM.rawValue).octets
        case SO_DOMAIN: (entry.isIPv6 ? AF_INET6 : AF_INET).octets
        case SO_PROTOCOL: Int32(IPPROTO_TCP).octets
        case SO_BROADCAST, SO_OOBINLINE, SO_PRIORITY, SO_DONTROUTE, SO_TIMESTAMP, SO_MARK, SO_ZEROCOPY, SO_BUSY_POLL: Int32(0).octets
        case SO_INCOMING_CPU: Int32(0).octets
        default: nil
        }
    }

    private func deviceName(_ index: InterfaceIndex) -> String {
        unsafe stack.pointee.listInterfaces().first { $0.index == index }?.name.description ?? ""
    }

    private func tcpOption(_ name: Int32, _ stream: StreamID, _ options: StreamOptions) -> [UInt8]? {
        switch name {
        case TCP_NODELAY: options.noDelay.octets
        case TCP_CORK: options.isCorked.octets
        case TCP_KEEPIDLE: options.keepAliveIdle.wholeSeconds.octets
        case TCP_KEEPINTVL: options.keepAliveInterval.wholeSeconds.octets
        case TCP_KEEPCNT: Int32(options.keepAliveProbes).octets
        case TCP_USER_TIMEOUT: Int32(clamping: options.userTimeout.nanoseconds / 1_000_000).octets
        case TCP_MAXSEG: Int32(unsafe stack.pointee.streamInformation(stream)?.segmentOctets ?? 536).octets
        case TCP_CONGESTION: Array((options.congestion == .cubic ? "cubic" : "reno").utf8) + [0]
        case TCP_INFO: unsafe stack.pointee.streamInformation(stream).map(TCPInformation.octets)
        case TCP_QUICKACK, TCP_DEFER_ACCEPT, TCP_NOTSENT_LOWAT: Int32(0).octets
        default: nil
        }
    }

    private func ipOption(_ name: Int32, _ options: StreamOptions) -> [UInt8]? {
        switch name {
        case IP_TOS: Int32(options.trafficClass.rawValue).octets
        case IP_TTL: Int32(options.timeToLive).octets
        case IP_MTU_DISCOVER: Int32(1).octets
        // No IP options: what sshd looks for.
        case IP_OPTIONS: []
        case IP_RECVERR, IP_FREEBIND: Int32(0).octets
        default: nil
        }
    }

    private func ipv6Option(_ name: Int32, _ options: StreamOptions) -> [UInt8]? {
        switch name {
        case IPV6_V6ONLY: options.isIPv6Only.octets
        case IPV6_UNICAST_HOPS: Int32(options.timeToLive).octets
        case IPV6_TCLASS: Int32(options.trafficClass.rawValue).octets
        case IPV6_RECVERR: Int32(0).octets
        default: nil
        }
    }
}

extension Bool {
    /// As an option's value.
    var octets: [UInt8] { (self ? Int32(1) : 0).octets }
}

extension Interval {
    var wholeSeconds: Int32 { Int32(clamping: nanoseconds / 1_000_000_000) }
}
