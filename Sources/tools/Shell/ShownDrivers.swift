internal import CLinux
internal import Shell
internal import Symbols

/// The drivers of a process as `drydock_shown` has them: the variables and methods that each describes, found without its help.
///
/// Nothing that is read there is believed: counts are cut, texts have an end.
struct ShownDrivers {
    struct Driver {
        var interface: String
        var instance: UInt64
        /// The table of services that it was given.
        var services: UInt64
        var name: String
        var variables: [Variable], methods: [Method]
    }
    struct Variable { var name: String, help: String, offset: UInt32, octets: Int, isSigned: Bool, isWritable: Bool }
    struct Method { var name: String, help: String, address: UInt64 }

    static let symbol = "drydock_shown"
    static var parts: Int { Int(CLINUX_SHOWN_PARTS) }
    static var partOctets: Int { Int(CLINUX_SHOWN_PART) }
    private static let most = 256

    private(set) var drivers: [Driver] = []
    /// A part of the process's memory that is the shells' own; nil: the process is of another build.
    private(set) var scratch: UInt64?

    /// What the process says of its drivers, as it lies there.
    static func table(_ memory: any ShellMemory, at address: UInt64?) -> [UInt8] {
        address.map { memory.read($0, (Int(CLINUX_SHOWN_NAME) + 32) * Int(CLINUX_SHOWN_DRIVERS)) } ?? []
    }

    /// - Parameter only: the name of the one driver of a process that has no more.
    init(_ memory: any ShellMemory, at address: UInt64?, only: String? = nil) {
        guard let address else { return }
        let entry = Int(CLINUX_SHOWN_NAME) + 32, count = Int(CLINUX_SHOWN_DRIVERS)
        scratch = (address + UInt64(entry * count) + 15) & ~15
        let table = Octets(Self.table(memory, at: address))
        for place in 0..<count {
            guard let name = table.slice(place * entry, Int(CLINUX_SHOWN_NAME)), let instance = table.long(place * entry + 16), instance != 0,
                let contract = table.long(place * entry + 24), let description = table.long(place * entry + 32), let services = table.long(place * entry + 40)
            else { continue }
            let told = Octets(memory.read(description, 40))
            drivers.append(Driver(
                interface: only ?? Printable.line(name.octets.prefix { $0 != 0 }), instance: instance, services: services,
                name: Self.text(Octets(memory.read(contract + 8, 8)).long(0), memory),
                variables: Self.variables(told, memory), methods: Self.methods(told, memory)))
        }
    }

    private static func text(_ address: UInt64?, _ memory: any ShellMemory) -> String {
        address.map { Printable.line(memory.read($0, 256).prefix { $0 != 0 }) } ?? ""
    }

    private static func variables(_ told: Octets, _ memory: any ShellMemory) -> [Variable] {
        guard let address = told.long(8), let count = told.word(28) else { return [] }
        let list = Octets(memory.read(address, min(Int(count), most) * 24))
        return stride(from: 0, to: list.octets.count - 23, by: 24).compactMap { at in
            guard let offset = list.word(at + 16), [1, 2, 4, 8].contains(list.octets[at + 20]) else { return nil }
            return Variable(
                name: text(list.long(at), memory), help: text(list.long(at + 8), memory), offset: offset, octets: Int(list.octets[at + 20]),
                isSigned: list.octets[at + 21] == UInt8(ascii: "i"), isWritable: list.octets[at + 22] != 0)
        }
    }

    private static func methods(_ told: Octets, _ memory: any ShellMemory) -> [Method] {
        guard let address = told.long(16), let count = told.word(32) else { return [] }
        let list = Octets(memory.read(address, min(Int(count), most) * 24))
        return stride(from: 0, to: list.octets.count - 23, by: 24).compactMap { at in
            list.long(at + 16).map { Method(name: text(list.long(at), memory), help: text(list.long(at + 8), memory), address: $0) }
        }
    }
}

extension ShownDrivers.Driver {
    /// The interface as a name of C: a structure of what its driver lets be seen, where it lies.
    var symbol: TargetSymbol {
        let fields = variables.map { variable in
            let kind = (variable.isSigned ? "int" : "uint") + "\(variable.octets * 8)_t"
            return Aggregate.Field(
                variable.name, .scalar(.init(kind, variable.octets, variable.isSigned ? .signed : .unsigned)), octet: Int(variable.offset))
        }
        let end = fields.map { $0.octet + ($0.type.octets ?? 0) }.max() ?? 8
        return TargetSymbol(interface, instance, type: .aggregate(Aggregate(.structure, name: "\(name) \(interface)", octets: end) { fields }))
    }

    /// The variable at an address that its driver does not let be changed.
    func locked(_ address: UInt64, _ octets: Int) -> ShownDrivers.Variable? {
        variables.first { variable in
            let low = instance &+ UInt64(variable.offset)
            return !variable.isWritable && address < low + UInt64(variable.octets) && low < address &+ UInt64(octets)
        }
    }
}
