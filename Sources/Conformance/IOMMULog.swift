internal import CLinux
internal import Glibc
internal import Messages

/// What the kernel's log says of a card's DMA from now on: accesses outside its mappings, which the IOMMU refuses.
final class IOMMULog {
    /// -1: the log may not be read.
    private let log: Int32
    /// `02:00.0`, as Intel's units have it, and the end of `0000:02:00.0`, as AMD's have it.
    private let card: String
    private var found: [String] = []

    /// - Parameter card: its address, with or without a domain.
    init(card: some StringProtocol, file: String = "/dev/kmsg") {
        self.card = card.split(separator: ":").suffix(2).joined(separator: ":")
        log = unsafe clinux_open(file, O_RDONLY | O_NONBLOCK | O_CLOEXEC, 0)
        lseek(log, 0, SEEK_END)
    }

    deinit { if log >= 0 { close(log) } }

    var unjudged: String? {
        log < 0 ? "a card tells nobody what was done wrong, and the kernel's log may not be read"
            : "a card tells nobody what was done wrong; the IOMMU has refused it nothing"
    }

    var violations: [NICViolation] {
        read()
        guard let last = found.last else { return [] }
        return [NICViolation(rule: "dma", subject: "the IOMMU", section: "the kernel's log", text: last, value: 0, count: UInt64(found.count))]
    }

    /// A read gives one record: `priority,number,time,flags;text`. Kernel documentation: dev-kmsg.
    private func read() {
        guard log >= 0 else { return }
        var record = [UInt8](repeating: 0, count: 8192)
        for _ in 0..<100_000 {
            let count = unsafe Glibc.read(log, &record, record.count)
            // Records that were written over before they were read are told so, once.
            if count < 0, errno == EPIPE { continue }
            guard count > 0 else { return }
            let text = String(decoding: record[..<count], as: UTF8.self)
            if let refusal = Self.refusal(in: text, card: card) { found.append(refusal) }
        }
    }

    /// The sentence of a record that tells of a refused access of `card`.
    static func refusal(in record: String, card: String) -> String? {
        guard let text = record.split(separator: ";", maxSplits: 1).last?.split(separator: "\n").first else { return nil }
        guard text.contains(card), text.hasPrefix("DMAR:") && text.contains("fault addr") || text.contains("IO_PAGE_FAULT") else { return nil }
        return String(text)
    }
}
