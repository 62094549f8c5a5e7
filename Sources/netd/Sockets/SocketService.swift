import CLinux
import Glibc
import Host
import Messages
import Rings
import Stack
import Wire

/// A socket just made: its number, and the end that goes to the client.
struct NewSocket: ~Copyable {
    let id: UInt32
    let theirs: FileDescriptor
}

/// The datagram sockets of this stack's clients: each one end of a socket pair, whose other end the client holds.
///
/// Datagrams travel as `DatagramHeader` and payload, one a message. What a slow client does not read stays in the
/// endpoint's bounded queue, where the stack counts what no longer fits.
// SAFETY: `buffer` has room for a header and the largest payload; the socket of an entry is open until the entry goes.
@safe final class SocketService {
    struct Entry {
        var id: UInt32
        var endpoint: EndpointID
        var descriptor: Int32
        /// Whose it is; nil: it lives as long as a program holds its other end.
        var client: Sender.Client?
        var pid: Int32
        var `protocol`: String
        var isIPv6: Bool
        /// The client's end is full: send on when it can be written.
        var isFull = false
        /// A program's connected socket, whose messages have no header.
        var isBare = false
        /// Errors come without a connection too: `IP_RECVERR`.
        var wantsErrors = true
    }

    private(set) var entries: [UInt32: Entry] = [:]
    private var byEndpoint: [EndpointID: UInt32] = [:]
    /// Numbers of the tools' sockets; those of programs are below.
    private var next: UInt32 = 1 << 31
    private let stack: UnsafeMutablePointer<Stack>
    private let buffer: UnsafeMutableRawPointer
    private static let room = DatagramHeader.octets + DatagramHeader.largestPayload
    /// Datagrams taken from one socket before others have their turn.
    private static let turn = 64
    static let most = 512

    init(stack: UnsafeMutablePointer<Stack>) {
        unsafe self.stack = stack
        unsafe buffer = .allocate(byteCount: Self.room, alignment: 16)
    }

    deinit {
        for entry in entries.values { Glibc.close(entry.descriptor) }
        unsafe buffer.deallocate()
    }

    /// A new pair for an endpoint: ours is kept, the client's is returned for the reply.
    func add(_ endpoint: EndpointID, protocol name: String, isIPv6: Bool, client: Sender.Client, pid: Int32,
             loop: borrowing EventLoop) throws(Failure) -> NewSocket {
        guard entries.count < Self.most else {
            throw Failure(.tooManyFiles, what: "socket", why: "\(Self.most) sockets are open already", fix: "close some")
        }
        var ends: [Int32] = [-1, -1]
        guard unsafe socketpair(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0, &ends) == 0 else {
            throw Failure(.last, what: "socket", why: "no socket pair could be made")
        }
        let theirs = FileDescriptor(owning: ends[1]), id = next
        next &+= 1
        do {
            try enter(
                Entry(id: id, endpoint: endpoint, descriptor: ends[0], client: client, pid: pid, protocol: name, isIPv6: isIPv6),
                theirs: theirs.raw, loop: loop)
        } catch {
            Glibc.close(ends[0])
            throw Failure(error, what: "socket")
        }
        return NewSocket(id: id, theirs: theirs)
    }

    /// A program's socket: `drydock_calls.h`. The entry's descriptor is ours from now on, unless this throws.
    func enter(_ entry: Entry, theirs: Int32, loop: borrowing EventLoop) throws(SystemError) {
        try loop.add(entry.descriptor, token: Token.socket(entry.id).rawValue)
        for end in [entry.descriptor, theirs] { Self.enlarge(end) }
        entries[entry.id] = entry
        byEndpoint[entry.endpoint] = entry.id
    }

    /// From now on the messages of this socket have no header.
    func makeBare(_ id: UInt32, _ isBare: Bool) { entries[id]?.isBare = isBare }

