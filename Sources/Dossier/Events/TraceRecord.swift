package import Recorder

/// One event of a flight recorder with its names: what `drydock trace` prints as a line, and as JSON.
package struct TraceRecord: Codable, Equatable, Sendable {
    /// What `--kind` selects.
    package enum Kind: String, Codable, CaseIterable, Sendable {
        case register, config, dma, buffers, irq, callout, frame, link, log, note, violation, delay, device
    }

    package struct Field: Codable, Equatable, Sendable {
        package var name: String
        package var value: UInt64
        /// Before; nil: not known.
        package var was: UInt64?
    }

    package var number: UInt64
    /// Nanoseconds of the monotonic clock, and since 1970.
    package var time: UInt64, calendar: UInt64
    package var interface: String
    package var kind: Kind
    /// `store`, `allocate`, `provide_transmit`, `sent`, …
    package var action: String
    /// The register.
    package var register: String?
    /// Octets; of an access.
    package var region: UInt8?, offset: UInt32?, width: UInt8?
    package var value: UInt64?
    /// Fields that changed since the register was last seen; those that are not zero when it never was.
    package var fields: [Field]?
    /// Of DMA memory.
    package var address: UInt64?, length: UInt64?, handle: UInt32?
    package var count: Int?, offered: Int?
    /// The slot of packet memory.
    package var slot: UInt32?
    package var argument: UInt32?, result: Int64?
    /// Nanoseconds.
    package var duration: UInt64?
    /// Why a frame was lost.
    package var loss: String?
    package var vlan: UInt16?
    /// The frame's first octets, in hexadecimal.
    package var octets: String?
    package var megabits: UInt32?, flags: UInt32?
    package var text: String?
    /// The NIC in whose own recorder it stands; nil: in the stack's.
    package var nic: String?
    /// The driver's process in whose own recorder it stands; nil: in the stack's.
    package var process: Int32?

    /// Whose recorder it stands in, where that is not the stack's.
    package var apart: String? { nic.map { "NIC \($0)" } ?? process.map { "driver's process \($0)" } }

    /// The frame's first octets; empty: none were kept.
    package var frameOctets: [UInt8] { Self.octets(octets ?? "") }

    /// Pairs of hexadecimal digits.
    package static func octets(_ text: String) -> [UInt8] {
        let digits = text.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue.map { UInt8($0) } }
        return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    package init(_ event: RecordedEvent, interface: String, kind: Kind, action: String) {
        (number, time, calendar) = (event.number, event.time, event.calendar)
        (self.interface, self.kind, self.action) = (interface, kind, action)
    }
}

