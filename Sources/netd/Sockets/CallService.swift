import CCalls
import Glibc
import Host
import Messages
import Stack
import Wire

/// Calls of programs that were not written for us: `drydock_calls.h`. They come with the messages of tools, through a gate of their own.
// SAFETY: `stack` outlives this object, on the same thread.
@safe final class CallService {
    let stack: UnsafeMutablePointer<Stack>
    let streams: StreamService
    let sockets: SocketService
    let port: Port
    private var ends: ProgramEnds { streams.ends }
    /// Of the call that is served.
    var now = Instant.zero

    init(stack: UnsafeMutablePointer<Stack>, streams: StreamService, sockets: SocketService, port: Port) {
        unsafe self.stack = stack
        (self.streams, self.sockets, self.port) = (streams, sockets, port)
    }

    func serve(_ received: consuming Received, loop: borrowing EventLoop, now: Instant) {
        self.now = now
        let sender = received.sender, pid = received.peer.pid
        guard let call = CallCodec.call(received.body) else {
            port.reply(to: sender, Failure(.protocolError, what: "call", why: "it has another size than this stack's", fix: "use programs' libraries of the same build"))
            return
        }
        if call.call == UInt32(DRYDOCK_CALL_OPEN) { return open(call, sender, pid, loop) }
        guard let answer = answer(to: call, sender, loop) else { return }
        _ = try? port.reply(to: sender, body: CallCodec.octets(answer))
    }

    /// - Returns: nil when the answer comes later.
    private func answer(to call: drydock_call, _ sender: Sender, _ loop: borrowing EventLoop) -> drydock_answer? {
        // Made by a stack that is no more, whose place we have.
        guard call.stack == ends.stack else { return .refusal(ESTALE) }
        if let stream = streams.stream(call.socket), let place = streams.place(stream) { return answer(to: call, place, sender, loop) }
        if let entry = sockets.entries[call.socket] { return answer(to: call, entry) }
        return .refusal(EBADF)
    }

    private func open(_ call: drydock_call, _ sender: Sender, _ pid: Int32, _ loop: borrowing EventLoop) {
        guard call.a == AF_INET || call.a == AF_INET6 else { return refuse(sender, EAFNOSUPPORT) }
        switch __socket_type(UInt32(bitPattern: call.b)) {
        case SOCK_STREAM:
            guard call.c == 0 || call.c == Int32(IPPROTO_TCP) else { return refuse(sender, EPROTONOSUPPORT) }
            openStream(isIPv6: call.a == AF_INET6, sender, pid, loop)
        case SOCK_DGRAM, SOCK_RAW: openDatagram(call, sender, pid, loop)
        default: refuse(sender, ESOCKTNOSUPPORT)
        }
    }

    func refuse(_ sender: Sender, _ error: Int32) { _ = try? port.reply(to: sender, body: CallCodec.octets(.refusal(error))) }

    private func openStream(isIPv6: Bool, _ sender: Sender, _ pid: Int32, _ loop: borrowing EventLoop) {
        let stream: StreamID
        do { stream = unsafe try stack.pointee.openStream(isIPv6: isIPv6) } catch { return refuse(sender, error.errno) }
        do {
            let made = try streams.add(stream, role: .fresh, isIPv6: isIPv6, pid: pid, loop: loop)
            _ = try? port.reply(to: sender, body: CallCodec.octets(.socket(made.number)), descriptors: [made.theirs.raw])
        } catch {
            unsafe stack.pointee.closeStream(stream, now: now)
            refuse(sender, error.number.rawValue)
        }
    }

    // MARK: streams

    private func answer(to call: drydock_call, _ place: Int, _ sender: Sender, _ loop: borrowing EventLoop) -> drydock_answer? {
        let stream = streams.entries[place].stream
        switch call.call {
        case UInt32(DRYDOCK_CALL_BIND): return bind(call, place)
        case UInt32(DRYDOCK_CALL_LISTEN): return listen(call, place, loop)
        case UInt32(DRYDOCK_CALL_CONNECT): return connect(call, place, sender)
        case UInt32(DRYDOCK_CALL_NAMES): return names(place)
        case UInt32(DRYDOCK_CALL_SET_OPTION): return .refusal(setOption(call, place))
        case UInt32(DRYDOCK_CALL_GET_OPTION): return option(call, place)
        case UInt32(DRYDOCK_CALL_ERROR): return .number(unsafe stack.pointee.takeStreamError(stream)?.errno ?? 0)
        case UInt32(DRYDOCK_CALL_SHUTDOWN): return shutDown(call, place)
        default: return .refusal(EOPNOTSUPP)
        }
    }

