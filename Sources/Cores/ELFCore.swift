internal import CLinux

/// Octets of an ELF file of type core: its headers and notes, in this machine's order.
///
/// - Source: System V ABI, "ELF Header", "Program Header", "Note Section"; elf(5).
package struct ELFCore: Sendable {
    static let headerOctets = 64, programHeaderOctets = 56
    /// More program headers than the header can count are not written; the kernel allows a process hardly more mappings.
    package static let mostSegments = 0xfffe

    /// The notes, one behind the other.
    package private(set) var notes: [UInt8] = []

    package init() {}

    /// Adds a note: owner, type and contents, each padded to four octets.
    package mutating func add(_ type: UInt32, owner: String = "CORE", _ contents: [UInt8]) {
        let name = Array(owner.utf8) + [0]
        append(UInt32(name.count))
        append(UInt32(contents.count))
        append(type)
        pad(name)
        pad(contents)
    }

    private mutating func pad(_ octets: [UInt8]) {
        notes += octets
        notes += [UInt8](repeating: 0, count: (4 - octets.count & 3) & 3)
    }

    private mutating func append<Number: FixedWidthInteger>(_ number: Number) { notes += number.octets }

    /// The files that are mapped: which, where, and from which page of them. NT_FILE.
    package static func files(_ mappings: [Mapping], naming: (Mapping) -> String?) -> [UInt8] {
        let named = mappings.compactMap { mapping in naming(mapping).map { (mapping, $0) } }
        var octets = UInt64(named.count).octets + PageMap.pageOctets.octets
        for (mapping, _) in named {
            octets += mapping.range.lowerBound.octets + mapping.range.upperBound.octets + (mapping.offset / PageMap.pageOctets).octets
        }
        for (_, name) in named { octets += Array(name.utf8) + [0] }
        return octets
    }

    /// Octets before the memory, for so many segments.
    package func headOctets(segments: Int) -> UInt64 {
        UInt64(Self.headerOctets + Self.programHeaderOctets * (segments + 1) + notes.count)
    }

    /// Everything before the memory.
    package func head(_ plan: CorePlan) -> [UInt8] {
        let machine = UInt16(clinux_core_machine()), count = plan.segments.count + 1
        var octets: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0] + [UInt8](repeating: 0, count: 8)
        octets += UInt16(4).octets + machine.octets + UInt32(1).octets
        octets += UInt64(0).octets + UInt64(Self.headerOctets).octets + UInt64(0).octets + UInt32(0).octets
        octets += UInt16(Self.headerOctets).octets + UInt16(Self.programHeaderOctets).octets + UInt16(count).octets
        octets += UInt16(0).octets + UInt16(0).octets + UInt16(0).octets
        octets += programHeader(
            type: 4, flags: 0, offset: UInt64(Self.headerOctets + Self.programHeaderOctets * count), address: 0,
            stored: UInt64(notes.count), octets: 0, alignment: 4)
        for segment in plan.segments {
            let mapping = segment.mapping
            let flags: UInt32 = (mapping.isReadable ? 4 : 0) | (mapping.isWritable ? 2 : 0) | (mapping.isExecutable ? 1 : 0)
            octets += programHeader(
                type: 1, flags: flags, offset: segment.offset, address: mapping.range.lowerBound, stored: segment.stored,
                octets: mapping.octets, alignment: PageMap.pageOctets)
        }
        return octets + notes
    }

    private func programHeader(
        type: UInt32, flags: UInt32, offset: UInt64, address: UInt64, stored: UInt64, octets: UInt64, alignment: UInt64
    ) -> [UInt8] {
        type.octets + flags.octets + offset.octets + address.octets + UInt64(0).octets + stored.octets + octets.octets + alignment.octets
    }
}

extension FixedWidthInteger {
    /// Low octet first, as both machines that we know have it.
    var octets: [UInt8] { (0..<Self.bitWidth / 8).map { UInt8(truncatingIfNeeded: self >> ($0 * 8)) } }
}
