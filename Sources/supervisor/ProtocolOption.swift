/// The options of `-ptcpip`: their names and what may stand behind `=`.
///
/// Those that size QNX's own memory and pseudo-threads are read and checked, so that a start script keeps working, and
/// have no effect here: packets live in packet memory, and requests need no threads.
struct ProtocolOption {
    enum Value: Equatable {
        /// Present or absent; `=0` and `=1` are allowed.
        case flag
        /// A number, perhaps with K or M behind it.
        case number(ClosedRange<Int>)
        /// A power of two in the range.
        case power(ClosedRange<Int>)
        case text
        case choice([String])
        case prefix
        /// So many deaths in so many seconds.
        case budget
        /// A program's path, and its words between spaces.
        case command
    }

    let name: String
    let value: Value

    static let all: [ProtocolOption] = [
        .init(name: "prefix", value: .prefix),
        .init(name: "trace", value: .choice(["off", "events", "frames"])),
        .init(name: "trace_size", value: .power((64 << 10)...(256 << 20))),
        .init(name: "restart", value: .choice(RestartPolicy.Mode.allCases.map(\.rawValue))),
        .init(name: "restart_budget", value: .budget),
        .init(name: "restart_proven", value: .number(1...86_400)),
        .init(name: "on_crash", value: .command),
        .init(name: "guardian", value: .flag),
        .init(name: "hang", value: .number(10...60_000)),
        .init(name: "hang_kill", value: .number(0...600_000)),
        .init(name: "recover", value: .flag),
        .init(name: "threads_min", value: .number(1...10_000)),
        .init(name: "threads_max", value: .number(1...10_000)),
        .init(name: "threads_incr", value: .number(1...10_000)),
        .init(name: "stacksize", value: .number(1024...(64 << 20))),
        .init(name: "bigstack", value: .number(1024...(64 << 20))),
        .init(name: "stackguard", value: .flag),
        .init(name: "recv_ctxt", value: .number((4 << 10)...(512 << 10))),
        .init(name: "reply_ctxt", value: .number(32...512)),
        .init(name: "mclbytes", value: .power(256...(16 << 10))),
        .init(name: "pagesize", value: .number(4096...(64 << 20))),
        .init(name: "mbuf_cache", value: .number(0...1_000_000)),
        .init(name: "pkt_cache", value: .number(0...1_000_000)),
        .init(name: "mtag_cache", value: .number(0...1_000_000)),
        .init(name: "rx_prio", value: .number(1...255)),
        .init(name: "rx_pulse_prio", value: .number(1...255)),
        .init(name: "timer_pulse_prio", value: .number(1...255)),
        .init(name: "forward", value: .flag),
        .init(name: "forward6", value: .flag),
        .init(name: "fastforward", value: .flag),
        .init(name: "ipsec", value: .flag),
        .init(name: "nocryptodev", value: .flag),
        .init(name: "random", value: .flag),
        .init(name: "arp_probe", value: .flag),
        .init(name: "seed", value: .number(0...Int.max)),
        .init(name: "somaxconn", value: .number(1...65535)),
        .init(name: "reuseport_unicast", value: .flag),
        .init(name: "pkt_typed_mem", value: .text),
        .init(name: "num_tap_interface", value: .number(0...256)),
        .init(name: "num_tun_control_interface", value: .number(0...256)),
        .init(name: "so_txprio_enable", value: .flag),
        .init(name: "confstr_monitor", value: .flag),
        .init(name: "cache", value: .flag),
    ]

    static func named(_ name: String) -> ProtocolOption? { all.first { $0.name == name } }

    /// What is kept for the words behind `=` (nil: there was no `=`); nil when they are not allowed.
    func accept(_ text: String?) -> String? {
        switch value {
        case .flag: text == nil || text == "1" ? "1" : text == "0" ? "0" : nil
        case .text: text.flatMap { $0.isEmpty ? nil : $0 }
        case .choice(let words): text.flatMap { words.contains($0) ? $0 : nil }
        case .prefix: text
        case .command: text.flatMap { $0.hasPrefix("/") ? $0 : nil }
        case .budget: text.flatMap { RestartPolicy.Budget($0) == nil ? nil : $0 }
        case .number(let range): text.flatMap(Self.number).flatMap { range.contains($0) ? String($0) : nil }
        case .power(let range):
            text.flatMap(Self.number).flatMap { range.contains($0) && $0 & ($0 - 1) == 0 ? String($0) : nil }
        }
    }

    /// What is allowed, in words.
    var allowed: String {
        switch value {
        case .flag: "\(name), \(name)=0 or \(name)=1"
        case .text: "\(name)=TEXT"
        case .choice(let words): "\(name)=" + words.joined(separator: ", ")
        case .prefix: "\(name)=/NAME"
        case .command: "\(name)=/PATH of a program, with its words between spaces"
        case .budget: "\(name)=DEATHS/SECONDS, as in \(name)=5/60"
        case .number(let range): "\(name)=\(range.lowerBound) to \(range.upperBound)"
        case .power(let range): "\(name)=a power of two from \(range.lowerBound) to \(range.upperBound)"
        }
    }

    /// `128K`, `2m`, `4096`; nil for what is no number or too large for one.
    static func number(_ text: String) -> Int? {
        let scales: [Character: Int] = ["k": 1 << 10, "K": 1 << 10, "m": 1 << 20, "M": 1 << 20]
        guard let last = text.last else { return nil }
        let scale = scales[last]
        let digits = scale == nil ? text[...] : text.dropLast()
        guard digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let value = Int(digits) else { return nil }
        let (product, overflow) = value.multipliedReportingOverflow(by: scale ?? 1)
        return overflow ? nil : product
    }
}
