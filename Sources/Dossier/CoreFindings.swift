internal import Host
internal import Messages
internal import Rings
internal import Symbols

/// What the core tells: stacks with names, what lay at the address, which files were mapped.
struct CoreFindings {
    private(set) var threads: Dossier.Part<[Dossier.ThreadStack]>
    private(set) var region = FaultFacts.Region.unknown
    private(set) var versions: [Dossier.Version] = []

    init(_ folder: CrashFolder, _ stone: Tombstone?, _ census: PacketCensus?, tool: LineTool?, time: Duration, texts: [String]) {
        threads = .missing("core is not in the folder")
        do throws(Missing) {
            let core = try CoreImage(folder.file(CrashFolder.core))
            var names = Symboliser(core, folder, texts: texts, tool: tool, time: time)
            // The thread that faulted comes first in a core.
            let faulting = core.threads.first
            threads = .known(names.stacks(core, faulting: faulting?.id))
            let notes = names.notes + (stone?.coreCut.map { ["the core is not whole, " + CrashFolder.printable($0)] } ?? [])
            if !notes.isEmpty { threads.note = notes.joined(separator: "; ") }
            versions = names.known.filter(\.isTold).map { .init($0.name, $0.told) }
            if let address = stone?.address { region = Self.region(address, core, faulting, census) }
        } catch { threads = .missing(stone?.isolated?.noCore.map { "there is no core: \(CrashFolder.printable($0))" } ?? Self.missing(folder, error)) }
    }

    private static func missing(_ folder: CrashFolder, _ error: Missing) -> String {
        FileSystem.exists(folder.file(CrashFolder.packedCore)) ? "the core is packed; unpack it: gzip -d core.gz" : error.why
    }

    private static func region(_ address: UInt64, _ core: CoreImage, _ thread: CoreImage.Thread?, _ census: PacketCensus?) -> FaultFacts.Region {
        if let mapping = core.mapping(at: address), mapping.path.contains("drydock-packets") {
            return packet(address - mapping.range.lowerBound &+ mapping.offset, census)
        }
        if let stack = thread?.stack, let segment = core.segment(at: stack), address < segment.address, segment.address - address <= 1 << 20 {
            return .belowStack(octets: segment.address - address)
        }
        guard let segment = core.segment(at: address) else { return .nothing }
        let name = core.mapping(at: address).map { Dossier.Frame.last($0.path) } ?? "memory"
        return segment.isReadable && !segment.isWritable ? .readOnly(name) : .mapped(name)
    }

    private static func packet(_ offset: UInt64, _ census: PacketCensus?) -> FaultFacts.Region {
        let layout = PacketMemoryLayout(), offset = Int(clamping: offset)
        let slot: Int
        if offset >= layout.smallStart, offset < layout.largeStart {
            slot = (offset - layout.smallStart) / PacketMemoryLayout.smallOctets
        } else if offset >= layout.largeStart, offset < layout.largeStart + layout.largeSlots * PacketMemoryLayout.largeOctets {
            slot = layout.smallSlots + (offset - layout.largeStart) / PacketMemoryLayout.largeOctets
        } else { return .packetMemory }
        return .packetSlot(UInt32(slot), owner: census?.owner(of: UInt32(slot)))
    }

    /// Whose doing it was: whether the driver's code is on the stack that died, where, and what it had called.
    ///
    /// A callout ran in any case; where the stack is not known, nothing is said.
    func blame(driver: String?) -> (isInDriver: Bool?, place: String?, function: String?, called: String?) {
        guard driver != nil, let frames = threads.value?.first(where: \.isFaulting)?.frames, !frames.isEmpty else { return (nil, nil, nil, nil) }
        guard let index = frames.firstIndex(where: \.isDriver) else { return (false, frames[0].place, frames[0].symbol, nil) }
        // An inlined library function tells less than the driver's function that holds it.
        let group = frames[index...].prefix { $0.isDriver }
        let own = group.first { $0.file.map { !Self.isKit($0) } ?? true } ?? frames[index]
        let called = index > 0 ? frames[0].symbol ?? frames[0].module : nil
        return (true, own.place, own.symbol, called)
    }

    private static func isKit(_ file: String) -> Bool { file.contains("/DriverKit/") || file.contains("/CDriver/") || file.hasSuffix(".h") }
}

extension Module {
    /// Whether a dossier's versions name it.
    var isTold: Bool { isDriver || name == "drydock" || name.hasPrefix("libc.so") || name.hasPrefix("libswiftCore") }

    var told: String {
        var words: [String] = []
        if let buildID { words.append("build id \(buildID)") }
        if let table { words.append(Figure.octets(table.size)) }
        if let file { words.append(file) }
        if let note, isDriver { words.append(note) }
        return words.isEmpty ? "no build id" : words.joined(separator: ", ")
    }
}
