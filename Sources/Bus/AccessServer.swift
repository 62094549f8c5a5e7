import CDriver
import CLinux

/// The NIC process's end of an access channel. One thread's.
///
/// Whatever a stack writes into the channel, this side's position is its own and every access it hands out is checked.
// SAFETY: as for AccessClient.
@safe public struct AccessServer: ~Copyable {
    private let base: UnsafeMutableRawPointer
    private let stackBell: Bell
    private var position: UInt32 = 0
    /// Where the stack ran when it posted the last access.
    private var stackProcessor: UInt32 = 0
    /// Accesses served, and slots refused for their contents.
    public private(set) var served: UInt64 = 0, refused: UInt64 = 0

    /// - Parameter base: `AccessServer.octets` zeroed octets that cannot shrink.
    public init(base: UnsafeMutableRawPointer, stackBell: Bell) {
        unsafe self.base = base
        self.stackBell = stackBell
    }

    /// Octets of the channel's memory.
    public static var octets: Int { AccessLayout.length }

    /// Of the channel's layout, for `NICClaim`.
    public static var version: Int { AccessLayout.version }

    private var slot: UnsafeMutableRawPointer {
        unsafe base + AccessLayout.slots + Int(position & (AccessLayout.capacity - 1)) * AccessLayout.slotOctets
    }

    /// True when an access waits.
    public var isReady: Bool {
        // Pairs with the release store in AccessClient.post.
        unsafe drydock_load_acquire32((slot + AccessLayout.stamp).assumingMemoryBound(to: UInt32.self)) == position &+ 1
    }

    /// True when the stack can do nothing until an access that waits has been served: it has spun for a while, and sleeps.
    public var isAwaited: Bool {
        unsafe drydock_load32((base + AccessLayout.stackAsleep).assumingMemoryBound(to: UInt32.self)) != 0 && isReady
    }

    /// The next access; `retire` must follow before the next call. Nil: nothing waits. Nonsense is retired here, as a load
    /// of all ones, and counted.
    public mutating func next() -> Access? {
        while isReady {
            let slot = unsafe slot
            let access = unsafe Access(
                kind: drydock_load32(slot + AccessLayout.kind), space: drydock_load32(slot + AccessLayout.space),
                offset: drydock_load32(slot + AccessLayout.offset), width: drydock_load32(slot + AccessLayout.width),
                value: drydock_load32(slot + AccessLayout.value))
            if let access { return access }
            refused &+= 1
            retire(answer: .max)
        }
        return nil
    }

    /// Finishes the access that `next` gave.
    ///
    /// - Parameter answer: what a load yields; nil for the others.
    public mutating func retire(answer: UInt32?) {
        stackProcessor = unsafe drydock_load32(slot + AccessLayout.processor)
        position &+= 1
        unsafe drydock_store32(base + AccessLayout.nicProcessor, clinux_processor())
        if let answer {
            unsafe drydock_store32(base + AccessLayout.answerValue, answer)
            // Pairs with the acquire load in AccessClient.answered.
            unsafe drydock_store_release32((base + AccessLayout.answerStamp).assumingMemoryBound(to: UInt32.self), position)
        }
        // Pairs with the acquire load in AccessClient.hasRoom.
        unsafe drydock_store_release32((base + AccessLayout.done).assumingMemoryBound(to: UInt32.self), position)
        served &+= 1
        wakeStack()
    }

    private func wakeStack() {
        let asleep = unsafe (base + AccessLayout.stackAsleep).assumingMemoryBound(to: UInt32.self)
        drydock_full_fence() // Pairs with the fence in AccessClient.sleep.
        if unsafe drydock_load32(asleep) != 0, unsafe drydock_exchange32(asleep, 0) != 0 { stackBell.ring() }
    }

    /// Announces that this side will block on its bell.
    ///
    /// - Returns: false when an access came meanwhile: serve it instead. After blocking, call `wake`.
    public func prepareToSleep() -> Bool {
        let asleep = unsafe (base + AccessLayout.nicAsleep).assumingMemoryBound(to: UInt32.self)
        unsafe drydock_store_release32(asleep, 1)
        drydock_full_fence() // Pairs with the fence in AccessClient.wakeNIC.
        if isReady { wake(); return false }
        return true
    }

    /// Takes the announcement back.
    public func wake() {
        unsafe drydock_store_release32((base + AccessLayout.nicAsleep).assumingMemoryBound(to: UInt32.self), 0)
    }

    /// Looks for an access for some 10 µs, what a wake-up costs; not where the stack cannot run meanwhile.
    public func spin() -> Bool {
        guard stackProcessor != clinux_processor() else { return isReady }
        for _ in 0..<AccessLayout.spins {
            if isReady { return true }
            drydock_relax()
        }
        return false
    }
}
