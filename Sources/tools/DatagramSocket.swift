internal import Host
internal import Messages

/// A datagram socket that a stack has opened for us: one end of a pair of message sockets.
final class DatagramSocket {
    private let descriptor: FileDescriptor
    private var buffer = [UInt8](repeating: 0, count: DatagramHeader.octets + DatagramHeader.largestPayload)

    init(_ descriptor: consuming FileDescriptor) { self.descriptor = descriptor }

    var raw: Int32 { descriptor.raw }

    /// - Returns: false when the stack has not yet taken what was sent before.
    func send(_ header: DatagramHeader, _ payload: [UInt8]) throws(SystemError) -> Bool {
        var message = [UInt8](repeating: 0, count: DatagramHeader.octets)
        var span = message.mutableSpan
        // SAFETY: every octet is plain data, and all of them are written.
        var bytes = unsafe span.mutableBytes
        header.write(into: &bytes)
        message += payload
        let outcome: Result<Bool, SystemError> = unsafe message.withUnsafeBytes { octets in
            do throws(SystemError) { return .success(unsafe try UnixSocket.send(descriptor.raw, octets)) } catch { return .failure(error) }
        }
        return try outcome.get()
    }

    enum Arrival { case datagram([UInt8]), nothing, end }

    /// The next datagram, without waiting.
    func receive() throws(SystemError) -> Arrival {
        var descriptors = ReceivedDescriptors()
        let raw = descriptor.raw
        let outcome: Result<Int?, SystemError> = unsafe buffer.withUnsafeMutableBytes { room in
            do throws(SystemError) { return .success(unsafe try UnixSocket.receive(raw, into: room, &descriptors)) } catch { return .failure(error) }
        }
        guard let count = try outcome.get() else { return .nothing }
        return count == 0 ? .end : .datagram(Array(buffer[..<count]))
    }
}
