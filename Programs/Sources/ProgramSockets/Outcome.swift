/// What one attempt at a socket call came to.
public enum Outcome: Equatable, Sendable {
    /// The call's result, at least 0: for open and accept the new descriptor's number.
    case done(Int)
    /// An errno.
    case failed(Int32)
    /// It would have to wait, and the socket is one that waits: poll this descriptor for these events (within SO_RCVTIMEO
    /// or SO_SNDTIMEO), then make the same call again.
    case wait(descriptor: Int32, events: Int16)
    /// A connect that waits for its answer on this descriptor, which is yours now: poll it for POLLIN, then
    /// ``ProgramSocket/finish(_:waits:)``, which closes it. Closing it earlier leaves the connection going on.
    case answer(descriptor: Int32)
}

extension Outcome {
    /// Of a system call that returns -errno.
    init(_ result: Int) { self = result < 0 ? .failed(Int32(truncatingIfNeeded: -result)) : .done(result) }
}
