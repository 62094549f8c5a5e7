internal import Dossier
internal import Messages
internal import Recorder
internal import Shell

/// `ring`, `dma`, `irq`, `frame`: how buffers and interrupts pass between driver and device.
enum RingCommands {
    static var all: [ShellCommand] {
        [
            ShellCommand("ring", "interface[.rx|.tx] [all]", "the descriptors: owner, buffer, flags; H and T stand at head and tail") {
                (session, arguments) throws(ShellError) in try ring(session, arguments)
            },
            ShellCommand("dma", "interface", "memory that the device may reach, and what the driver allocated and mapped") {
                (session, arguments) throws(ShellError) in try memory(session, arguments)
            },
            ShellCommand("irq", "interface", "interrupts: how, how many, the last ones, and how long their callouts took") {
                (session, arguments) throws(ShellError) in try interrupts(session, arguments)
            },
            ShellCommand("frame", "slot", "the last frame that passed a slot of packet memory") { (session, arguments) throws(ShellError) in
                try frame(session, arguments)
            },
        ]
    }

    // MARK: ring

    private static func ring(_ session: ShellSession, _ arguments: ShellArguments) throws(ShellError) -> ShellAnswer {
        let word = try DeviceCommands.interface(session, arguments, "ring em0.rx")
        let parts = word.split(separator: ".", maxSplits: 1).map(String.init)
        let prefix = try parts.count < 2 ? "" : direction(parts[1])
        let look = try session.subject.look(parts[0], .rings(prefix))
        let rings = look.rings.filter { $0.name.hasPrefix(prefix) }
        guard !rings.isEmpty else { throw .refused("no ring is known of NIC \(look.nic)" + (look.notRead.isEmpty ? "" : ": \(look.notRead)")) }
        struct Told: Encodable { var ring: QuietReport.Ring, descriptors: [DescriptorText.Descriptor]? }
        var lines: [String] = [], data: [Told] = []
        for ring in rings {
            let tail = ring.tail.map { ", tail \($0)" } ?? ""
            lines.append("\(ring.name): at device address 0x\(Number.hexadecimal(ring.base)), length \(ring.length), head \(ring.head)\(tail)")
            let text = DescriptorText(ring)
            lines += text.map { $0.lines(all: arguments.words.contains("all")) } ?? ["  its descriptors are in no memory that the device may reach, or of a chip that is not known here"]
            data.append(Told(ring: ring, descriptors: text?.descriptors))
        }
        return ShellAnswer(lines, data: data)
    }

    private static func direction(_ word: String) throws(ShellError) -> String {
        switch word {
        case "rx", "receive": "receive"
        case "tx", "transmit": "transmit"
        default: throw .badOperand("\(word) is neither rx nor tx")
        }
    }

    // MARK: dma

    private static func memory(_ session: ShellSession, _ arguments: ShellArguments) throws(ShellError) -> ShellAnswer {
        let interface = try DeviceCommands.interface(session, arguments, "dma em0")
        struct Piece: Encodable, Equatable { var action: String, address: UInt64, octets: UInt64 }
        var pieces: [Piece] = []
        for record in try session.subject.past().records(of: [.map, .unmap, .allocate, .free]) where record.interface == interface {
            guard let address = record.address, let octets = record.length else { continue }
            switch record.action {
            case "allocate", "map": pieces.append(Piece(action: record.action, address: address, octets: octets))
            default: pieces.removeAll { $0.address == address && $0.action == (record.action == "free" ? "allocate" : "map") }
            }
        }
        var lines = pieces.map { "\($0.action == "map" ? "mapped   " : "allocated")  0x\(Number.hexadecimal($0.address, digits: 12))  \($0.octets) octets" }
        if lines.isEmpty { lines = ["the recorder knows of no memory that \(interface)'s driver has for its device"] }
        if let look = try? session.subject.look(interface, .nothing), !look.mappings.isEmpty {
            lines.append("NIC \(look.nic) reaches:")
            lines += look.mappings.map { "  0x\(Number.hexadecimal($0.deviceAddress, digits: 12))  \($0.octets) octets at 0x\(Number.hexadecimal($0.offset)) of packet memory" }
        }
        return ShellAnswer(lines, data: pieces)
    }

