internal import Host
internal import Messages

/// A NIC's capture while it runs: its frames as octets of a socket.
final class CaptureSource {
    let target: CaptureTarget
    private let nic: NicClient
    private let socket: FileDescriptor
    private(set) var isEnding = false
    /// The NIC has told all.
    private(set) var isOver = false

    /// - Parameter octets: of a frame that are kept at most; 0: all.
    init(_ target: CaptureTarget, _ targets: CaptureTargets, octets: Int) throws(ToolFailure) {
        if let obstacle = target.obstacle { throw ToolFailure(target.title, "it cannot be captured: \(obstacle)", "see: drydock capture --list") }
        self.target = target
        nic = try NicClient(target.nic, targets.runtime, targets.patience)
        socket = try nic.streamCapture(interface: target.title, octets: octets)
    }

    var raw: Int32 { socket.raw }

    /// What has come, up to 64 KiB; empty: nothing, or the end.
    func read(_ room: inout [UInt8]) -> ArraySlice<UInt8> {
        let count: Int?
        do { count = unsafe try room.withUnsafeMutableBytes { bytes in unsafe try socket.read(into: bytes) } } catch { count = 0 }
        if count == 0 { isOver = true }
        return room[..<(count ?? 0)]
    }

    /// Asks for the end; what was captured before it still comes. A NIC that does not answer has ended by that.
    func finish() {
        guard !isEnding else { return }
        isEnding = true
        do throws(ToolFailure) { try nic.order(.endStream) } catch { isOver = true }
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
