internal import Host

/// One message as it came: the memory that it was received into, used again for the next.
// SAFETY: `memory` holds `Envelope.mostInAll` octets from init to deinit; `used` never exceeds that.
@safe struct MessageBuffer: ~Copyable {
    private let memory: UnsafeMutableRawBufferPointer
    private(set) var used = 0

    init() { unsafe memory = .allocate(byteCount: Envelope.mostInAll, alignment: 16) }
    deinit { unsafe memory.deallocate() }

    /// What a receive brought.
    enum Arrival: Equatable { case nothing, message, end }

    /// Receives one message without waiting.
    mutating func receive(_ raw: Int32, _ descriptors: inout ReceivedDescriptors) throws(SystemError) -> Arrival {
        used = 0
        guard let count = unsafe try UnixSocket.receive(raw, into: memory, &descriptors) else { return .nothing }
        used = count
        return count == 0 ? .end : .message
    }

    /// Its envelope and body.
    func open(descriptors: Int) throws(Envelope.Refusal) -> (Envelope, [UInt8]) {
        let octets = unsafe Array(memory[..<used])
        let envelope = try Envelope(reading: octets.span, descriptors: descriptors)
        return (envelope, Array(octets[Envelope.octets...]))
    }
}

/// Puts a message together and sends it without waiting.
enum Outgoing {
    static func message(_ kind: Envelope.Kind, sequence: UInt64, body: [UInt8], descriptors: [Int32]) throws(MessageFailure) -> [UInt8] {
        guard body.count <= Envelope.mostOctets else { throw .tooLarge(octets: body.count) }
        guard descriptors.count <= ReceivedDescriptors.most else { throw .tooLarge(octets: body.count) }
        return Envelope(kind, sequence: sequence, bodyOctets: body.count, descriptors: descriptors.count).encoded + body
    }

    /// - Returns: false when the peer's queue is full.
    static func send(_ raw: Int32, _ message: [UInt8], _ descriptors: [Int32]) throws(SystemError) -> Bool {
        let outcome: Result<Bool, SystemError> = unsafe message.withUnsafeBytes { octets in
            do throws(SystemError) { return unsafe .success(try UnixSocket.send(raw, octets, descriptors: descriptors)) } catch { return .failure(error) }
        }
        return try outcome.get()
    }
}
