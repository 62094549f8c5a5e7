import CCalls
import CLinux
import Glibc
import Host
import Messages
import Stack

// Connections that open: those that programs ask for, and those that come to listeners.
extension StreamService {
    /// A connection that was asked for is open.
    func connected(_ stream: StreamID, loop: borrowing EventLoop, now: Instant) {
        guard let place = place(stream), entries[place].role == .connecting else { return }
        entries[place].role = .connected
        unblock(place)
        entries[place].isNews = entries[place].waiter == nil
        answer(place, 0)
        deliver(place, loop, now)
        guard self.place(stream) != nil else { return }
        take(place, loop, now)
        if self.place(stream) != nil { watch(place, loop) }
    }

    /// It will not open. Who waited is told and may try again with the same socket; who did not will ask for the error.
    func connectFailed(_ place: Int, _ loop: borrowing EventLoop, _ now: Instant) {
        let stream = entries[place].stream
        guard let condition = unsafe stack.pointee.streamCondition(stream), condition.error != nil else { return }
        unblock(place)
        guard entries[place].waiter != nil else { return bury(place, loop) }
        let error = unsafe stack.pointee.takeStreamError(stream)
        answer(place, error?.errno ?? ETIMEDOUT)
        renew(place, loop, now)
    }

    /// A fresh stream in the place of one that failed, with its options.
    private func renew(_ place: Int, _ loop: borrowing EventLoop, _ now: Instant) {
        var entry = entries[place]
        let options = unsafe (try? stack.pointee.streamOptions(entry.stream)) ?? StreamOptions()
        unsafe stack.pointee.closeStream(entry.stream, now: now)
        guard let next = unsafe try? stack.pointee.openStream(isIPv6: entry.isIPv6) else { return bury(place, loop) }
        unsafe try? stack.pointee.setStreamOptions(next, options)
        try? loop.remove(entry.descriptor)
        entries[place] = StreamEntry()
        (entry.role, entry.stream, entry.interest) = (.fresh, next, [])
        try? loop.add(entry.descriptor, token: Token.stream(next).rawValue, [])
        store(entry)
    }

    /// The answer to `sender` comes when the connection is open, or has failed.
    func wait(_ place: Int, _ sender: Sender) {
        entries[place].waiter = sender
        waiters[sender.client] = entries[place].stream
    }

    /// Tells who waits for the connection, if anyone does.
    private func answer(_ place: Int, _ error: Int32) {
        guard let waiter = entries[place].waiter else { return }
        entries[place].waiter = nil
        waiters[waiter.client] = nil
        var answer = drydock_answer()
        answer.error = error
        _ = try? port.reply(to: waiter, body: CallCodec.octets(answer))
    }

    /// A client that waited is gone; its connection goes on.
    func forget(_ client: Sender.Client) {
        guard let stream = waiters.removeValue(forKey: client), let place = place(stream) else { return }
        entries[place].waiter = nil
    }

    // MARK: listeners

    /// A listener has connections.
    func acceptable(_ listener: StreamID, loop: borrowing EventLoop, now: Instant) {
        guard let place = place(listener), entries[place].role == .listening else { return }
        hand(place, loop, now)
        if self.place(listener) != nil { watch(place, loop) }
    }

    /// Gives the program connections as long as its end has room; the others wait in the stack's queue.
    func hand(_ place: Int, _ loop: borrowing EventLoop, _ now: Instant) {
        let listener = entries[place].stream, descriptor = entries[place].descriptor, pid = entries[place].pid
        while true {
            guard Poll.writable(descriptor, Deadline(in: .zero)) else {
                entries[place].isFull = true
                return
            }
            guard let stream = unsafe stack.pointee.accept(listener) else { return }
            if !give(stream, to: descriptor, pid: pid, isIPv6: entries[place].isIPv6, loop, now) {
                lost &+= 1
                unsafe stack.pointee.abortStream(stream, now: now)
            }
        }
    }

    private func give(_ stream: StreamID, to listener: Int32, pid: Int32, isIPv6: Bool, _ loop: borrowing EventLoop, _ now: Instant) -> Bool {
        guard let names = unsafe try? stack.pointee.streamNames(stream), let remote = names.remote else { return false }
        guard let sent = try? offer(stream, EndpointNames(local: names.local, remote: remote), to: listener, pid, isIPv6, loop) else { return false }
        guard let place = place(stream) else { return true }
        guard sent else {
            clear(place, loop)
            return false
        }
        deliver(place, loop, now)
        if self.place(stream) != nil { watch(place, loop) }
        return true
    }

    private struct EndpointNames { let local: EndpointAddress, remote: EndpointAddress }

    /// - Returns: false when the listener's end took nothing.
    private func offer(
        _ stream: StreamID, _ names: EndpointNames, to listener: Int32, _ pid: Int32, _ isIPv6: Bool, _ loop: borrowing EventLoop
    ) throws(SystemError) -> Bool {
        let made = try add(stream, role: .connected, isIPv6: isIPv6, pid: pid, loop: loop)
        var arrival = drydock_arrival()
        arrival.magic = UInt32(DRYDOCK_ARRIVAL_MAGIC)
        arrival.socket = made.number
        arrival.local = CallCodec.address(names.local, isIPv6: isIPv6)
        arrival.peer = CallCodec.address(names.remote, isIPv6: isIPv6)
        // SAFETY: the record is plain octets, and outlives the call.
        return unsafe withUnsafeBytes(of: &arrival) { unsafe (try? UnixSocket.send(listener, $0, descriptors: [made.theirs.raw])) ?? false }
    }
}

extension StreamError {
    /// As `SO_ERROR` reports it.
    var errno: Int32 {
        switch self {
        case .refused: ECONNREFUSED
        case .reset: ECONNRESET
        case .timedOut: ETIMEDOUT
        case .networkUnreachable: ENETUNREACH
        case .hostUnreachable: EHOSTUNREACH
        case .protocolUnreachable: ENOPROTOOPT
        case .prohibited: EACCES
        case .aborted: ECONNABORTED
        }
    }
}
