import CLinux
import Glibc
import Host
import Messages
import Stack

/// The streams of this stack's programs: each one end of a socket pair, whose other end the program holds.
///
/// Octets pass between the pair and the stack's own buffers without a stop: what the program does not read fills its pair,
/// then the stack's buffer, then closes the window. The end of a pair says what became of its program: no client need stay.
// SAFETY: `stack` outlives this object, on the same thread. The descriptor of an entry is open until the entry is cleared.
@safe final class StreamService {
    /// By the stream's place in the stack.
    var entries: [StreamEntry] = []
    /// Streams by the number that their program knows.
    private(set) var numbers: [UInt32: StreamID] = [:]
    private var nextNumber: UInt32 = 1
    /// The dead, oldest first: their ends are open until the program has had time to ask.
    private var dead: [(stream: StreamID, since: Instant)] = []
    /// Clients that wait for a connection to open. Every call's client goes; few of them wait.
    var waiters: [Sender.Client: StreamID] = [:]
    /// A program has been given something to do since this was last cleared: octets to read, or room to fill.
    var isProgramsTurn = false
    /// Connections that could not be given to a program.
    var lost: UInt64 = 0

    let stack: UnsafeMutablePointer<Stack>
    let ends: ProgramEnds
    let port: Port
    /// The greatest part of one program's octets that is taken before others have their turn.
    static let turn = 256 << 10
    /// Octets of one program's that, once taken, let it go on writing: less does not fill a pair.
    static let bulk = 16 << 10
    /// The dead that are remembered.
    static let mostDead = 256
    /// How long a program has to ask what its connection died of.
    static let mourning = Interval.seconds(10)

    init(stack: UnsafeMutablePointer<Stack>, ends: ProgramEnds, port: Port) {
        unsafe self.stack = stack
        (self.ends, self.port) = (ends, port)
    }

    deinit { for entry in entries where entry.role != .none { Glibc.close(entry.descriptor) } }

    // MARK: the table

    /// A new place for `stream`, and the program's end.
    func add(_ stream: StreamID, role: StreamEntry.Role, isIPv6: Bool, pid: Int32, loop: borrowing EventLoop) throws(SystemError) -> NewProgramSocket {
        let number = takeNumber()
        let pair = try ends.make(.stream, number: number)
        var entry = StreamEntry()
        (entry.role, entry.stream, entry.number, entry.isIPv6, entry.pid) = (role, stream, number, isIPv6, pid)
        entry.interest = entry.wanted
        try loop.add(pair.first.raw, token: Token.stream(stream).rawValue, entry.interest ?? [])
        entry.descriptor = pair.first.surrender()
        store(entry)
        return NewProgramSocket(number: number, theirs: pair.second)
    }

    /// Socket numbers of streams and of datagram sockets are of one row.
    func takeNumber() -> UInt32 {
        defer { nextNumber &+= 1 }
        return nextNumber
    }

    /// The place of a live entry.
    func place(_ stream: StreamID) -> Int? {
        let place = Int(stream.place)
        guard place < entries.count, entries[place].role != .none, entries[place].stream == stream else { return nil }
        return place
    }

    func stream(_ number: UInt32) -> StreamID? { numbers[number] }

    /// Puts an entry where its stream's place is; its number names that stream from now on.
    func store(_ entry: StreamEntry) {
        let place = Int(entry.stream.place)
        while entries.count <= place { entries.append(StreamEntry()) }
        entries[place] = entry
        numbers[entry.number] = entry.stream
    }

    /// Tells the loop what the entry waits for now.
    func watch(_ place: Int, _ loop: borrowing EventLoop) {
        let wanted = entries[place].wanted, token = Token.stream(entries[place].stream).rawValue
        guard wanted != entries[place].interest else { return }
        switch (entries[place].interest, wanted) {
        case (_?, let next?): try? loop.change(entries[place].descriptor, token: token, next)
        case (nil, let next?): try? loop.add(entries[place].descriptor, token: token, next)
        case (_?, nil): try? loop.remove(entries[place].descriptor)
        case (nil, nil): break
        }
        entries[place].interest = wanted
    }

    /// Our end is closed and the place free; the stream is the stack's to end.
    func clear(_ place: Int, _ loop: borrowing EventLoop) {
        if entries[place].interest != nil { try? loop.remove(entries[place].descriptor) }
        Glibc.close(entries[place].descriptor)
        numbers[entries[place].number] = nil
        if let waiter = entries[place].waiter { waiters[waiter.client] = nil }
        entries[place] = StreamEntry()
    }

    /// The connection is no more, the program's end still there.
    func bury(_ place: Int, _ loop: borrowing EventLoop) {
        entries[place].role = .dead
        UnixSocket.shutDown(entries[place].descriptor)
        watch(place, loop)
        dead.append((entries[place].stream, unsafe stack.pointee.now))
        if dead.count > Self.mostDead { forgetOldest(loop) }
    }

    /// Ends what has been dead for long enough.
    func sweep(_ loop: borrowing EventLoop, now: Instant) {
        while let oldest = dead.first, now - oldest.since > Self.mourning { forgetOldest(loop) }
    }

    private func forgetOldest(_ loop: borrowing EventLoop) {
        let oldest = dead.removeFirst()
        if let place = place(oldest.stream) { end(place, loop, at: unsafe stack.pointee.now) }
    }

    /// The program has asked, or will not.
    func end(_ place: Int, _ loop: borrowing EventLoop, at now: Instant) {
        let stream = entries[place].stream, aborts = entries[place].aborts
        clear(place, loop)
        if aborts { unsafe stack.pointee.abortStream(stream, now: now) } else { unsafe stack.pointee.closeStream(stream, now: now) }
    }
}

extension StreamID {
    /// Its place in the stack's table.
    var place: UInt32 { rawValue & 0xffff }
}