    // MARK: irq

    private static func interrupts(_ session: ShellSession, _ arguments: ShellArguments) throws(ShellError) -> ShellAnswer {
        let interface = try DeviceCommands.interface(session, arguments, "irq em0")
        let records = try session.subject.past().records(of: [.interrupt, .callout, .interruptMode]).filter { $0.interface == interface }
        struct Told: Encodable { var mode: String?, recorded: Int, calls: Int, median: UInt64?, longest: UInt64?, histogram: [String: Int] }
        let came = records.filter { $0.kind == .irq }, calls = records.filter { $0.kind == .callout && $0.action == "interrupt" }
        let spans = calls.compactMap(\.duration).sorted()
        let mode = records.last { $0.kind == .device && $0.action.hasPrefix("interrupts") }?.action
        var histogram: [String: Int] = [:]
        for span in spans { histogram[bucket(span), default: 0] += 1 }
        let told = Told(mode: mode, recorded: came.count, calls: calls.count, median: spans.isEmpty ? nil : spans[spans.count / 2], longest: spans.last, histogram: histogram)
        var lines = ["\(mode ?? "how it interrupts is not recorded any more"); \(came.count) interrupts recorded, \(calls.count) callouts"]
        if let look = try? session.subject.look(interface, .nothing), look.pid != nil, look.interrupts > 0 { lines.append("\(look.interrupts) interrupts by the NIC since it was claimed") }
        if let median = told.median, let longest = told.longest { lines.append("a callout takes \(span(median)) (median), \(span(longest)) (longest)") }
        lines += buckets.compactMap { name in histogram[name].map { "  \(Column.left(name, 9)) \(Column.right($0, 8))" } }
        return ShellAnswer(lines, data: told)
    }

    private static let buckets = ["< 1 us", "< 10 us", "< 100 us", "< 1 ms", "< 10 ms", "< 100 ms", ">= 100 ms"]
    private static func bucket(_ nanoseconds: UInt64) -> String {
        var index = 0, limit: UInt64 = 1_000
        while index < buckets.count - 1, nanoseconds >= limit { (index, limit) = (index + 1, limit * 10) }
        return buckets[index]
    }
    private static func span(_ nanoseconds: UInt64) -> String {
        nanoseconds < 1_000_000 ? "\(Number.fixed(Double(nanoseconds) / 1e3, 1)) us" : "\(Number.fixed(Double(nanoseconds) / 1e6, 1)) ms"
    }

    // MARK: frame

    private static func frame(_ session: ShellSession, _ arguments: ShellArguments) throws(ShellError) -> ShellAnswer {
        guard let first = arguments.list.first else { throw .badOperand("which slot of packet memory? as in: frame 17") }
        let slot = try session.number(first)
        guard let record = try session.subject.past().records(of: [.frame], where: { $0.isFrame(inSlot: slot) }).last else {
            throw .refused("the recorder knows of no frame in slot \(slot); drydock trace --kind frame names the slots")
        }
        var lines = ["slot \(slot): \(record.action) by \(record.interface), \(record.length ?? 0) octets" + (record.loss.map { ", lost: \($0)" } ?? "")]
        if let text = record.text { lines.append("    \(text)") }
        let octets = Array((record.octets ?? "").utf8)
        lines += stride(from: 0, to: octets.count, by: 32).map { "    " + String(decoding: octets[$0..<min($0 + 32, octets.count)], as: UTF8.self) }
        return ShellAnswer(lines, data: record)
    }
}

extension RecordedEvent {
    fileprivate func isFrame(inSlot slot: UInt64) -> Bool {
        if case .frame(let frame) = body { UInt64(frame.buffer) == slot } else { false }
    }
}
