public import CDriver

/// The pen of a flight recorder: three words, copied freely. One thread writes.
///
/// An event costs some 15 instructions and one reading of the clock; callers that have read it pass `time`.
// SAFETY: the memory was formatted and stays mapped for as long as any copy is used. Cells are addressed modulo the ring,
// so that even a header that a wild driver has overwritten leads nowhere else.
@frozen @safe public struct RecorderWriter: @unchecked Sendable {
    @usableFromInline let header: UnsafeMutablePointer<drydock_recorder_header>
    @usableFromInline let ring: UnsafeMutableRawPointer
    @usableFromInline let mask: UInt64
    @usableFromInline let isCounting: Bool

    /// - Parameter length: octets mapped at `memory`.
    /// - Returns: nil when it is no recorder of this version.
    public init?(memory: UnsafeMutableRawPointer, length: Int) {
        guard unsafe RecorderHeader(UnsafeRawBufferPointer(start: memory, count: length)) != nil else { return nil }
        unsafe header = memory.assumingMemoryBound(to: drydock_recorder_header.self)
        unsafe ring = memory + Int(header.pointee.ring_offset)
        unsafe mask = UInt64(header.pointee.ring_cells) &- 1
        unsafe isCounting = header.pointee.clock == 1
    }

    /// The recorder's clock: what `time` is.
    @inlinable @inline(__always) public var now: UInt64 { isCounting ? drydock_ticks() : drydock_monotonic() }

    /// Cells written so far: whether anything was recorded between two readings.
    @inlinable @inline(__always) public var position: UInt64 { unsafe header.pointee.committed }

    /// An event of one cell.
    @inlinable @inline(__always)
    public func write(
        _ kind: RecordedKind, slot: UInt8, detail: UInt8 = 0, count: UInt32 = 0, first: UInt64 = 0, second: UInt64 = 0, time: UInt64
    ) {
        let number = unsafe header.pointee.committed
        unsafe drydock_store_release64(&header.pointee.claimed, number &+ 1)
        drydock_dma_release()
        unsafe head(number, kind, slot, 1, detail, count, first, second, time)
        unsafe drydock_store_release64(&header.pointee.committed, number &+ 1)
    }

    /// A frame's beginning: `snap` octets from `octets` on are copied, whatever its length.
    // SAFETY: `octets` is the start of a frame in a slot of packet memory with `snap` octets from there to the slot's end.
    @inlinable @inline(__always)
    public func frame(
        _ direction: RecordedDirection, _ loss: RecordedLoss = .none, slot: UInt8, buffer: UInt32, length: UInt16, flags: UInt16,
        vlan: UInt16, octets: UnsafeRawPointer, time: UInt64
    ) {
        let cells: UInt64 = 3
        let number = claim(cells)
        let place = unsafe head(
            number, .frame, slot, UInt8(cells), direction.rawValue | loss.rawValue &<< 1, UInt32(length) | UInt32(flags) &<< 16,
            UInt64(buffer) | UInt64(vlan) &<< 32, 0, time)
        unsafe (place + 32).copyMemory(from: octets, byteCount: 64)
        unsafe drydock_store_release64(&header.pointee.committed, number &+ cells)
    }

    /// Room for an event of several cells that ends with its block. - Returns: its number.
    @inlinable @inline(__always)
    func claim(_ cells: UInt64) -> UInt64 {
        let number = unsafe header.pointee.committed
        guard number & 127 &+ cells <= 128 else { return claimNext(cells, number) }
        unsafe drydock_store_release64(&header.pointee.claimed, number &+ cells)
        drydock_dma_release()
        return number
    }

    /// The same in the next block; the rest of this one is padded.
    @inline(never) @usableFromInline
    func claimNext(_ cells: UInt64, _ number: UInt64) -> UInt64 {
        let next = (number | 127) &+ 1
        unsafe drydock_store_release64(&header.pointee.claimed, next &+ cells)
        drydock_dma_release()
        unsafe head(number, .padding, 255, UInt8(truncatingIfNeeded: next &- number), 0, 0, 0, 0, 0)
        return next
    }

    @discardableResult @inlinable @inline(__always)
    func head(
        _ number: UInt64, _ kind: RecordedKind, _ slot: UInt8, _ cells: UInt8, _ detail: UInt8, _ count: UInt32, _ first: UInt64,
        _ second: UInt64, _ time: UInt64
    ) -> UnsafeMutableRawPointer {
        let place = unsafe ring + Int(truncatingIfNeeded: (number & mask) &<< 5)
        let word = UInt64(kind.rawValue) | UInt64(slot) &<< 8 | UInt64(cells) &<< 16 | UInt64(detail) &<< 24 | UInt64(count) &<< 32
        unsafe place.storeBytes(of: time, as: UInt64.self)
        unsafe place.storeBytes(of: word, toByteOffset: 8, as: UInt64.self)
        unsafe place.storeBytes(of: first, toByteOffset: 16, as: UInt64.self)
        unsafe place.storeBytes(of: second, toByteOffset: 24, as: UInt64.self)
        return unsafe place
    }

