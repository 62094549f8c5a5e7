internal import Host
internal import Messages

/// A capture while it runs: a NIC's frames as octets of a socket, or what a flight recorder has of them.
final class CaptureSource {
    let target: CaptureTarget
    private let nic: NicClient?
    /// -1 for a recorder's.
    private let socket: FileDescriptor
    private let recorded: RecordedFrames?
    private(set) var isEnding = false
    /// All has been told.
    private(set) var isOver = false

    /// - Parameter octets: of a frame that are kept at most; 0: all.
    init(_ target: CaptureTarget, _ targets: CaptureTargets, octets: Int) throws(ToolFailure) {
        if let obstacle = target.obstacle { throw ToolFailure(target.title, "it cannot be captured: \(obstacle)", "see: drydock capture --list") }
        self.target = target
        if target.isRecorded, let interface = target.interface, let stack = target.prefix.flatMap({ FolderName(prefix: $0) }) {
            recorded = try RecordedFrames(interface, of: stack, hardware: target.hardware, targets, octets: octets)
            nic = nil
            socket = FileDescriptor(owning: -1)
        } else {
            let client = try NicClient(target.nic, targets.runtime, targets.patience)
            socket = try client.streamCapture(interface: target.title, octets: octets)
            (nic, recorded) = (client, nil)
        }
    }

    /// To be watched; nil: to be read every ``RecordedFrames/period``.
    var raw: Int32? { recorded == nil ? socket.raw : nil }

    /// What has come, up to 64 KiB of a NIC's; empty: nothing, or the end.
    func read(_ room: inout [UInt8]) -> ArraySlice<UInt8> {
        if let recorded {
            let isEnd = isEnding || !recorded.isAlive
            defer { isOver = isEnd }
            return recorded.take(isEnd: isEnd)[...]
        }
        let count: Int?
        do { count = unsafe try room.withUnsafeMutableBytes { bytes in unsafe try socket.read(into: bytes) } } catch { count = 0 }
        if count == 0 { isOver = true }
        return room[..<(count ?? 0)]
    }

    /// Asks for the end; what was captured before it still comes. A NIC that does not answer has ended by that.
    func finish() {
        guard !isEnding else { return }
        isEnding = true
        guard let nic else { return }
        do throws(ToolFailure) { try nic.order(.endStream) } catch { isOver = true }
    }

    /// It ended, and nobody had asked for that.
    var loss: ToolFailure {
        recorded == nil
            ? ToolFailure(target.nic, "the NIC ended, and the capture with it", "see: nic list")
            : ToolFailure(target.title, "the stack ended, and the capture with it", "see: drydock instances")
    }
}

extension NicClient {
    /// Begins a capture of what passes the NIC, which lasts as long as this client.
    ///
    /// - Returns: where pcapng comes out.
    func streamCapture(interface: String, octets: Int) throws(ToolFailure) -> FileDescriptor {
        let pair: DescriptorPair
        do { pair = try UnixSocket.pair(.stream) } catch { throw ToolFailure("capture", error.description, "") }
        try order(.streamCapture(interface: interface, octets: octets), descriptors: [pair.second.raw])
        return (consume pair).first
    }
}
