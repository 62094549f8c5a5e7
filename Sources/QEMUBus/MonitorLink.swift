import Glibc
import Host

/// QEMU's machine protocol (QMP), as far as a cable needs it: plugging and unplugging.
///
/// Commands are sent and not waited for: a plug is no part of the bus's order of events. Answers are checked as they come.
final class MonitorLink {
    private let socket: FileDescriptor
    private var reader = LineReader(capacity: 1 << 14)
    private(set) var failure: String?

    init(socket: consuming FileDescriptor) {
        self.socket = socket
        send(#"{"execute":"qmp_capabilities"}"#)
    }

    var descriptor: Int32 { socket.raw }

    /// Gives the NIC a carrier or takes it away.
    func setLink(of name: String, up: Bool) {
        send(#"{"execute":"set_link","arguments":{"name":"\#(name)","up":\#(up)}}"#)
    }

    /// Takes in what QEMU says: the greeting, empty returns and events are expected; an error is not.
    func drain() {
        while failure == nil {
            while let line = reader.next() {
                if line.starts(with: #"{"error""#.utf8) { fail(String(decoding: line.prefix(200), as: UTF8.self)) }
            }
            switch reader.fill(from: socket.raw) {
            case .octets: continue
            case .nothing: return
            case .closed: fail(QEMUMachine.ended)
            }
        }
    }

    private func send(_ command: String) {
        let octets = Array((command + "\n").utf8)
        // SAFETY: send reads the array's octets only. A command is far smaller than the socket's buffer.
        let sent = unsafe Glibc.send(socket.raw, octets, octets.count, withoutSignal)
        if sent != octets.count { fail("QEMU's monitor takes no commands") }
    }

    private func fail(_ reason: String) {
        if failure == nil { failure = reason }
    }
}
