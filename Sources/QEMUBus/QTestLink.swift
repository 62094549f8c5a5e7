import Glibc
import Host

/// QEMU's test socket: every access to the bus, and the interrupt lines.
///
/// Stores are *posted*: acknowledged later, in order, as PCI does, and sent many in one system call: with the next load, at
/// the next `drain` or `settle`, or when enough have gathered. A load waits for its own answer, hence for everything posted
/// before it. No wait is longer than `replyLimit`; after the first failure the link is dead for
/// good, stores are dropped and loads say nil.
final class QTestLink {
    /// `IRQ` lines of the I/O APIC. On the q35 board INTA of slot 4 arrives as line 20, with no chipset set-up.
    static let interruptLine: UInt64 = 20

    /// Nanoseconds that QEMU gets for an answer.
    var replyLimit: UInt64
    /// When all waiting ends, whatever it is for; for a start that takes many answers.
    var lastMoment = UInt64.max
    /// Why nothing answers any more.
    private(set) var failure: String?
    /// Changes of the NIC's interrupt line, in order.
    var interrupts = LineChanges()
    /// Posted commands that QEMU has not acknowledged yet.
    private(set) var unanswered = 0

    /// Read while an answer is waited for.
    weak var sideline: ErrorLog?

    private let socket: FileDescriptor
    private var reader = LineReader(capacity: 1 << 14)
    /// Commands that wait to be sent together.
    private var outgoing: [UInt8] = []
    /// So many octets are sent without waiting for more.
    private static let batch = 4096

    init(socket: consuming FileDescriptor, replyLimit: UInt64) {
        self.socket = socket
        self.replyLimit = replyLimit
        outgoing.reserveCapacity(Self.batch + 128)
    }

    var descriptor: Int32 { socket.raw }

    /// A command whose answer carries nothing.
    func post(_ verb: StaticString, _ first: UInt64, _ second: UInt64) {
        guard failure == nil else { return }
        append(verb)
        outgoing.append(argument: first)
        outgoing.append(argument: second)
        finishCommand()
    }

    /// A command without numbers.
    func post(_ words: String) {
        guard failure == nil else { return }
        outgoing.append(contentsOf: words.utf8)
        finishCommand()
    }

    private func append(_ verb: StaticString) {
        // SAFETY: a StaticString's octets live as long as the program.
        unsafe outgoing.append(contentsOf: UnsafeBufferPointer(start: verb.utf8Start, count: verb.utf8CodeUnitCount))
    }

    private func finishCommand() {
        outgoing.append(UInt8(ascii: "\n"))
        unanswered += 1
        if outgoing.count >= Self.batch { flush() }
    }

    /// Sends a command and waits for the value that it answers; nil when none came in time.
    func ask(_ verb: StaticString, _ address: UInt64) -> UInt64? {
        guard failure == nil else { return nil }
        append(verb)
        outgoing.append(argument: address)
        finishCommand()
        flush()
        guard failure == nil else { return nil }
        unanswered -= 1
        let deadline = limit()
        while failure == nil {
            if let value = absorb(expectingValue: true) { return value }
            waitForOctets(until: deadline)
        }
        return nil
    }

    /// Waits until QEMU has carried out everything posted; false when it did not.
    func settle() -> Bool {
        flush()
        let deadline = limit()
        _ = absorb(expectingValue: false)
        while failure == nil && unanswered > 0 {
            waitForOctets(until: deadline)
            _ = absorb(expectingValue: false)
        }
        return failure == nil
    }

    /// Sends what was posted and takes in what QEMU has said meanwhile; waits only while QEMU takes nothing.
    func drain() {
        flush()
        while failure == nil {
            _ = absorb(expectingValue: false)
            switch reader.fill(from: socket.raw) {
            case .octets: continue
            case .nothing: return
            case .closed: fail(QEMUMachine.ended)
            }
        }
    }

    /// Declares the link dead, unless it is already.
    func fail(_ reason: String) {
        if failure == nil { failure = reason }
    }

    /// Sends what was posted.
    func flush() {
        guard !outgoing.isEmpty else { return }
        defer { outgoing.removeAll(keepingCapacity: true) }
        let deadline = limit()
        var sent = 0
        while sent < outgoing.count && failure == nil {
            let rest = outgoing.count - sent, from = sent
            // SAFETY: `from` and `rest` lie within the commands; send keeps no pointer.
            let length = unsafe outgoing.withUnsafeBytes { unsafe Glibc.send(socket.raw, $0.baseAddress! + from, rest, withoutSignal) }
            if length > 0 {
                sent += length
            } else if errno == EAGAIN {
                // QEMU may be waiting for us to take its answers: take them, or both would wait.
                waitForOctets(until: deadline, orRoom: true)
                _ = absorb(expectingValue: false)
            } else if errno != EINTR {
                fail(QEMUMachine.ended)
            }
        }
    }

    private func limit() -> Deadline { Deadline(at: min(MonotonicClock.now() &+ replyLimit, lastMoment)) }

    private func waitForOctets(until deadline: Deadline, orRoom: Bool = false) {
        let ready = waitFor(orRoom ? POLLIN | POLLOUT : POLLIN, on: socket.raw, orReading: sideline?.descriptor, until: deadline)
        if ready.other { sideline?.collect() }
        guard ready.events != 0 || ready.other else { return fail("QEMU did not answer for \(replyLimit / 1_000_000) ms") }
        guard ready.events & (POLLIN | POLLHUP | POLLERR) != 0 else { return }
        if reader.fill(from: socket.raw) == .closed { fail(QEMUMachine.ended) }
    }

    /// Handles every whole line that has arrived, up to and including the value that the caller waits for.
    private func absorb(expectingValue: Bool) -> UInt64? {
        while failure == nil, let octets = reader.next() {
            switch QTestLine(octets) {
            case .interrupt(let line, let raised):
                if line == Self.interruptLine { interrupts.set(raised) }
            case .done where unanswered > 0:
                unanswered -= 1
            case .value(let value) where expectingValue && unanswered == 0:
                return value
            case .done, .value, .refused:
                fail("QEMU's test socket is out of step: \(String(decoding: octets.prefix(80), as: UTF8.self))")
            }
        }
        return nil
    }
}
