import Shell
import Symbols

/// A few octets of memory at 0x10000, with names and types; what it is asked to run it only notes.
struct FakeTarget: Target {
    static let base: UInt64 = 0x10000
    var memory = [UInt8](repeating: 0, count: 0x1000)
    var used: UInt64 = 0x800
    var symbols: [TargetSymbol] = []
    var types: [String: CType] = [:]
    var calls: [[Argument]] = []
    var called: [UInt64] = []
    var returned = Returned(0)
    var isReadOnly = false

    private func range(_ address: UInt64, _ octets: Int) throws(ShellError) -> Range<Int> {
        guard address >= Self.base, octets >= 0, octets <= memory.count, address - Self.base <= UInt64(memory.count - octets) else {
            throw .notMapped(address, octets: octets)
        }
        return Int(address - Self.base)..<Int(address - Self.base) + octets
    }

    mutating func read(_ address: UInt64, _ octets: Int) throws(ShellError) -> [UInt8] { Array(memory[try range(address, octets)]) }

    mutating func write(_ address: UInt64, _ octets: [UInt8]) throws(ShellError) {
        let range = try range(address, octets.count)
        guard !isReadOnly else { throw .notWritable(address) }
        memory.replaceSubrange(range, with: octets)
    }

    mutating func place(_ octets: [UInt8]) throws(ShellError) -> UInt64 {
        let address = Self.base + used
        guard used + UInt64(octets.count) <= 0x1000 else { throw .refused("there is no memory left for strings") }
        used += (UInt64(octets.count) + 7) & ~7
        try write(address, octets)
        return address
    }

    mutating func call(_ function: UInt64, _ arguments: [Argument]) throws(ShellError) -> Returned {
        called.append(function)
        calls.append(arguments)
        return returned
    }

    func symbol(_ name: String) -> TargetSymbol? { symbols.first { $0.name == name } }
    func symbol(at address: UInt64) -> (name: String, offset: UInt64)? {
        symbols.filter { $0.address <= address }.max { $0.address < $1.address }.map { ($0.name, address - $0.address) }
    }
    func type(_ tag: String?, _ name: String) -> CType? { types[(tag.map { $0 + " " } ?? "") + name] }
    var symbolNames: [String] { symbols.map(\.name) }
    var typeNames: [String] { types.keys.sorted() }

    /// A ring with a bitfield, a list, a union, an enumeration, and functions of each kind.
    static func board() -> FakeTarget {
        var board = FakeTarget()
        let mode = CType.enumeration(.init(name: "mode", scalar: .init("unsigned int", 4, .unsigned), cases: [.init("OFF", 0), .init("RX", 1), .init("TX", 2)]))
        let word = CType.named("uint32_t", .unsigned)
        let half = CType.scalar(.init("unsigned short", 2, .unsigned))
        let both = CType.aggregate(Aggregate(.union, name: nil, octets: 4) { [.init("word", word, octet: 0), .init("halves", .array(half, count: 2), octet: 0)] })
        final class Hold { var type: CType = .void }
        let hold = Hold()
        let ring = Aggregate(.structure, name: "ring", octets: 48) {
            [
                .init("head", word, octet: 0), .init("tail", half, octet: 4), .init("owned", .unsigned, octet: 6, bits: .init(low: 1, count: 3)),
                .init("level", .int, octet: 6, bits: .init(low: 4, count: 3)), .init("mode", mode, octet: 8), .init(nil, both, octet: 12),
                .init("name", .array(.char, count: 8), octet: 16), .init("next", .pointer(hold.type), octet: 24), .init("label", .pointer(.char), octet: 32),
                .init("gain", .double, octet: 40),
            ]
        }
        hold.type = .aggregate(ring)
        board.types = ["struct ring": hold.type, "enum mode": mode, "ring_t": .named("ring_t", hold.type)]
        func function(_ result: CType, _ parameters: [CType], takesMore: Bool = false) -> CType {
            .function(.init(result: result, parameters: parameters.map { .init(nil, $0) }, takesMore: takesMore))
        }
        board.symbols = [
            .init("rx", 0x10100, type: hold.type), .init("debug", 0x10200, type: .int), .init("small", 0x10204, octets: 1), .init("table", 0x10210, type: .array(.int, count: 4)),
            .init("ratio", 0x10230, type: .float), .init("plain", 0x10240, octets: 4), .init("wide", 0x10248, type: .long), .init("where", 0x10250, type: .pointer(.int)),
            .init("flag", 0x10258, type: .bool), .init("octet", 0x1025a, type: .scalar(.init("unsigned char", 1, .unsigned))),
            .init("poll", 0x20000, type: function(.int, [.pointer(hold.type), .int])), .init("show", 0x20100, octets: 16, isFunction: true),
            .init("half", 0x20200, type: function(.double, [.double])), .init("quiet", 0x20300, type: function(.void, [])),
            .init("log", 0x20400, type: function(.int, [.pointer(.char)], takesMore: true)),
        ]
        return board
    }
}

extension Interpreter {
    /// The answer in one piece, an error in its words.
    mutating func say(_ line: String) -> String {
        let answer = answer(line)
        return (answer.lines + (answer.error.map { [$0.line] } ?? [])).joined(separator: "\n")
    }
}
