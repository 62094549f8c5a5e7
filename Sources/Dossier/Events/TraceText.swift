internal import Host
internal import Recorder

/// Lines of `drydock trace`.
package struct TraceText {
    package enum Clock: Equatable {
        /// Seconds since the first moment of the recorder.
        case since(UInt64)
        /// The time of day, UTC.
        case absolute
    }

    package let clock: Clock
    private var last: UInt64?

    package init(_ clock: Clock) { self.clock = clock }

    /// `    1.234567 +0.000003 em0   store TDT 0x00000005`
    package mutating func line(_ record: TraceRecord) -> String {
        let span = last.map { Int64(bitPattern: record.time &- $0) }
        last = record.time
        let delta = span.map { ($0 < 0 ? "-" : "+") + Self.seconds($0.magnitude, 6) } ?? ""
        return Figure.line([
            Figure.right(stamp(record), 12), Figure.right(delta, 10), Figure.left(record.interface, 6), Self.what(record),
        ])
    }

    private func stamp(_ record: TraceRecord) -> String {
        switch clock {
        case .since(let start): return Self.seconds(record.time &- min(start, record.time), 6)
        case .absolute:
            let day = record.calendar / 1000 % 86_400_000_000
            func two(_ value: UInt64) -> String { value < 10 ? "0\(value)" : "\(value)" }
            let seconds = day / 1_000_000
            return "\(two(seconds / 3600)):\(two(seconds / 60 % 60)):\(two(seconds % 60)).\(Self.padded(day % 1_000_000, 6))"
        }
    }

    package static func what(_ record: TraceRecord) -> String {
        switch record.kind {
        case .register, .config: access(record)
        case .dma: dma(record)
        case .buffers: buffers(record)
        case .irq: "interrupt vector \(record.argument ?? 0)"
        case .callout: callout(record)
        case .frame: frame(record)
        case .link: link(record)
        case .delay: "delay \(duration(record.duration ?? 0))"
        case .log, .note, .violation: "\(record.action): \(record.text ?? "")"
        case .device: device(record)
        }
    }

    private static func access(_ record: TraceRecord) -> String {
        let place = record.register ?? "config 0x\(Figure.hexadecimal(record.offset ?? 0, digits: 2))"
        let value = "0x" + Figure.hexadecimal(record.value ?? 0, digits: Int(record.width ?? 4) * 2)
        let fields = (record.fields ?? []).map { field in
            field.name + (field.was.map { " \(number($0))→\(number(field.value))" } ?? "=\(number(field.value))")
        }
        return Figure.left(record.action, 5) + " " + Figure.left(place, 10) + " " + value + (fields.isEmpty ? "" : "  " + fields.joined(separator: " "))
    }

    private static func number(_ value: UInt64) -> String { value < 10 ? "\(value)" : "0x" + Figure.hexadecimal(value) }

    private static func dma(_ record: TraceRecord) -> String {
        let place = record.address.map { "0x" + Figure.hexadecimal($0) } ?? "refused"
        let handle = record.action == "allocate" || record.action == "free" ? ", handle \(record.handle ?? 0)" : ""
        return "dma \(record.action) \(place), \(record.length ?? 0) octets\(handle)"
    }

    private static func buffers(_ record: TraceRecord) -> String {
        let of = record.offered.map { " of \($0)" } ?? ""
        return "\(record.action) \(record.count ?? 0)\(of) buffers\(record.slot.map { " from slot \($0)" } ?? ""), \(duration(record.duration ?? 0))"
    }

    private static func callout(_ record: TraceRecord) -> String {
        let result = record.result ?? 0, argument = record.argument ?? 0
        switch record.action {
        case "interrupt", "timer":
            let names = ["receive", "transmit", "link", "again", "foreign"].enumerated().filter { result >> Int64($0.offset) & 1 != 0 }.map(\.element)
            return "\(record.action)(\(argument)) = \(names.isEmpty ? "nothing" : names.joined(separator: "|")), \(duration(record.duration ?? 0))"
        default:
            let outcome = result < 0 ? "\(Errno(rawValue: Int32(truncatingIfNeeded: -result)))" : "\(result)"
            return "\(record.action) = \(outcome), \(duration(record.duration ?? 0))"
        }
    }

    private static func frame(_ record: TraceRecord) -> String {
        let tag = record.vlan.map { ", VLAN \($0 & 0xfff)" } ?? "", loss = record.loss.map { ", lost: \($0)" } ?? ""
        return "frame \(record.action) \(record.length ?? 0) octets, slot \(record.slot ?? 0)\(tag)\(loss)"
            + (record.text.map { $0.isEmpty ? "" : ": \($0)" } ?? "")
    }

    private static func link(_ record: TraceRecord) -> String {
        guard record.action == "up" else { return "link down" }
        return "link up" + ((record.megabits ?? 0) > 0 ? ", \(record.megabits ?? 0) Mb/s" : "") + ((record.flags ?? 0) & 1 != 0 ? " full duplex" : "")
    }

    private static func device(_ record: TraceRecord) -> String {
        let result = record.result.map { $0 < 0 ? " refused: \(Errno(rawValue: Int32(truncatingIfNeeded: -$0)))" : record.argument == nil ? " done" : ": \($0) of \(record.argument ?? 0) vectors" } ?? ""
        return record.action + result + (record.text.map { ": \($0)" } ?? "")
    }

    /// Nanoseconds, in the unit that fits.
    package static func duration(_ nanoseconds: UInt64) -> String {
        switch nanoseconds {
        case ..<10_000: "\(nanoseconds) ns"
        case ..<10_000_000: "\(Figure.fixed(Double(nanoseconds) / 1000, 1)) us"
        default: "\(Figure.fixed(Double(nanoseconds) / 1e6, 1)) ms"
        }
    }

    private static func seconds(_ nanoseconds: UInt64, _ places: Int) -> String {
        "\(nanoseconds / 1_000_000_000).\(padded(nanoseconds / 1000 % 1_000_000, places))"
    }

    private static func padded(_ value: UInt64, _ digits: Int) -> String {
        let text = "\(value)"
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}
