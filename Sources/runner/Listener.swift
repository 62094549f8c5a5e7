internal import CLinux
internal import Glibc
internal import Host

/// A call of a program that waits for what we make of it.
struct Notification: Sendable {
    let id: UInt64
    let thread: Int32
    let call: SocketCall
    let arguments: [6 of UInt64]

    /// An argument that is an int.
    func integer(_ index: Int) -> Int32 { Int32(truncatingIfNeeded: arguments[index]) }

    /// Whether the same thread asks for the same again, as it does when a signal's handler has returned.
    func repeats(_ other: Notification) -> Bool {
        guard thread == other.thread, call == other.call else { return false }
        return (0..<6).allSatisfy { arguments[$0] == other.arguments[$0] }
    }
}

/// Where the kernel notifies of calls.
struct Listener: ~Copyable {
    let descriptor: FileDescriptor
    let machine: Machine

    /// - Returns: nil when there is none after all: its thread was killed, or went to a signal's handler.
    borrowing func receive() -> Notification? {
        var raw = clinux_notification()
        guard unsafe clinux_notify_receive(descriptor.raw, &raw) == 0 else { return nil }
        guard let call = machine.call(raw.number) else {
            letGo(raw.id)
            return nil
        }
        let given = raw.arguments
        return Notification(id: raw.id, thread: raw.thread, call: call, arguments: [given.0, given.1, given.2, given.3, given.4, given.5])
    }

    /// Whether the thread still waits: false after a signal, or its end.
    borrowing func waits(_ id: UInt64) -> Bool { clinux_notify_waits(descriptor.raw, id) != 0 }

    borrowing func letGo(_ id: UInt64) { _ = clinux_notify_let_go(descriptor.raw, id) }

    /// - Returns: false when nobody waits for the answer any more.
    borrowing func answer(_ id: UInt64, value: Int, error: Int32) -> Bool {
        clinux_notify_answer(descriptor.raw, id, Int64(value), error) == 0
    }

    enum Gift { case taken, gone, refused(Int32) }

    /// Answers with a new descriptor in the program.
    borrowing func give(_ id: UInt64, _ ours: Int32, closeOnExec: Bool) -> Gift {
        if clinux_notify_give(descriptor.raw, id, ours, closeOnExec ? 1 : 0) >= 0 { return .taken }
        return Errno.last == .notFound ? .gone : .refused(Errno.last.rawValue)
    }
}
