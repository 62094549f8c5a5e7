/// One event of a flight recorder, as a reader sees it.
public struct RecordedEvent: Sendable, Equatable {
    /// What a device's register or configuration space was asked.
    public struct Access: Sendable, Equatable {
        public var isStore: Bool
        /// nil: configuration space.
        public var region: UInt8?
        public var offset: UInt32
        /// Octets.
        public var width: UInt8
        public var value: UInt64
    }

    public enum MemoryAction: UInt8, Sendable { case map, unmap, allocate, free }

    public struct Frame: Sendable, Equatable {
        public var direction: RecordedDirection
        public var loss: RecordedLoss
        /// The slot of packet memory.
        public var buffer: UInt32
        /// Octets of the whole frame (of its first buffer where it has several).
        public var length: UInt16
        /// DRYDOCK_BUFFER_*.
        public var flags: UInt16
        public var vlan: UInt16
        /// At most `RecorderLayout.snap`.
        public var octets: [UInt8]
    }

    public enum Body: Sendable, Equatable {
        case access(Access)
        /// Device addresses; `address` is `UInt64.max` where it was refused.
        case memory(MemoryAction, address: UInt64, length: UInt64, handle: UInt32)
        /// Buffers given to the driver or taken back: how many were offered, how many went, the first one's slot.
        case handOver(callout: UInt8, count: Int, offered: Int, firstBuffer: UInt32, duration: UInt64)
        case interrupt(vector: Int)
        /// Ended, after `duration` nanoseconds. `argument`: the vector or timer; `result`: what it returned.
        case callout(UInt8, argument: UInt32, result: Int64, duration: UInt64)
        case frame(Frame)
        /// DRYDOCK_MEDIA_* flags.
        case link(megabits: UInt32, flags: UInt32)
        /// `severity` as `DRYDOCK_LOG_*`, of lines that have one.
        case text(RecordedKind, severity: UInt8, String)
        case delay(microseconds: UInt32)
        /// DRYDOCK_INTX …; vectors asked for, and granted or a negative errno.
        case interruptMode(kind: UInt8, asked: UInt32, granted: Int32)
        case reset(result: Int32)
        case attached(RecordedDevice)
        case detached
        case unknown(kind: UInt8)
    }

    /// Grows with every event; gaps are cells, not losses.
    public var number: UInt64
    /// Nanoseconds of the monotonic clock, and since 1970.
    public var time: UInt64, calendar: UInt64
    /// The device's slot; nil: none.
    public var slot: Int?
    public var body: Body

    public init(number: UInt64, time: UInt64, calendar: UInt64, slot: Int?, body: Body) {
        (self.number, self.time, self.calendar, self.slot, self.body) = (number, time, calendar, slot, body)
    }
}

extension RecordedEvent.Body {
    /// - Parameters:
    ///   - kind: the first cell's; with the cell's other parts.
    ///   - octets: of the cells behind it.
    init(
        kind: UInt8, detail: UInt8, count: UInt32, first: UInt64, second: UInt64, octets: ArraySlice<UInt8>, clock: RecorderClock
    ) {
        switch RecordedKind(rawValue: kind) {
        case .load, .store:
            self = .access(.init(
                isStore: kind == RecordedKind.store.rawValue, region: detail >> 4, offset: count, width: detail & 15, value: first))
        case .configLoad, .configStore:
            self = .access(.init(
                isStore: kind == RecordedKind.configStore.rawValue, region: nil, offset: count, width: detail & 15, value: first))
        case .map: self = .memory(.map, address: first, length: second, handle: count)
        case .unmap: self = .memory(.unmap, address: first, length: second, handle: count)
        case .allocate: self = .memory(.allocate, address: first, length: second, handle: count)
        case .free: self = .memory(.free, address: first, length: second, handle: count)
        case .handOver:
            self = .handOver(
                callout: detail, count: Int(count), offered: Int(first >> 32), firstBuffer: UInt32(truncatingIfNeeded: first),
                duration: clock.nanoseconds(second))
        case .interrupt: self = .interrupt(vector: Int(count))
        case .callout:
            self = .callout(detail, argument: count, result: Int64(bitPattern: first), duration: clock.nanoseconds(second))
        case .frame: self = Self.frame(detail, count, first, octets)
        case .link: self = .link(megabits: count, flags: UInt32(truncatingIfNeeded: first))
        case .log, .note, .violation, .failed:
            self = .text(RecordedKind(rawValue: kind) ?? .note, severity: detail, Self.text(octets.prefix(Int(count))))
        case .delay: self = .delay(microseconds: count)
        case .interruptMode: self = .interruptMode(kind: detail, asked: count, granted: Int32(truncatingIfNeeded: first))
        case .reset: self = .reset(result: Int32(truncatingIfNeeded: first))
        case .detached: self = .detached
        case .padding, .attached, nil: self = .unknown(kind: kind)
        }
    }

    private static func frame(_ detail: UInt8, _ count: UInt32, _ first: UInt64, _ octets: ArraySlice<UInt8>) -> Self {
        let length = UInt16(truncatingIfNeeded: count)
        return .frame(.init(
            direction: RecordedDirection(rawValue: detail & 1) ?? .received, loss: RecordedLoss(rawValue: detail >> 1) ?? .none,
            buffer: UInt32(truncatingIfNeeded: first), length: length, flags: UInt16(truncatingIfNeeded: count >> 16),
            vlan: UInt16(truncatingIfNeeded: first >> 32), octets: Array(octets.prefix(min(Int(length), RecorderLayout.snap)))))
    }

    /// One line, whatever was written there.
    private static func text(_ octets: ArraySlice<UInt8>) -> String {
        String(String(decoding: octets, as: UTF8.self).map { $0.isNewline || ($0.asciiValue.map { $0 < 0x20 || $0 == 0x7f } ?? false) ? " " : $0 })
    }
}
