public import Host

/// What a stack process is told when its turn comes. It may have been started before, and waits with everything that takes time done.
///
/// The supervisor holds one end, the process the other; both are the same memory and the same bell.
public struct StackOrders: ~Copyable {
    private struct Steps: Codable {
        var steps: [StackRequest]?
    }

    /// Octets of the memory, a JSON text behind its length: pages that are not written cost nothing.
    private static let length = 1 << 20

    private let memory: SharedMemory
    private let bell: EventCounter

    public init() throws(SystemError) {
        let memory = try SharedMemory(named: "drydock-orders", length: Self.length)
        bell = try EventCounter()
        self.memory = memory
    }

    /// The process's end.
    init(memory: consuming FileDescriptor, bell: consuming FileDescriptor) throws(SystemError) {
        self.memory = try SharedMemory(received: memory, length: Self.length)
        self.bell = EventCounter(bell)
    }

    var descriptors: (memory: Int32, bell: Int32) { (memory.descriptor.raw, bell.raw) }

    /// It is its turn.
    ///
    /// - Parameter steps: what it does before it answers; nil: it begins with its command line.
    /// - Throws: when they are more than the memory holds; the process goes on waiting.
    public borrowing func give(_ steps: [StackRequest]?) throws(Failure) {
        let octets: [UInt8]
        do { octets = try Body.encode(Steps(steps: steps)) } catch { throw error.failure("start", of: NetdBoot.processName) }
        guard octets.count <= memory.length - 8 else {
            throw Failure(.messageTooLong, what: "the plan", why: "it has \(octets.count) octets, more than \(memory.length - 8)")
        }
        unsafe memory.base.storeBytes(of: UInt64(octets.count), as: UInt64.self)
        unsafe (memory.base + 8).copyMemory(from: octets, byteCount: octets.count)
        bell.signal()
    }

    /// Waits for its turn, as long as its supervisor lives: the process dies with it.
    borrowing func take() throws(Failure) -> [StackRequest]? {
        while !Poll.readable(bell.raw, Deadline(in: .seconds(60))) {}
        let count = unsafe memory.base.load(as: UInt64.self)
        do {
            guard count <= UInt64(memory.length - 8) else { throw MessageFailure.malformed }
            return try Body.decode(Steps.self, unsafe Array(UnsafeRawBufferPointer(start: memory.base + 8, count: Int(count)))).steps
        } catch {
            throw Failure(.invalid, what: NetdBoot.processName, why: "the supervisor's orders cannot be read", fix: "start it again")
        }
    }

    /// Reads and writes what stands for orders, so that the first real ones find everything in place.
    static func rehearse() {
        let steps = Steps(steps: [.mount(MountRequest(type: "io-pkt", path: "/", options: "")), .setTunable(name: "", value: 0)])
        _ = (try? Body.encode(steps)).flatMap { try? Body.decode(Steps.self, $0) }
    }
}
