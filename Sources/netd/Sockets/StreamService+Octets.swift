import CLinux
import Glibc
import Host
import Messages
import Stack

// Octets between a program's pair and the stack.
extension StreamService {
    /// The program's end became readable, writable, or went away.
    func serve(_ stream: StreamID, _ ready: Ready, loop: borrowing EventLoop, now: Instant) {
        guard let place = place(stream) else { return }
        if ready.isHungUp { return left(place, loop, now) }
        if ready.isWritable, entries[place].isFull {
            entries[place].isFull = false
            if entries[place].role == .listening { hand(place, loop, now) } else { deliver(place, loop, now) }
        }
        guard self.place(stream) != nil else { return }
        if ready.isUrgent { takeUrgent(place, now) }
        if ready.isReadable { take(place, loop, now) }
        watch(place, loop)
    }

    /// The stack has octets, an end or an error for the program.
    func readable(_ stream: StreamID, loop: borrowing EventLoop, now: Instant) {
        guard let place = place(stream) else { return }
        switch entries[place].role {
        case .connected where entries[place].isLeft:
            // Octets for a program that has left: nobody will read them, and the peer must hear of it. Its end alone is no news.
            let condition = unsafe stack.pointee.streamCondition(stream)
            if condition?.error != nil || condition?.readable ?? 0 > 0 { abandon(place, loop, now) }
            return
        case .connected: deliver(place, loop, now)
        case .connecting: connectFailed(place, loop, now)
        case .none, .fresh, .listening, .dead: return
        }
        if self.place(stream) != nil { watch(place, loop) }
    }

    /// The stack has room again.
    func writable(_ stream: StreamID, loop: borrowing EventLoop, now: Instant) {
        guard let place = place(stream) else { return }
        entries[place].isThrottled = false
        if entries[place].isLeft { return drain(place, loop, now) }
        take(place, loop, now)
        if self.place(stream) != nil { watch(place, loop) }
    }

    /// From the network to the program: everything that waits, as long as its pair takes it.
    func deliver(_ place: Int, _ loop: borrowing EventLoop, _ now: Instant) {
        guard !entries[place].isFull, !entries[place].isLeft else { return }
        let stream = entries[place].stream, descriptor = entries[place].descriptor
        while true {
            var failure: Int32 = 0, most = Self.turn
            if let urgent = unsafe stack.pointee.streamCondition(stream)?.urgent, urgent > 0 {
                guard urgent > 1 else {
                    guard deliverUrgent(place, now) else { return }
                    continue
                }
                most = min(most, urgent - 1)
            }
            // SAFETY: a span of the stack's is laid out as an iovec, and lent for the time of this call.
            let octets = unsafe stack.pointee.read(stream, most: most, now: now) { spans in
                let put = unsafe spans.withMemoryRebound(to: iovec.self) { unsafe clinux_put(descriptor, $0.baseAddress, $0.count) }
                if put < 0 { failure = errno }
                return max(put, 0)
            }
            if octets > 0 { isProgramsTurn = true }
            if failure == EAGAIN {
                entries[place].isFull = true
                return
            }
            // It reads no more, or is gone: what comes is nobody's.
            if failure != 0 { return unsafe stack.pointee.deafenStream(stream) }
            if octets == 0 { break }
        }
        settle(place, loop)
    }

    /// The last urgent octet is the one that is out of band, as Linux has it.
    /// - Returns: false when it has not come yet, or found no room.
    private func deliverUrgent(_ place: Int, _ now: Instant) -> Bool {
        let descriptor = entries[place].descriptor
        var failure: Int32 = 0
        // SAFETY: a span is lent for the time of this call, and has an octet where it has any.
        let octets = unsafe stack.pointee.read(entries[place].stream, most: 1, now: now) { spans in
            guard let first = unsafe spans.first else { return 0 }
            let put = unsafe clinux_put_urgent(descriptor, first.start.load(as: UInt8.self))
            if put < 0 { failure = errno }
            return max(put, 0)
        }
        if failure == EAGAIN { entries[place].isFull = true }
        return octets == 1
    }

    /// The program sent an octet out of band: what it wrote before comes first, then that octet and its mark.
    private func takeUrgent(_ place: Int, _ now: Instant) {
        guard entries[place].role == .connected, !entries[place].isInputOver else { return }
        let stream = entries[place].stream, descriptor = entries[place].descriptor
        for _ in 0..<1024 {
            let isMarked = clinux_is_at_mark(descriptor) == 1
            // A read stops in front of the mark by itself.
            guard case .octets = fill(place, now, most: isMarked ? 1 : Self.turn) else { return }
            if isMarked { return unsafe stack.pointee.markUrgent(stream, now: now) }
        }
    }

    /// Everything was handed over: the program hears of the end, or of the death.
    private func settle(_ place: Int, _ loop: borrowing EventLoop) {
        guard let condition = unsafe stack.pointee.streamCondition(entries[place].stream) else { return bury(place, loop) }
        if condition.error != nil { return bury(place, loop) }
        guard condition.isAtEnd, !entries[place].isOutputOver else { return }
        entries[place].isOutputOver = true
        shutdown(entries[place].descriptor, Int32(SHUT_WR))
    }

