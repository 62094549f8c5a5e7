internal import CLinux
internal import Glibc

/// A doorbell: a counter in the kernel that makes a descriptor readable while it is not zero.
public struct EventCounter: ~Copyable, Sendable {
    public let descriptor: FileDescriptor

    public init() throws(SystemError) {
        descriptor = try FileDescriptor("eventfd", eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK)))
    }

    /// Takes over one that came with a message.
    public init(_ received: consuming FileDescriptor) { descriptor = received }

    public var raw: Int32 { descriptor.raw }

    /// Rings. A counter that is full already rings, so that failure is none.
    public borrowing func signal(_ count: UInt64 = 1) {
        var value = count
        _ = unsafe Glibc.write(descriptor.raw, &value, MemoryLayout<UInt64>.size)
    }

    /// How often it was rung since the last time; 0 when it was not.
    @discardableResult public borrowing func take() -> UInt64 {
        var value: UInt64 = 0
        let octets = unsafe Glibc.read(descriptor.raw, &value, MemoryLayout<UInt64>.size)
        return octets == MemoryLayout<UInt64>.size ? value : 0
    }
}

/// An alarm clock that makes a descriptor readable at a time of `MonotonicClock`.
public struct Alarm: ~Copyable, Sendable {
    public let descriptor: FileDescriptor

    public init() throws(SystemError) { descriptor = try FileDescriptor("timerfd_create", clinux_timer()) }

    public var raw: Int32 { descriptor.raw }

    /// Sets it; nil turns it off. A time that has passed rings at once.
    public borrowing func set(at time: UInt64?) {
        // Time 0 would turn it off, which is not what "long past" means.
        _ = clinux_timer_arm(descriptor.raw, time.map { max($0, 1) } ?? 0)
    }

    /// Stops the ringing.
    public borrowing func take() {
        var count: UInt64 = 0
        _ = unsafe Glibc.read(descriptor.raw, &count, MemoryLayout<UInt64>.size)
    }
}