    /// Room for a few datagrams of the largest size.
    private static func enlarge(_ socket: Int32) {
        var octets: Int32 = 1 << 20
        unsafe setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &octets, socklen_t(MemoryLayout<Int32>.size))
    }

    func close(_ id: UInt32, loop: borrowing EventLoop) {
        guard let entry = entries.removeValue(forKey: id) else { return }
        byEndpoint[entry.endpoint] = nil
        try? loop.remove(entry.descriptor)
        Glibc.close(entry.descriptor)
        unsafe stack.pointee.close(entry.endpoint)
    }

    /// A client is gone: so are its sockets.
    func forget(_ client: Sender.Client, loop: borrowing EventLoop) {
        for entry in entries.values where entry.client == client { close(entry.id, loop: loop) }
    }

    /// The stack has room again for an endpoint whose send it refused; what waits in its socket goes on.
    func resume(_ endpoint: EndpointID, loop: borrowing EventLoop, now: Instant) {
        guard let id = byEndpoint[endpoint], let entry = entries[id] else { return }
        send(entry, loop: loop, now: now)
    }

    /// The client's end became readable, writable or went away.
    func serve(_ id: UInt32, _ ready: Ready, loop: borrowing EventLoop, now: Instant) {
        guard let entry = entries[id] else { return }
        if ready.isWritable, entry.isFull {
            entries[id]?.isFull = false
            try? loop.change(entry.descriptor, token: Token.socket(id).rawValue, .read)
            deliver(entry.endpoint, loop: loop)
        }
        if ready.isReadable || ready.isHungUp { send(entry, loop: loop, now: now) }
    }

    /// From client to network.
    private func send(_ entry: Entry, loop: borrowing EventLoop, now: Instant) {
        for _ in 0..<Self.turn {
            let length = unsafe recv(entry.descriptor, buffer, Self.room, Int32(MSG_DONTWAIT | MSG_TRUNC))
            if length < 0, errno == EAGAIN || errno == EINTR { return }
            guard length > 0 else { return close(entry.id, loop: loop) }
            let refusal = length > Self.room ? EMSGSIZE : sendDatagram(entry, octets: length, now: now)
            if refusal != 0 { report(entry, error: refusal, octets: min(length, Self.room)) }
        }
    }

    /// - Returns: 0, or the errno of the refusal.
    private func sendDatagram(_ entry: Entry, octets: Int, now: Instant) -> Int32 {
        let span = unsafe RawSpan(_unsafeStart: buffer, byteCount: octets)
        if entry.isBare {
            do throws(SendError) {
                guard let options = unsafe try? stack.pointee.options(entry.endpoint) else { return EBADF }
                unsafe try stack.pointee.send(entry.endpoint, to: nil, payload: span, options: options, now: now)
                return 0
            } catch { return error.errno }
        }
        guard let header = DatagramHeader(span), header.address.isIPv6 == entry.isIPv6 else { return EINVAL }
        guard var options = unsafe try? stack.pointee.options(entry.endpoint) else { return EBADF }
        if header.hopLimit > 0 { (options.timeToLive, options.groupTimeToLive) = (header.hopLimit, header.hopLimit) }
        if header.typeOfService > 0 { options.trafficClass = TrafficClass(rawValue: header.typeOfService) }
        if header.flags.contains(.dontFragment) { options.dontFragment = true }
        if header.flags.contains(.unnamed) { options.isUnnamed = true }
        if header.interface > 0 { options.interface = InterfaceIndex(UInt16(truncatingIfNeeded: header.interface - 1)) }
        options.source = header.local?.stackAddress
        let to = header.address.isAny ? nil : EndpointAddress(header.address.stackAddress, header.port)
        do throws(SendError) {
            unsafe try stack.pointee.send(
                entry.endpoint, to: to, payload: span.extracting(droppingFirst: DatagramHeader.octets), options: options, now: now)
            return 0
        } catch { return error.errno }
    }

    /// Tells the client that what it sent did not leave.
    private func report(_ entry: Entry, error: Int32, octets: Int) {
        let span = unsafe RawSpan(_unsafeStart: buffer, byteCount: octets)
        var header = DatagramHeader(span) ?? DatagramHeader(address: .v4(IPv4Address(0)))
        header.flags = .error
        header.error = UInt16(truncatingIfNeeded: error)
        post(header, to: entry)
    }

    private func post(_ header: DatagramHeader, to entry: Entry) {
        // Without headers there is no room for errors.
        guard !entry.isBare else { return }
        var out = unsafe MutableRawSpan(_unsafeStart: buffer, byteCount: DatagramHeader.octets)
        header.write(into: &out)
        // An error that finds no room is lost, as in any socket's error queue; the datagram was counted by the stack.
        unsafe Glibc.send(entry.descriptor, buffer, DatagramHeader.octets, Int32(MSG_DONTWAIT | MSG_NOSIGNAL))
    }

    /// From network to client: everything that waits, as long as the client takes it.
    func deliver(_ endpoint: EndpointID, loop: borrowing EventLoop) {
        guard let id = byEndpoint[endpoint], let entry = entries[id], !entry.isFull else { return }
        while unsafe stack.pointee.receivedCount(endpoint) > 0 {
            guard Poll.writable(entry.descriptor, Deadline(in: .zero)) else {
                entries[id]?.isFull = true
                try? loop.change(entry.descriptor, token: Token.socket(id).rawValue, [.read, .write])
                return
            }
            guard let datagram = unsafe stack.pointee.receive(endpoint) else { return }
            pass(datagram, to: entry)
        }
    }

    private func pass(_ datagram: consuming ReceivedDatagram, to entry: Entry) {
        let about = datagram.metadata
        let header = DatagramHeader(
            address: .init(about.source.address, isIPv6: entry.isIPv6), port: about.source.port, hopLimit: about.timeToLive,
            typeOfService: about.trafficClass.rawValue, interface: UInt32(about.interface.position) + 1, time: about.arrived.nanoseconds,
            local: .init(about.destination.address, isIPv6: entry.isIPv6))
        var head = unsafe MutableRawSpan(_unsafeStart: buffer, byteCount: DatagramHeader.octets)
        header.write(into: &head)
        let octets = min(datagram.packet.length, DatagramHeader.largestPayload)
        unsafe datagram.packet.octets.withUnsafeBytes { payload in
            guard let start = payload.baseAddress else { return }
            unsafe (buffer + DatagramHeader.octets).copyMemory(from: start, byteCount: octets)
        }
        let skipped = entry.isBare ? DatagramHeader.octets : 0
        unsafe Glibc.send(entry.descriptor, buffer + skipped, DatagramHeader.octets - skipped + octets, Int32(MSG_DONTWAIT | MSG_NOSIGNAL))
    }

    /// Whether errors come unasked: nil for what the entry says.
    func setWantsErrors(_ id: UInt32, _ wants: Bool) { entries[id]?.wantsErrors = wants }

    private func isConnected(_ endpoint: EndpointID) -> Bool { (unsafe try? stack.pointee.names(endpoint))?.remote != nil }

    /// An error from the network for an endpoint.
    func fail(_ endpoint: EndpointID) {
        guard let id = byEndpoint[endpoint], let entry = entries[id] else { return }
        while let error = unsafe stack.pointee.nextError(endpoint) {
            guard entry.wantsErrors || isConnected(endpoint) else { continue }
            post(DatagramHeader(
                address: .init(error.destination.address, isIPv6: entry.isIPv6), port: error.destination.port, flags: .error,
                error: UInt16(truncatingIfNeeded: error.cause.errno)), to: entry)
        }
    }
}
