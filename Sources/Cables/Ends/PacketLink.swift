internal import Host

/// A connected socket that keeps the bounds of messages, a frame a message. Nothing blocks. Closed when let go.
final class PacketLink {
    let socket: FileDescriptor
    /// One octet more than the longest frame, so that a longer one shows.
    private var buffer = [UInt8](repeating: 0, count: CableLimits.longestFrame + 1)

    init(_ socket: consuming FileDescriptor) { self.socket = socket }

    var raw: Int32 { socket.raw }

    func send(_ message: RawSpan) -> SendOutcome {
        do throws(SystemError) {
            let sent = try message.sendAsMessage(socket.raw)
            return sent ? .sent : .full
        } catch {
            // ENOBUFS and EMSGSIZE concern this message alone.
            return error.number == .messageTooLong || error.number == .noMemory ? .refused : .broken
        }
    }

    /// What a look for a message found.
    enum Arrival { case message, nothing, tooLong, closed }

    /// Takes the next message and shows it to `body`.
    func receive(_ body: (RawSpan) -> Void) -> Arrival {
        var descriptors = ReceivedDescriptors()
        do throws(SystemError) {
            let count = try buffer.receiveMessage(socket.raw, &descriptors)
            guard let count else { return .nothing }
            guard count > 0 else { return .closed }
            buffer.show(0..<count, body)
            return .message
        } catch {
            return error.number == .messageTooLong ? .tooLong : .closed
        }
    }
}

extension RawSpan {
    /// `UnixSocket.send` with a typed error through the buffer's closure.
    fileprivate func sendAsMessage(_ raw: Int32) throws(SystemError) -> Bool {
        let outcome: Result<Bool, SystemError> = unsafe withUnsafeBytes { octets in
            do throws(SystemError) { return .success(unsafe try UnixSocket.send(raw, octets)) } catch { return .failure(error) }
        }
        return try outcome.get()
    }
}

extension [UInt8] {
    fileprivate mutating func receiveMessage(_ raw: Int32, _ descriptors: inout ReceivedDescriptors) throws(SystemError) -> Int? {
        var arrived = ReceivedDescriptors()
        let outcome: Result<Int?, SystemError> = unsafe withUnsafeMutableBytes { room in
            do throws(SystemError) { return .success(unsafe try UnixSocket.receive(raw, into: room, &arrived)) } catch { return .failure(error) }
        }
        descriptors = arrived
        return try outcome.get()
    }
}