/// Gives events their names, in the order in which they happened: what a register was before, which device has a slot.
package struct TraceNaming {
    private var devices: [Int: RecordedDevice] = [:]
    private var values: [Int: [UInt64: UInt64]] = [:]
    private let callout: (UInt8) -> String
    /// Devices seen so far, by interface: for those who name a register or an interface.
    package private(set) var known: [String: RecordedDevice] = [:]

    /// - Parameter reader: of the events that will be named.
    package init(_ reader: RecorderReader) {
        var names: [UInt8: String] = [:]
        for number in UInt8(0)..<32 { names[number] = reader.callout(number) }
        callout = { names[$0] ?? "callout \($0)" }
        for device in reader.devices {
            devices[device.slot] = device
            known[device.interface] = device
        }
    }

    package mutating func name(_ event: RecordedEvent) -> TraceRecord {
        if case .attached(let device) = event.body {
            devices[device.slot] = device
            known[device.interface] = device
            values[device.slot] = [:]
        }
        let device = event.slot.flatMap { devices[$0] }.flatMap { $0.since <= event.number ? $0 : nil }
        let interface = device?.interface ?? event.slot.map { "slot\($0)" } ?? ""
        func record(_ kind: TraceRecord.Kind, _ action: String) -> TraceRecord {
            TraceRecord(event, interface: interface, kind: kind, action: action)
        }
        switch event.body {
        case .access(let access): return self.access(access, record(access.region == nil ? .config : .register, access.isStore ? "store" : "load"), device)
        case .memory(let action, let address, let length, let handle): return Self.memory(record(.dma, "\(action)"), address, length, handle)
        case .handOver(let number, let count, let offered, let first, let duration):
            var record = record(.buffers, callout(number))
            (record.count, record.offered, record.slot, record.duration) = (count, offered > 0 ? offered : nil, count > 0 ? first : nil, duration)
            return record
        case .interrupt(let vector):
            var record = record(.irq, "interrupt")
            record.argument = UInt32(vector)
            return record
        case .callout(let number, let argument, let result, let duration):
            var record = record(.callout, callout(number))
            (record.argument, record.result, record.duration) = (argument, result, duration)
            return record
        case .frame(let frame): return Self.frame(frame, record(.frame, "\(frame.direction)"))
        case .link(let megabits, let flags):
            var record = record(.link, flags & 4 != 0 ? "up" : "down")
            (record.megabits, record.flags) = (megabits, flags)
            return record
        case .text(let kind, let severity, let text): return Self.text(record(Self.kind(kind), Self.action(kind, severity)), text)
        case .delay(let microseconds):
            var record = record(.delay, "delay")
            record.duration = UInt64(microseconds) * 1000
            return record
        case .interruptMode(let kind, let asked, let granted):
            var record = record(.device, "interrupts \(kind == 0 ? "INTx" : kind == 1 ? "MSI" : kind == 2 ? "MSI-X" : "\(kind)")")
            (record.argument, record.result) = (asked, Int64(granted))
            return record
        case .reset(let result):
            var record = record(.device, "reset")
            record.result = Int64(result)
            return record
        case .attached(let device): return Self.text(record(.device, "attached"), "\(device.driver) to \(device.nic) (\(device.bus))")
        case .detached: return record(.device, "detached")
        case .unknown(let kind): return Self.text(record(.note, "damaged"), "an event of unknown kind \(kind)")
        }
    }

    private mutating func access(_ access: RecordedEvent.Access, _ empty: TraceRecord, _ device: RecordedDevice?) -> TraceRecord {
        var record = empty
        (record.region, record.offset, record.width, record.value) = (access.region, access.offset, access.width, access.value)
        guard let region = access.region else { return record }
        let registers = device?.registers ?? RegisterTable()
        record.register = registers.name(region: region, offset: access.offset)
        guard let found = registers.find(region: region, offset: access.offset)?.register else { return record }
        let key = UInt64(region) << 32 | UInt64(access.offset)
        let before = values[device?.slot ?? -1]?[key]
        values[device?.slot ?? -1, default: [:]][key] = access.value
        let fields = found.fields.compactMap { field -> TraceRecord.Field? in
            let (now, was) = (field.value(in: access.value), before.map { field.value(in: $0) })
            return was == now || was == nil && now == 0 ? nil : TraceRecord.Field(name: field.name, value: now, was: was)
        }
        if !fields.isEmpty { record.fields = fields }
        return record
    }

    private static func memory(_ empty: TraceRecord, _ address: UInt64, _ length: UInt64, _ handle: UInt32) -> TraceRecord {
        var record = empty
        (record.address, record.length, record.handle) = (address == .max ? nil : address, length, handle)
        if address == .max { record.text = "refused" }
        return record
    }

    private static func frame(_ frame: RecordedEvent.Frame, _ empty: TraceRecord) -> TraceRecord {
        var record = empty
        (record.length, record.slot, record.flags) = (UInt64(frame.length), frame.buffer, UInt32(frame.flags))
        if frame.loss != .none { record.loss = frame.loss.text }
        // DRYDOCK_BUFFER_VLAN
        if frame.flags & 0x40 != 0 { record.vlan = frame.vlan }
        record.octets = frame.octets.map { Figure.hexadecimal($0, digits: 2) }.joined()
        record.text = TraceFrame.summary(frame)
        return record
    }

    private static func text(_ empty: TraceRecord, _ text: String) -> TraceRecord {
        var record = empty
        record.text = text
        return record
    }

    private static func kind(_ kind: RecordedKind) -> TraceRecord.Kind {
        switch kind {
        case .violation: .violation
        case .note: .note
        case .failed: .device
        default: .log
        }
    }

    private static func action(_ kind: RecordedKind, _ severity: UInt8) -> String {
        let names = ["", "critical", "error", "warning", "notice", "info", "debug"]
        return kind == .failed ? "failed" : kind == .log && Int(severity) < names.count ? names[Int(severity)] : "\(kind)"
    }
}