    private func bind(_ call: drydock_call, _ place: Int) -> drydock_answer {
        let entry = streams.entries[place]
        guard let address = CallCodec.address(call.address, isIPv6: entry.isIPv6) else { return .refusal(EAFNOSUPPORT) }
        do { unsafe try stack.pointee.bindStream(entry.stream, to: address) } catch { return .refusal(error.errno) }
        return .refusal(0)
    }

    private func listen(_ call: drydock_call, _ place: Int, _ loop: borrowing EventLoop) -> drydock_answer {
        let entry = streams.entries[place]
        guard entry.role == .fresh || entry.role == .listening else { return .refusal(EINVAL) }
        do { unsafe try stack.pointee.listen(entry.stream, backlog: Int(call.a)) } catch { return .refusal(error.errno) }
        streams.entries[place].role = .listening
        streams.watch(place, loop)
        return .refusal(0)
    }

    private func connect(_ call: drydock_call, _ place: Int, _ sender: Sender) -> drydock_answer? {
        let entry = streams.entries[place]
        if entry.role == .connected, entry.isNews {
            streams.entries[place].isNews = false
            return .refusal(0)
        }
        switch entry.role {
        case .fresh: break
        case .connecting: return .refusal(EALREADY)
        case .connected: return .refusal(EISCONN)
        case .dead: return .refusal(unsafe stack.pointee.takeStreamError(entry.stream)?.errno ?? ECONNABORTED)
        case .none, .listening: return .refusal(EINVAL)
        }
        // The filler is in the pair, whatever becomes of the call.
        streams.entries[place].fill = Int(clamping: max(call.b, 0))
        guard let address = CallCodec.address(call.address, isIPv6: entry.isIPv6) else {
            streams.unblock(place)
            return .refusal(EAFNOSUPPORT)
        }
        if let interface = CallCodec.scope(call.address), var options = unsafe try? stack.pointee.streamOptions(entry.stream) {
            options.interface = interface
            unsafe try? stack.pointee.setStreamOptions(entry.stream, options)
        }
        do { unsafe try stack.pointee.connectStream(entry.stream, to: address.orLoopback, now: now) } catch {
            streams.unblock(place)
            return .refusal(error.errno)
        }
        streams.entries[place].role = .connecting
        guard call.a & Int32(DRYDOCK_CONNECT_WAIT) != 0 else { return .refusal(EINPROGRESS) }
        streams.wait(place, sender)
        return nil
    }

    private func names(_ place: Int) -> drydock_answer {
        let entry = streams.entries[place]
        guard let names = unsafe try? stack.pointee.streamNames(entry.stream) else { return .refusal(EBADF) }
        let isConnected = entry.role == .connected
        return .names(
            CallCodec.address(names.local, isIPv6: entry.isIPv6),
            isConnected ? names.remote.map { CallCodec.address($0, isIPv6: entry.isIPv6) } : nil)
    }

    /// The program's side shuts its own end down after this: the octets before it come first by themselves.
    private func shutDown(_ call: drydock_call, _ place: Int) -> drydock_answer {
        let entry = streams.entries[place]
        guard entry.role == .connected || entry.role == .listening else { return .refusal(ENOTCONN) }
        guard entry.role == .connected else { return .refusal(0) }
        if call.a != Int32(SHUT_WR) { unsafe stack.pointee.deafenStream(entry.stream) }
        return .refusal(0)
    }
}

extension EndpointAddress {
    /// No address at all means this host, as Linux has it.
    var orLoopback: EndpointAddress {
        guard address.isAny else { return self }
        return address.isIPv4 ? EndpointAddress(IPAddress(IPv4Address(0x7f00_0001)), port) : EndpointAddress(IPv6Address(high: 0, low: 1), port)
    }
}

extension StreamConnectFailure {
    /// As `connect` reports it.
    var errno: Int32 {
        switch self {
        case .noSuchStream: EBADF
        case .alreadyConnecting: EALREADY
        case .alreadyConnected: EISCONN
        case .badDestination: EINVAL
        case .familyOff: EAFNOSUPPORT
        case .noPath: ENETUNREACH
        case .portsExhausted, .addressInUse: EADDRNOTAVAIL
        case .tableFull: ENOBUFS
        }
    }
}