    /// A line of text, at most `mostText` octets of it. Not for the frame path.
    public func text(_ kind: RecordedKind, _ text: some StringProtocol, slot: UInt8, detail: UInt8 = 0, first: UInt64 = 0, time: UInt64? = nil) {
        let octets = Array(text.utf8.prefix(Self.mostText))
        let cells = 1 + UInt64((octets.count + RecorderLayout.cell - 1) / RecorderLayout.cell)
        let number = claim(cells)
        let place = unsafe head(number, kind, slot, UInt8(cells), detail, UInt32(octets.count), first, 0, time ?? now)
        unsafe (place + RecorderLayout.cell).copyMemory(from: octets, byteCount: octets.count)
        unsafe drydock_store_release64(&header.pointee.committed, number &+ cells)
    }

    /// Octets of a text event.
    public static let mostText = 480
}

extension RecorderWriter {
    /// Says what callout `number` is called.
    public func name(callout number: Int, _ name: String) {
        guard (0..<Int(DRYDOCK_RECORDER_CALLOUTS)).contains(number) else { return }
        let place = unsafe UnsafeMutableRawPointer(header) + MemoryLayout<drydock_recorder_header>.offset(of: \.callouts)!
        unsafe Self.store(name, place + number * RecorderLayout.calloutOctets, RecorderLayout.calloutOctets)
    }

    /// Says which device a slot stands for from the next event on, and what its registers are called.
    ///
    /// - Returns: false when there is no room for the register map: its registers are shown by offset.
    @discardableResult
    public func attach(slot: Int, interface: String, driver: String, nic: String, bus: String, registers: RegisterTable) -> Bool {
        guard let place = unsafe self.place(slot) else { return false }
        let map = keep(registers.octets)
        unsafe place.pointee.state = 0
        unsafe (place.pointee.map_offset, place.pointee.map_length) = map.map { (UInt32($0.lowerBound), UInt32($0.count)) } ?? (0, 0)
        unsafe place.pointee.since = header.pointee.committed
        let start = UnsafeMutableRawPointer(place)
        for (text, offset, room) in [(interface, 24, 16), (driver, 40, 48), (nic, 88, 48), (bus, 136, 16)] {
            unsafe Self.store(text, start + offset, room)
        }
        unsafe place.pointee.state = 1
        // The event says the same, for the slot may have had others by the time that it is read.
        let registersPlace = map.map { UInt64($0.lowerBound) | UInt64($0.count) << 32 } ?? 0
        self.text(.attached, [interface, driver, nic, bus].joined(separator: "\t"), slot: UInt8(slot), first: registersPlace)
        return map != nil || registers.isEmpty
    }

    /// The slot's device is gone; its name stays for the events that there are of it.
    public func detach(slot: Int) {
        guard let place = unsafe self.place(slot) else { return }
        write(.detached, slot: UInt8(slot), time: now)
        unsafe place.pointee.state = 2
    }

    private func place(_ slot: Int) -> UnsafeMutablePointer<drydock_recorder_slot>? {
        guard (0..<RecorderLayout.slots).contains(slot) else { return nil }
        let base = unsafe UnsafeMutableRawPointer(header) + RecorderLayout.slotsOffset
        return unsafe base.assumingMemoryBound(to: drydock_recorder_slot.self) + slot
    }

    /// Where these octets are among the maps: the same are kept once, however often a driver is mounted.
    private func keep(_ octets: [UInt8]) -> Range<Int>? {
        let base = unsafe UnsafeMutableRawPointer(header) + RecorderLayout.mapsOffset
        let used = unsafe min(Int(header.pointee.maps_used), Int(DRYDOCK_RECORDER_MAPS))
        guard !octets.isEmpty else { return nil }
        // Maps stand one behind the other, each behind its length.
        var at = 0
        while at + 4 <= used {
            let length = unsafe Int((base + at).loadUnaligned(as: UInt32.self))
            guard length > 0, at + 4 + length <= used else { break }
            let same = unsafe length == octets.count && UnsafeRawBufferPointer(start: base + at + 4, count: length).elementsEqual(octets)
            if same { return at + 4..<at + 4 + length }
            at += 4 + length
        }
        guard at == used, used + 4 + octets.count <= Int(DRYDOCK_RECORDER_MAPS) else { return nil }
        unsafe (base + used).storeBytes(of: UInt32(octets.count), as: UInt32.self)
        unsafe (base + used + 4).copyMemory(from: octets, byteCount: octets.count)
        unsafe header.pointee.maps_used = UInt32(used + 4 + octets.count)
        return used + 4..<used + 4 + octets.count
    }

    private static func store(_ text: String, _ place: UnsafeMutableRawPointer, _ room: Int) {
        var octets = Array(text.utf8.prefix(room - 1))
        octets += [UInt8](repeating: 0, count: room - octets.count)
        unsafe place.copyMemory(from: octets, byteCount: room)
    }
}
