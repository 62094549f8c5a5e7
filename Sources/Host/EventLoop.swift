internal import CLinux

/// What may make a descriptor ready.
public struct Interest: OptionSet, Sendable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }
    public static let read = Interest(rawValue: EPOLLIN.rawValue)
    public static let write = Interest(rawValue: EPOLLOUT.rawValue)
    /// An octet of a stream that is out of band.
    public static let urgent = Interest(rawValue: EPOLLPRI.rawValue)
}

/// A descriptor that became ready, by the token it was registered with.
public struct Ready: Sendable {
    public let token: UInt64
    public let isReadable: Bool
    public let isWritable: Bool
    /// The other side is gone, or the descriptor is in error. Reported whether or not it was asked for.
    public let isHungUp: Bool
    public let isUrgent: Bool
}

/// Room for the answers of one `EventLoop.wait`; make one and use it for ever.
// SAFETY: `events` has `capacity` elements until deinit, and `count` never exceeds it.
@safe public struct ReadyEvents: ~Copyable {
    public private(set) var count = 0
    let capacity: Int
    private let events: UnsafeMutablePointer<epoll_event>

    public init(capacity: Int = 64) {
        precondition(capacity > 0)
        self.capacity = capacity
        unsafe events = .allocate(capacity: capacity)
        unsafe events.initialize(repeating: epoll_event(), count: capacity)
    }

    deinit { unsafe events.deallocate() }

    public subscript(index: Int) -> Ready {
        precondition(index >= 0 && index < count)
        let event = unsafe events[index]
        return unsafe Ready(
            token: event.data.u64, isReadable: event.events & EPOLLIN.rawValue != 0,
            isWritable: event.events & EPOLLOUT.rawValue != 0,
            isHungUp: event.events & (EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0,
            isUrgent: event.events & EPOLLPRI.rawValue != 0)
    }

    mutating func fill(from epoll: Int32, nanoseconds: Int64) throws(SystemError) {
        count = 0
        let ready = unsafe clinux_epoll_wait(epoll, events, Int32(capacity), nanoseconds)
        guard ready >= 0 else { throw .last("epoll_wait") }
        count = Int(ready)
    }
}

/// Level-triggered waiting on many descriptors at once; one thread's. Stores nothing per descriptor but its token.
public struct EventLoop: ~Copyable {
    private let epoll: FileDescriptor

    public init() throws(SystemError) { epoll = try FileDescriptor("epoll_create1", epoll_create1(Int32(EPOLL_CLOEXEC))) }

    /// Itself readable when one of its descriptors is: a loop can be watched by another.
    public var raw: Int32 { epoll.raw }

    public borrowing func add(_ descriptor: Int32, token: UInt64, _ interest: Interest = .read) throws(SystemError) {
        try control(EPOLL_CTL_ADD, descriptor, token, interest)
    }

    public borrowing func change(_ descriptor: Int32, token: UInt64, _ interest: Interest) throws(SystemError) {
        try control(EPOLL_CTL_MOD, descriptor, token, interest)
    }

    /// Before the descriptor is closed. A duplicate of it elsewhere would keep it registered otherwise.
    public borrowing func remove(_ descriptor: Int32) throws(SystemError) { try control(EPOLL_CTL_DEL, descriptor, 0, []) }

    /// Waits until something is ready or `nanoseconds` have passed (nil: without limit, for a process that only serves).
    public borrowing func wait(_ ready: inout ReadyEvents, nanoseconds: UInt64?) throws(SystemError) {
        try ready.fill(from: epoll.raw, nanoseconds: nanoseconds.map { Int64(clamping: $0) } ?? -1)
    }

    private borrowing func control(_ operation: Int32, _ descriptor: Int32, _ token: UInt64, _ interest: Interest) throws(SystemError) {
        var event = unsafe epoll_event(events: interest.rawValue, data: epoll_data_t(u64: token))
        guard unsafe epoll_ctl(epoll.raw, operation, descriptor, &event) == 0 else { throw .last("epoll_ctl") }
    }
}
