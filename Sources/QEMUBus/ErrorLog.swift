import Host
import NICModels

/// What QEMU writes to its standard error, sorted: stray accesses, other complaints about the driver, trace events, and
/// what it says before it runs or when it ends.
///
/// Reading and telling are two steps: the pipe is read also while an answer is waited for, or QEMU, which writes a line
/// for every four octets of a stray access, would stand still before it could answer.
final class ErrorLog {
    enum Entry: Equatable {
        case stray(StrayAccess)
        /// In QEMU's words, without its name.
        case complaint(String)
        case trace(String)
    }

    /// Entries kept between two tellings, mistakes and trace events; the rest is counted, so that a flood cannot hold up
    /// the process or fill its memory.
    static let mostMistakes = 32, mostTraces = 1024
    private static let longestLine = 300
    /// What the VT-d unit adds to a fault that QEMU names anyway: its own records, and that it interrupts nobody.
    private static let unitNoise = ["vtd_", "is not recorded", "is not generated", "interrupt conditions to be serviced"]

    private let pipe: FileDescriptor
    private let filter: TraceFilter
    private var reader = LineReader(capacity: 1 << 14)
    private var isOpen = true
    private var entries: [Entry] = []
    private var mistakes = 0, traces = 0
    /// Whether the last entry is a stray access that the next line may continue.
    private var canExtend = false
    /// Mistakes and trace events beyond what is kept, not told.
    private(set) var untold: UInt64 = 0, untoldTraces: UInt64 = 0
    /// The last thing that QEMU said that was no stray access and no trace event.
    private(set) var lastWords = ""
    /// From now on what is said is said of the driver.
    var isRunning = false

    init(pipe: consuming FileDescriptor, filter: TraceFilter = TraceFilter(patterns: [], region: "")) {
        self.pipe = pipe
        self.filter = filter
    }

    /// Readable when there is something; nil once QEMU has closed it.
    var descriptor: Int32? { isOpen ? pipe.raw : nil }

    /// Whether a stray access waits to be told.
    var hasStray: Bool { entries.contains { if case .stray = $0 { true } else { false } } }

    /// Takes in what there is; never waits. At most a mebibyte a call.
    func collect() {
        for _ in 0..<64 where isOpen {
            while let line = reader.next() { take(line) }
            switch reader.fill(from: pipe.raw) {
            case .octets: continue
            case .nothing: return
            case .closed: isOpen = false
            }
        }
        while let line = reader.next() { take(line) }
    }

    /// Collects, and tells `body` of each entry, oldest first.
    func drain(_ body: (Entry) -> Void) {
        collect()
        let ready = entries
        entries.removeAll(keepingCapacity: true)
        (mistakes, traces, canExtend) = (0, 0, false)
        for entry in ready { body(entry) }
    }

    private func take(_ line: ArraySlice<UInt8>) {
        if let access = StrayAccess(line) { return take(access) }
        let words = String(decoding: line.prefix(Self.longestLine), as: UTF8.self)
        switch filter.judge(words) {
        case .wanted(let text):
            guard traces < Self.mostTraces else { return untoldTraces += 1 }
            traces += 1
            append(.trace(text))
        case .unwanted: return
        case .none:
            guard !words.isEmpty, !Self.unitNoise.contains(where: { words.contains($0) }) else { return }
            lastWords = words
            if isRunning { complain(words) }
        }
    }

    private func complain(_ words: String) {
        guard mistakes < Self.mostMistakes else { return untold += 1 }
        mistakes += 1
        let name = "qemu-system-x86_64: "
        append(.complaint(words.hasPrefix(name) ? String(words.dropFirst(name.count)) : words))
    }

    private func take(_ access: StrayAccess) {
        if canExtend, case .stray(var run)? = entries.last, run.extend(by: access) {
            entries[entries.count - 1] = .stray(run)
            return
        }
        guard mistakes < Self.mostMistakes else { return untold += 1 }
        mistakes += 1
        append(.stray(access))
        canExtend = true
    }

    private func append(_ entry: Entry) {
        entries.append(entry)
        canExtend = false
    }
}

/// An access of the device to an address that no mapping covers.
struct StrayAccess: Equatable {
    var isRead: Bool
    var address: UInt64
    var octets: UInt64

    /// Reads `Invalid read at addr 0x7FFF0000, size 4, region '(null)', reason: rejected`; nil for any other line.
    init?(_ line: ArraySlice<UInt8>) {
        let reads = "Invalid read at addr 0x".utf8, writes = "Invalid write at addr 0x".utf8
        isRead = line.starts(with: reads)
        guard isRead || line.starts(with: writes) else { return nil }
        let rest = line.dropFirst(isRead ? reads.count : writes.count)
        let digits = rest.prefix { $0 != UInt8(ascii: ",") }
        let size = rest.dropFirst(digits.count + ", size ".utf8.count).prefix { $0 != UInt8(ascii: ",") }
        guard let address = number(digits, base: 16), let octets = number(size, base: 10) else { return nil }
        (self.address, self.octets) = (address, octets)
    }

    init(isRead: Bool, address: UInt64, octets: UInt64) {
        (self.isRead, self.address, self.octets) = (isRead, address, octets)
    }

    /// Takes `next` in when it continues this access.
    mutating func extend(by next: StrayAccess) -> Bool {
        guard next.isRead == isRead && next.address == address &+ octets else { return false }
        octets &+= next.octets
        return true
    }

    /// - Parameter why: what is known of the address.
    func violation(because why: String) -> Violation {
        Violation(
            rule: .strayDMA, subject: isRead ? "DMA read" : "DMA write", value: address, section: "PCI 2.3 §3.3.3.1",
            text: "the device \(isRead ? "read" : "wrote") \(octets) octets at 0x\(String(address, radix: 16)), which no mapping covers: \(why)")
    }
}