    /// From the program to the network, as long as the stack has room.
    func take(_ place: Int, _ loop: borrowing EventLoop, _ now: Instant) {
        guard entries[place].role == .connected, !entries[place].isInputOver else { return }
        let stream = entries[place].stream
        var taken = 0
        while taken < Self.turn {
            switch fill(place, now) {
            case .octets(let count, let wasAll):
                taken += count
                if taken >= Self.bulk { isProgramsTurn = true }
                if wasAll { return }
            case .empty: return
            case .full:
                entries[place].isThrottled = true
                return unsafe stack.pointee.wantSpace(stream)
            case .over:
                entries[place].isInputOver = true
                return unsafe stack.pointee.shutdownStream(stream, now: now)
            case .reset: return abandon(place, loop, now)
            }
        }
    }

    private enum Taken { case octets(Int, wasAll: Bool), empty, full, over, reset }

    private func fill(_ place: Int, _ now: Instant, most: Int = turn) -> Taken {
        let stream = entries[place].stream, descriptor = entries[place].descriptor
        guard unsafe stack.pointee.streamSpace(stream) > 0 else {
            // What is written into a connection that takes nothing more is thrown away; its end must still be seen.
            return unsafe stack.pointee.streamCondition(stream)?.state.takesOctets == true ? .full : discard(descriptor, most: Self.turn)
        }
        var result = 0, offered = 0, failure: Int32 = 0
        // SAFETY: a span of the stack's is laid out as an iovec, and lent for the time of this call.
        let filled = unsafe stack.pointee.fill(stream, most: most, now: now) { spans in
            offered = unsafe spans.reduce(0) { $0 + $1.octets }
            result = unsafe spans.withMemoryRebound(to: iovec.self) { unsafe clinux_take(descriptor, $0.baseAddress, $0.count) }
            if result < 0 { failure = errno }
            return max(result, 0)
        }
        // No memory for a buffer: as if there were no room.
        if offered == 0 { return .full }
        if filled > 0 { return .octets(filled, wasAll: filled < offered) }
        if result == 0 { return .over }
        return failure == EAGAIN ? .empty : .reset
    }

    /// Takes octets that nobody wants.
    private func discard(_ descriptor: Int32, most: Int) -> Taken {
        let octets = unsafe withUnsafeTemporaryAllocation(byteCount: 64 << 10, alignment: 16) { room in
            unsafe recv(descriptor, room.baseAddress, min(most, room.count), Int32(MSG_DONTWAIT))
        }
        if octets > 0 { return .octets(octets, wasAll: octets < min(most, 64 << 10)) }
        if octets == 0 { return .over }
        return errno == EAGAIN ? .empty : .reset
    }

    /// Throws the filler of a connecting end away: from now on it looks writable.
    func unblock(_ place: Int) {
        while entries[place].fill > 0 {
            guard case .octets(let count, _) = discard(entries[place].descriptor, most: entries[place].fill) else { break }
            entries[place].fill -= count
        }
        entries[place].fill = 0
    }

    // MARK: a program that leaves

    /// Its end is closed, or shut in both directions.
    private func left(_ place: Int, _ loop: borrowing EventLoop, _ now: Instant) {
        entries[place].isLeft = true
        guard entries[place].role == .connected else { return end(place, loop, at: now) }
        // Also when octets of its own are still on their way: its peer would wait for a reader for ever.
        if Self.pendingError(entries[place].descriptor) == ECONNRESET { return abandon(place, loop, now) }
        watch(place, loop)
        drain(place, loop, now)
    }

    /// What the kernel keeps for an end whose other end was closed with octets in it.
    private static func pendingError(_ descriptor: Int32) -> Int32 {
        var error: Int32 = 0, length = socklen_t(MemoryLayout<Int32>.size)
        return unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length) == 0 ? error : 0
    }

    /// What it wrote before it left goes into the stack as fast as that has room; then the stream is closed.
    private func drain(_ place: Int, _ loop: borrowing EventLoop, _ now: Instant) {
        while !entries[place].isInputOver {
            switch fill(place, now) {
            case .octets: continue
            case .full:
                entries[place].isThrottled = true
                return unsafe stack.pointee.wantSpace(entries[place].stream)
            case .over, .empty: entries[place].isInputOver = true
            case .reset: return abandon(place, loop, now)
            }
        }
        end(place, loop, at: now)
    }

    /// The program closed its end with octets in it that it had not read: the peer must hear of that. RFC 2525 §2.17.
    private func abandon(_ place: Int, _ loop: borrowing EventLoop, _ now: Instant) {
        entries[place].aborts = true
        end(place, loop, at: now)
    }
}

extension ConnectionState {
    /// The program may still send.
    var takesOctets: Bool { self == .established || self == .closeWait || self == .synSent || self == .synReceived }
}
