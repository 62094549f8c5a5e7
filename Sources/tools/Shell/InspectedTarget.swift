internal import Shell
internal import Symbols

/// A process or a core, as expressions see it. Every change goes through here, and into the journal.
struct InspectedTarget: Target {
    /// Runs a function of the process; nil: there is nothing that could run.
    typealias Caller = (UInt64, [Argument]) throws(ShellError) -> Returned

    let memory: any ShellMemory
    let images: LoadedImages
    let journal = ShellJournal()
    let isReadOnly: Bool
    /// Of a process with one driver: what that is called.
    let only: String?
    let caller: Caller?
    /// The session's part of the process's scratch memory; nil: strings and new symbols lie on our side.
    private let part: Int?
    private let own = Own()
    private let kept = Kept()

    private final class Kept {
        var known: (table: [UInt8], generation: Int, drivers: ShownDrivers)?
    }

    /// Memory on our side, at addresses that no process has.
    private final class Own {
        static let base: UInt64 = 0x7fff_ff00_0000_0000, most = 1 << 20
        var octets: [UInt8] = []
        var used = 0
    }

    init(_ memory: any ShellMemory, _ images: LoadedImages, isReadOnly: Bool, only: String? = nil, part: Int? = nil, caller: Caller? = nil) {
        (self.memory, self.images, self.isReadOnly, self.only, self.caller) = (memory, images, isReadOnly, only, caller)
        self.part = isReadOnly ? nil : part
    }

    /// The drivers' own words, read again when others are there.
    var shown: ShownDrivers {
        let address = images.symbol(ShownDrivers.symbol)?.address, table = ShownDrivers.table(memory, at: address)
        if let known = kept.known, known.table == table, known.generation == memory.generation { return known.drivers }
        let drivers = ShownDrivers(memory, at: address, only: only)
        kept.known = (table, memory.generation, drivers)
        return drivers
    }

    // MARK: Memory

    private func own(_ address: UInt64, _ octets: Int) -> Range<Int>? {
        guard address >= Own.base, octets >= 0, address - Own.base <= UInt64(own.octets.count), Int(address - Own.base) + octets <= own.octets.count else { return nil }
        return Int(address - Own.base)..<Int(address - Own.base) + octets
    }

    mutating func read(_ address: UInt64, _ octets: Int) throws(ShellError) -> [UInt8] {
        if let range = own(address, octets) { return Array(own.octets[range]) }
        let got = octets <= 64 << 20 ? memory.read(address, octets) : []
        guard got.count == octets else { throw .notMapped(address, octets: octets) }
        return got
    }

    mutating func write(_ address: UInt64, _ octets: [UInt8]) throws(ShellError) {
        if let range = own(address, octets.count) { return own.octets.replaceSubrange(range, with: octets) }
        let old = try read(address, octets.count)
        guard !isReadOnly else { throw .refused("this session only looks (-r): 0x\(String(address, radix: 16)) stays as it is") }
        for driver in shown.drivers {
            guard let locked = driver.locked(address, octets.count) else { continue }
            throw .refused("\(driver.interface).\(locked.name) can be looked at, not changed: its driver says so")
        }
        try memory.write(octets, at: address)
        journal.note("memory", address, old, octets)
    }

    mutating func place(_ octets: [UInt8]) throws(ShellError) -> UInt64 {
        let start = own.used, size = (octets.count + 7) & ~7
        guard let part, let scratch = shown.scratch else {
            guard start + size <= Own.most else { throw .refused("there is no room left for strings and new symbols") }
            own.used += size
            own.octets += octets + [UInt8](repeating: 0, count: size - octets.count)
            return Own.base + UInt64(start)
        }
        guard start + size <= ShownDrivers.partOctets else { throw .refused("the session's \(ShownDrivers.partOctets) octets for strings and new symbols are used up; begin another") }
        own.used += size
        let address = scratch + UInt64(part % ShownDrivers.parts * ShownDrivers.partOctets + start)
        try memory.write(octets, at: address)
        return address
    }

    mutating func call(_ function: UInt64, _ arguments: [Argument]) throws(ShellError) -> Returned {
        guard !isReadOnly else { throw .refused("this session only looks (-r): nothing is called") }
        guard let caller else { throw .refused("what is dead calls nothing") }
        return try caller(function, arguments)
    }

    // MARK: Names

    func symbol(_ name: String) -> TargetSymbol? {
        // An interface's name has a digit at its end, and few other names have.
        if name.last?.isNumber == true, let driver = shown.drivers.first(where: { $0.interface == name }) { return driver.symbol }
        return images.symbol(name)
    }
    func symbol(at address: UInt64) -> (name: String, offset: UInt64)? {
        if let found = images.symbol(at: address) { return found }
        guard images.image(at: address) == nil else { return nil }
        for driver in shown.drivers {
            if driver.instance == address { return (driver.interface, 0) }
            let found = driver.variables.first { driver.instance &+ UInt64($0.offset) == address }
            if let found { return ("\(driver.interface).\(found.name)", 0) }
        }
        return nil
    }
    func type(_ tag: String?, _ name: String) -> CType? { images.type(tag, name) }
    var symbolNames: [String] { shown.drivers.map(\.interface) + images.symbolNames }
    var typeNames: [String] { images.typeNames }
}
