import CDriver
import CLinux

/// The stack's end of an access channel. One thread's; no lock, no allocation.
///
/// Once the device is gone it stays gone: loads give all ones of their width, stores go nowhere, and both return at once.
// SAFETY: `base` covers AccessLayout.length octets of memory that cannot shrink, for as long as this value lives; every
// offset is a constant or a masked position.
@safe public struct AccessClient: ~Copyable {
    let base: UnsafeMutableRawPointer
    let nicBell: Bell
    let ownBell: Bell
    /// The claim's connection; its hang-up is the NIC's death. -1: none.
    let life: Int32
    var position: UInt32 = 0
    var seenDone: UInt32 = 0
    /// Why the device is gone; nil: it is there.
    public private(set) var gone: DeviceGone?
    /// Accesses made, and those for which spinning was not enough.
    public private(set) var loads: UInt64 = 0, stores: UInt64 = 0, sleeps: UInt64 = 0

    /// - Parameters:
    ///   - base: the channel, zeroed when it was made.
    ///   - life: a connected socket whose hang-up means that the NIC died, or -1.
    public init(base: UnsafeMutableRawPointer, nicBell: Bell, ownBell: Bell, life: Int32) {
        unsafe self.base = base
        (self.nicBell, self.ownBell, self.life) = (nicBell, ownBell, life)
    }

    /// Loads `width` octets; `Access.configuration` as space for config space. 0.3 to 1 µs when the NIC is awake.
    public mutating func load(space: UInt32, offset: UInt32, width: UInt32) -> UInt32 {
        let nothing = width >= 4 ? UInt32.max : (1 << (width * 8)) - 1
        guard let stamp = post(.load, space: space, offset: offset, width: width, value: 0) else { return nothing }
        loads &+= 1
        guard wait(until: { $0.answered(stamp) }) else { return nothing }
        return unsafe drydock_load32(base + AccessLayout.answerValue) & nothing
    }

    /// Stores; posted: returns before the NIC has seen it.
    public mutating func store(space: UInt32, offset: UInt32, width: UInt32, value: UInt32) {
        if post(.store, space: space, offset: offset, width: width, value: value) != nil { stores &+= 1 }
    }

    /// INTx: lets the vector signal again; at once when its line is asserted. Ordered after all earlier accesses.
    public mutating func unmask(vector: Int) {
        _ = post(.unmask, space: 0, offset: UInt32(truncatingIfNeeded: vector), width: 4, value: 0)
    }

    /// Declares the device gone: its connection failed elsewhere.
    public mutating func abandon(_ reason: DeviceGone) { if gone == nil { gone = reason } }

    private mutating func post(_ kind: AccessKind, space: UInt32, offset: UInt32, width: UInt32, value: UInt32) -> UInt32? {
        guard gone == nil else { return nil }
        if position &- seenDone >= AccessLayout.capacity {
            guard wait(until: { $0.hasRoom() }) else { return nil }
        }
        let slot = unsafe base + AccessLayout.slots + Int(position & (AccessLayout.capacity - 1)) * AccessLayout.slotOctets
        unsafe drydock_store32(slot + AccessLayout.kind, kind.rawValue)
        unsafe drydock_store32(slot + AccessLayout.space, space)
        unsafe drydock_store32(slot + AccessLayout.offset, offset)
        unsafe drydock_store32(slot + AccessLayout.width, width)
        unsafe drydock_store32(slot + AccessLayout.value, value)
        unsafe drydock_store32(slot + AccessLayout.processor, clinux_processor())
        position &+= 1
        // Pairs with the acquire load in AccessServer.next.
        unsafe drydock_store_release32((slot + AccessLayout.stamp).assumingMemoryBound(to: UInt32.self), position)
        wakeNIC()
        return position
    }

    private borrowing func wakeNIC() {
        let asleep = unsafe (base + AccessLayout.nicAsleep).assumingMemoryBound(to: UInt32.self)
        drydock_full_fence() // Pairs with the fence in AccessServer.prepareToSleep.
        if unsafe drydock_load32(asleep) != 0, unsafe drydock_exchange32(asleep, 0) != 0 { nicBell.ring() }
    }

    private mutating func answered(_ stamp: UInt32) -> Bool {
        // Pairs with the release store in AccessServer.retire.
        unsafe drydock_load_acquire32((base + AccessLayout.answerStamp).assumingMemoryBound(to: UInt32.self)) == stamp
    }

    private mutating func hasRoom() -> Bool {
        let done = unsafe drydock_load_acquire32((base + AccessLayout.done).assumingMemoryBound(to: UInt32.self))
        guard position &- done <= AccessLayout.capacity else { abandon(.broken); return false }
        seenDone = done
        return position &- done < AccessLayout.capacity
    }

    /// Spins, then sleeps, until `ready`; false: the device is gone.
    private mutating func wait(until ready: (inout Self) -> Bool) -> Bool {
        let isAlone = unsafe drydock_load32(base + AccessLayout.nicProcessor) == clinux_processor()
        for _ in 0..<(isAlone ? 1 : AccessLayout.spins) {
            if ready(&self) { return true }
            if gone != nil { return false }
            drydock_relax()
        }
        return sleep(until: ready)
    }

    private mutating func sleep(until ready: (inout Self) -> Bool) -> Bool {
        sleeps &+= 1
        let asleep = unsafe (base + AccessLayout.stackAsleep).assumingMemoryBound(to: UInt32.self)
        defer { unsafe drydock_store_release32(asleep, 0) }
        let deadline = monotonicMilliseconds() + Int64(AccessLayout.patience)
        while gone == nil {
            unsafe drydock_store_release32(asleep, 1)
            drydock_full_fence() // Pairs with the fence in AccessServer.wakeStack.
            if ready(&self) { return true }
            let left = deadline - monotonicMilliseconds()
            guard left > 0 else { abandon(.silent); break }
            if ownBell.wait(life: life, milliseconds: Int32(left)) == .hungUp {
                if ready(&self) { return true }
                abandon(.died)
            }
        }
        return false
    }
}

/// Why a device stopped answering.
public enum DeviceGone: Error, Equatable, Sendable {
    /// Its process closed the connection.
    case died
    /// It did not answer within a second.
    case silent
    /// It wrote nonsense into the access channel.
    case broken
}

/// How a device interrupts. The raw values of the last three are those of the driver contract plus one.
public enum InterruptMode: UInt32, Sendable {
    case none = 0
    /// INTx, a level: after a signal the vector is masked until `unmask`.
    case line = 1
    /// Messages: each signals.
    case msi = 2, msix = 3
}
