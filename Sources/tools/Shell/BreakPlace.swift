internal import CDriver
internal import Messages
internal import Recorder
internal import Shell
internal import Symbols

/// A place that is waited for: a function, a register of a device, or memory.
struct BreakPlace {
    /// As it was written.
    let name: String
    /// Of a register: where its accesses pass. Driver's reads pass `load`, its writes `store`.
    private(set) var register: (path: RegisterPath, load: UInt64, store: UInt64)?
    var point: Breakpoint

    /// Octets of memory that are watched where the variable's type does not say it.
    private static let usualOctets = 4

    /// What is wished for, without its times.
    init(_ wish: BreakWish, _ session: ShellSession) throws(ShellError) {
        try self.init(wish.place, wish.access, session)
        if let condition = wish.condition { try add(condition, wish.access, session) }
    }

    private init(_ text: String, _ access: BreakWish.Access?, _ session: ShellSession) throws(ShellError) {
        name = text
        point = Breakpoint(0, milliseconds: 0, standing: 0, goesOn: false)
        let parts = text.split(separator: ".").map(String.init)
        let interface = parts.count == 2 ? session.target.shown.drivers.first { $0.interface == parts[0] } : nil
        let isDevice = parts.count == 2 && text.first?.isLetter == true ? try session.subject.devices()[parts[0]] != nil : false
        if isDevice {
            let path = try RegisterPath(text, session.subject.devices())
            guard let interface else { throw .refused("\(path.interface)'s driver is in a process of its own; breakpoints are for drivers in the stack's own") }
            let services = Services(interface.services, session)
            register = (path, services.load, services.store)
            guard let host = services.host, services.load != 0, services.store != 0 else { throw .refused("\(path.interface)'s table of services cannot be read") }
            (point.address, point.other) = access == .write ? (services.store, nil) : access == .read ? (services.load, nil) : (services.load, services.store)
            point.filters = [
                .init(argument: 0, value: host, isNarrow: false), .init(argument: 2, value: UInt64(path.offset), isNarrow: true),
            ]
        } else if let access {
            (point.address, point.octets) = (try session.number(text), Self.octets(text, session))
            guard access == .write else { throw .refused("memory is waited for when it is written: break \(text) write") }
            point.kind = .write
        } else {
            if let symbol = session.target.symbol(text) { point.address = symbol.address } else { point.address = try session.number(text) }
            guard session.target.images.image(at: point.address) != nil else {
                throw .refused("0x\(Number.hexadecimal(point.address)) is no code; for memory: break \(text) write")
            }
        }
    }

    /// How many octets the variable has that `&NAME` is the address of.
    private static func octets(_ text: String, _ session: ShellSession) -> Int {
        guard text.hasPrefix("&"), let size = try? session.number("sizeof(\(text.dropFirst()))"), [1, 2, 4, 8].contains(size) else { return usualOctets }
        return Int(size)
    }

    private mutating func add(_ condition: (left: String, right: String), _ access: BreakWish.Access?, _ session: ShellSession) throws(ShellError) {
        guard point.kind == .run else { throw .badOperand("memory is waited for without a condition") }
        guard register == nil || access == .write else { throw .badOperand("only what is written has a value beforehand: break \(name) write if value == 5") }
        let argument = try BreakWish.argument(condition.left, value: register == nil ? nil : 4)
        point.filters.append(.init(argument: argument, value: try session.number(condition.right), isNarrow: register != nil))
    }

    /// What a pass means.
    func event(_ pass: BreakpointFeed.Pass) -> (access: String?, value: UInt64?) {
        guard let register else { return point.kind == .run ? (nil, nil) : ("write", nil) }
        return pass.address == register.store ? ("write", pass.arguments[4] & 0xffff_ffff) : ("read", nil)
    }

    /// An address of code by its function and source line.
    static func code(_ address: UInt64, _ session: ShellSession) -> String {
        let images = session.target.images
        let near = images.symbol(at: address).map { $0.name + ($0.offset > 0 ? " + 0x\(Number.hexadecimal($0.offset))" : "") }
        return (near ?? "0x\(Number.hexadecimal(address))") + (images.line(address).map { " (\($0))" } ?? "")
    }

    /// One line of it.
    func text(_ pass: BreakpointFeed.Pass, _ session: ShellSession) -> String {
        let (access, value) = event(pass)
        guard let register, let access else {
            return "thread \(pass.thread) \(access == nil ? "is at" : "has written \(name), at") \(Self.code(pass.address, session))"
        }
        let registers = (try? session.subject.devices()[register.path.interface])?.registers
        let fields = registers?.find(region: register.path.region, offset: register.path.offset)?.register.fields ?? []
        let parts = value.map { whole in " 0x\(Number.hexadecimal(whole, digits: 8))" + fields.map { " \($0.name)=\($0.value(in: whole))" }.joined() } ?? ""
        return "thread \(pass.thread) is about to \(access) \(register.path.register)\(parts)"
    }

    /// Who called the function that a thread is at the entry of, as `tt` has it; nil: it is at no entry.
    func caller(_ pass: BreakpointFeed.Pass, _ session: ShellSession) -> String? {
        let images = session.target.images
        guard point.kind == .run, register != nil || images.symbol(at: pass.address)?.offset == 0 else { return nil }
        guard let back = Self.word(pass.stack, session), images.image(at: back) != nil, let near = images.symbol(at: back) else { return nil }
        return "0x\(Number.hexadecimal(back, digits: 12))  \(near.name)" + (images.line(back &- 1).flatMap { $0.hasSuffix(":0") ? nil : $0 }.map { "  (\($0))" } ?? "")
    }

    /// Eight octets of the stack's memory; nil: they are not mapped.
    static func word(_ address: UInt64, _ session: ShellSession) -> UInt64? {
        Octets(session.target.memory.read(address, 8)).long(0)
    }

    /// A driver's table of services, as it lies in the stack's memory.
    private struct Services {
        let host: UInt64?, load: UInt64, store: UInt64

        init(_ address: UInt64, _ session: ShellSession) {
            func word(_ offset: Int?) -> UInt64? { offset.flatMap { BreakPlace.word(address &+ UInt64($0), session) } }
            host = unsafe word(MemoryLayout<drydock_services>.offset(of: \.host))
            load = unsafe word(MemoryLayout<drydock_services>.offset(of: \.load)) ?? 0
            store = unsafe word(MemoryLayout<drydock_services>.offset(of: \.store)) ?? 0
        }
    }
}
