internal import Host
internal import Symbols

/// Names for the addresses of all threads: the files are each looked into once, and never for longer than there is time.
package struct Symboliser {
    private var modules: [String: Module] = [:]
    private let folder: CrashFolder
    private let texts: [String]
    private let tool: LineTool?
    private let deadline: Deadline
    /// Addresses that were being executed, and not returned to.
    private let firsts: Set<UInt64>

    /// - Parameter time: for all of it.
    package init(_ core: CoreImage, _ folder: CrashFolder, texts: [String], time: Duration) { self.init(core, folder, texts: texts, tool: LineTool(), time: time) }

    init(_ core: CoreImage, _ folder: CrashFolder, texts: [String], tool: LineTool?, time: Duration) {
        (self.folder, self.texts, self.tool, deadline) = (folder, texts, tool, Deadline(in: time))
        firsts = Set(core.threads.map(\.instruction))
    }

    var known: [Module] { modules.values.sorted { $0.name < $1.name } }
    package var notes: [String] {
        let noTool = tool == nil ? ["llvm-symbolizer is not installed: there are no lines"] : []
        return noTool + known.filter(\.isDriver).compactMap(\.note)
    }

    private struct Spot {
        var step: StackWalk.Step, path: String?, offset: UInt64
    }

    package mutating func stacks(_ core: CoreImage, faulting: Int32?) -> [Dossier.ThreadStack] {
        var walks: [(id: Int32, spots: [Spot])] = []
        for thread in core.threads {
            var spots: [Spot] = []
            for step in StackWalk.steps(thread, in: core) { spots.append(spot(step, core)) }
            walks.append((thread.id, spots))
        }
        let lines = lines(walks.flatMap(\.spots))
        return walks.map { id, spots in
            Dossier.ThreadStack(
                thread: id, isFaulting: id == faulting, frames: spots.flatMap { frames($0, lines) },
                note: spots.count >= StackWalk.mostFrames ? "there are more frames" : spots.count == 1 ? "the chain of frames cannot be followed" : nil)
        }
    }

    private mutating func spot(_ step: StackWalk.Step, _ core: CoreImage) -> Spot {
        guard let mapping = core.mapping(at: step.address) else { return Spot(step: step, path: nil, offset: step.address) }
        let base = core.base(of: mapping)
        if modules[mapping.path] == nil { modules[mapping.path] = Module(mapping.path, image: core.memory(base, 4096), folder, texts: texts) }
        return Spot(step: step, path: mapping.path, offset: step.address &- base)
    }

    /// Offsets are looked up one octet before the address that is returned to: the call, not what follows it.
    private func lookup(_ spot: Spot) -> UInt64 { spot.offset > 0 && !firsts.contains(spot.step.address) ? spot.offset - 1 : spot.offset }

    private func lines(_ spots: [Spot]) -> [String: [UInt64: [LineTool.Line]]] {
        guard let tool else { return [:] }
        var all: [String: [UInt64: [LineTool.Line]]] = [:]
        let byPath = Dictionary(grouping: spots.filter { $0.path != nil }, by: { $0.path ?? "" })
        // Drivers first: theirs are the lines that matter, and their files are small.
        let order = byPath.keys.sorted { (modules[$0]?.table?.size ?? 0) < (modules[$1]?.table?.size ?? 0) }
        for path in order where !deadline.hasPassed {
            guard let file = modules[path]?.file, let spots = byPath[path] else { continue }
            let offsets = Array(Set(spots.map { lookup($0) })).sorted().prefix(400)
            all[path] = tool.lines(of: file, Array(offsets), time: .nanoseconds(Int64(min(deadline.left, 1 << 40))))
        }
        return all
    }

    private func frames(_ spot: Spot, _ lines: [String: [UInt64: [LineTool.Line]]]) -> [Dossier.Frame] {
        let module = spot.path.flatMap { modules[$0] }
        var frame = Dossier.Frame(address: spot.step.address, module: module?.name ?? "?", offset: spot.offset, isGuess: spot.step.isGuess)
        frame.isDriver = module?.isDriver ?? false
        guard let path = spot.path, let found = lines[path]?[lookup(spot)] else {
            frame.symbol = module?.table?.name(at: lookup(spot)).map(Demangling.name)
            return [frame]
        }
        return found.enumerated().map { index, line in
            var one = frame
            (one.symbol, one.file, one.line, one.isInlined) = (Demangling.name(line.function), line.file, line.line, index < found.count - 1)
            return one
        }
    }
}
