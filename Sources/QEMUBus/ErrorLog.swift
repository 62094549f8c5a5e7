import Host
import NICModels

/// What QEMU writes to its standard error: guest errors become violations, the rest explains why it ended.
///
/// QEMU names every four octets of a stray access; neighbours are merged into one violation.
final class ErrorLog {
    /// Violations told in one go; the rest is counted, so that a flood cannot hold up the process.
    static let mostAtOnce = 32

    private let pipe: FileDescriptor
    private var reader = LineReader(capacity: 1 << 14)
    private var run: StrayAccess?
    private var told = 0
    /// Stray accesses beyond `mostAtOnce`, not told.
    private(set) var untold: UInt64 = 0
    /// The last thing that QEMU said that was no guest error.
    private(set) var lastWords = ""

    init(pipe: consuming FileDescriptor) { self.pipe = pipe }

    var descriptor: Int32 { pipe.raw }

    /// Takes in what there is and tells `body` of each violation; never waits.
    func drain(_ body: (Violation) -> Void) {
        told = 0
        repeat {
            while let line = reader.next() { take(line, body) }
        } while told < Self.mostAtOnce && reader.fill(from: pipe.raw) == .octets
        tell(body)
    }

    private func take(_ line: ArraySlice<UInt8>, _ body: (Violation) -> Void) {
        guard let access = StrayAccess(line) else {
            let words = String(decoding: line.prefix(300), as: UTF8.self)
            // What the VT-d unit adds to a fault that QEMU names anyway.
            if !words.contains("vtd_") && !words.contains("fault is not recorded") { lastWords = words }
            return
        }
        if run?.extend(by: access) == true { return }
        tell(body)
        run = access
    }

    private func tell(_ body: (Violation) -> Void) {
        guard let access = run else { return }
        run = nil
        if told < Self.mostAtOnce { body(access.violation) } else { untold += 1 }
        told += 1
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

    var violation: Violation {
        Violation(
            rule: .strayDMA, subject: isRead ? "DMA read" : "DMA write", value: address, section: "PCI 2.3 §3.3.3.1",
            text: "the device \(isRead ? "read" : "wrote") \(octets) octets at 0x\(String(address, radix: 16)), which no mapping covers; "
                + "give it device addresses from the mapping, and unmap only when it is done")
    }
}
