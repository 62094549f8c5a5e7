import CDriver
import Host

/// The memory that a stack and one driver host share beside packet memory: who sleeps, who has mail, and four rings.
///
///     octet 0        64       128      192      256 ...          4096
///     +--------------+--------+--------+--------+----------------+---------------------------------+
///     | host asleep, | mail   | stack  | mail   | four rings'    | four rings of 4096 tokens of    |
///     | heartbeat    | to the | wants  | to the | tails, heads   | 32 octets                       |
///     |              | stack  | a bell | host   |                |                                 |
///     +--------------+--------+--------+--------+----------------+---------------------------------+
///
/// A ring has one producer and one consumer. The producer stores tokens, then its tail by *release*; the consumer loads the tail by
/// *acquire*, copies each token once, then stores its head by *release*. Nobody reads its own cursor back: the other side may
/// have written anything there.
/// A side that sleeps is woken as in the access channel (`AccessLayout`): flag, *full fence*, second look; news, *full fence*, flag.
enum IsolationLayout {
    static let hostAsleep = 0, heartbeat = 4, stackMail = 64, stackArmed = 128, hostMail = 192
    static let capacity: UInt32 = 4096
    static let tokenOctets = 32
    static let length = 4096 + 4 * Int(capacity) * tokenOctets

    static func tail(_ ring: RingName) -> Int { 256 + Int(ring.rawValue) * 128 }
    static func head(_ ring: RingName) -> Int { tail(ring) + 64 }
    static func tokens(_ ring: RingName) -> Int { 4096 + Int(ring.rawValue) * Int(capacity) * tokenOctets }
}

/// The four ways of a buffer, by the callout that it stands for.
enum RingName: UInt8 { case provideReceive, returnReceive, provideTransmit, returnTransmit }

/// The producer's end.
// SAFETY: `base` covers IsolationLayout.length octets that cannot shrink, for as long as this value is used; positions are masked.
@safe struct TokenProducer {
    private let base: UnsafeMutableRawPointer
    private let ring: RingName
    private var tail: UInt32 = 0

    init(_ base: UnsafeMutableRawPointer, _ ring: RingName) { unsafe (self.base, self.ring) = (base, ring) }

    /// Free places; nil: the other side's cursor cannot be.
    var room: Int? {
        // Pairs with the release store in TokenConsumer.retire.
        let head = unsafe drydock_load_acquire32((base + IsolationLayout.head(ring)).assumingMemoryBound(to: UInt32.self))
        let used = tail &- head
        return used <= IsolationLayout.capacity ? Int(IsolationLayout.capacity &- used) : nil
    }

    /// Writes the token `offset` places behind the last published one. There must be room.
    func put(_ token: BufferToken, _ offset: Int) {
        let position = (tail &+ UInt32(truncatingIfNeeded: offset)) & (IsolationLayout.capacity &- 1)
        let place = unsafe base + IsolationLayout.tokens(ring) + Int(position) &* IsolationLayout.tokenOctets
        unsafe drydock_store64(place, token.a)
        unsafe drydock_store64(place + 8, token.b)
        unsafe drydock_store64(place + 16, token.c)
        unsafe drydock_store64(place + 24, token.d)
    }

    mutating func publish(_ count: Int) {
        tail &+= UInt32(truncatingIfNeeded: count)
        // Pairs with the acquire load in TokenConsumer.ready.
        unsafe drydock_store_release32((base + IsolationLayout.tail(ring)).assumingMemoryBound(to: UInt32.self), tail)
    }
}

/// The consumer's end.
// SAFETY: as for the producer.
@safe struct TokenConsumer {
    private let base: UnsafeMutableRawPointer
    private let ring: RingName
    private var head: UInt32 = 0

    init(_ base: UnsafeMutableRawPointer, _ ring: RingName) { unsafe (self.base, self.ring) = (base, ring) }

    /// Tokens that wait; nil: the other side's cursor cannot be.
    var ready: Int? {
        // Pairs with the release store in TokenProducer.publish.
        let tail = unsafe drydock_load_acquire32((base + IsolationLayout.tail(ring)).assumingMemoryBound(to: UInt32.self))
        let count = tail &- head
        return count <= IsolationLayout.capacity ? Int(count) : nil
    }

    /// The token `offset` places on, copied once. There must be so many.
    func token(_ offset: Int) -> BufferToken {
        let position = (head &+ UInt32(truncatingIfNeeded: offset)) & (IsolationLayout.capacity &- 1)
        let place = unsafe base + IsolationLayout.tokens(ring) + Int(position) &* IsolationLayout.tokenOctets
        return unsafe BufferToken(
            a: drydock_load64(place), b: drydock_load64(place + 8), c: drydock_load64(place + 16), d: drydock_load64(place + 24))
    }

    mutating func retire(_ count: Int) {
        head &+= UInt32(truncatingIfNeeded: count)
        // Pairs with the acquire load in TokenProducer.room.
        unsafe drydock_store_release32((base + IsolationLayout.head(ring)).assumingMemoryBound(to: UInt32.self), head)
    }
}

/// The words beside the rings.
// SAFETY: as for the rings. Every access is atomic.
@safe struct IsolationWords: @unchecked Sendable {
    private let base: UnsafeMutableRawPointer
    init(_ base: UnsafeMutableRawPointer) { unsafe self.base = base }

    private func word(_ offset: Int) -> UnsafeMutablePointer<UInt32> { unsafe (base + offset).assumingMemoryBound(to: UInt32.self) }

    func load(_ offset: Int) -> UInt32 { unsafe drydock_load_acquire32(word(offset)) }
    func store(_ offset: Int, _ value: UInt32) { unsafe drydock_store_release32(word(offset), value) }

    /// Sets the flag that is looked for before sleeping; pairs with the second look behind the sleeper's fence.
    func raise(_ offset: Int) { store(offset, 1) }
    /// Whether the flag was up; it is down afterwards.
    func lower(_ offset: Int) -> Bool {
        guard load(offset) != 0 else { return false }
        return unsafe drydock_exchange32(word(offset), 0) != 0
    }
    /// After news: whether the other side announced that it sleeps, and so needs its bell.
    func mustWake(_ offset: Int) -> Bool {
        drydock_full_fence()
        return lower(offset)
    }
}

/// The stack's ends of one host's rings.
// SAFETY: `memory` stays mapped until this object goes, and the cursors are used nowhere else.
@safe final class HostRings {
    let memory: SharedMemory
    let words: IsolationWords
    var giving: TokenProducer, sending: TokenProducer
    var received: TokenConsumer, sent: TokenConsumer

    init() throws(SystemError) {
        memory = try SharedMemory(named: "drydock-isolated", length: IsolationLayout.length)
        let base = unsafe memory.base
        words = unsafe IsolationWords(base)
        unsafe (giving, sending) = (TokenProducer(base, .provideReceive), TokenProducer(base, .provideTransmit))
        unsafe (received, sent) = (TokenConsumer(base, .returnReceive), TokenConsumer(base, .returnTransmit))
    }
}
