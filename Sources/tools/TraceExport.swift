internal import Dossier
internal import Host
internal import Messages
internal import Recorder

/// Where `drydock trace` writes a file in another tool's form.
enum TraceExport {
    case perfetto(String), pcapng(String)

    init?(perfetto: String?, pcapng: String?) {
        guard let file = perfetto.map(Self.perfetto) ?? pcapng.map(Self.pcapng) else { return nil }
        self = file
    }

    /// A capture consists of frames, whichever kinds its comments are of.
    func needs(_ record: TraceRecord, _ filter: TraceFilter) -> Bool {
        guard case .pcapng = self, record.kind == .frame else { return false }
        return TraceFilter(interface: filter.interface, since: filter.since).admits(record)
    }

    func write(_ told: TraceTold, _ world: World) throws(ToolFailure) -> Int32 {
        switch self {
        case .perfetto(let path):
            let file = try Self.open(path)
            do { try PerfettoTrace.write(told) { try file.write(Array($0.utf8)) } } catch { throw Self.failure(path, error) }
        case .pcapng(let path):
            let file = try Self.open(path)
            do {
                let frames = try TraceCapture.write(told) { try file.write($0) }
                if frames == 0 { world.complaint("trace: \(path): no frame was recorded; the capture holds none\n") }
            } catch { throw Self.failure(path, error) }
        }
        return Exit.success
    }

    private static func open(_ path: String) throws(ToolFailure) -> OpenFile {
        guard path == "-" else {
            do { return OpenFile(try FileDescriptor.open(path, FileFlags.replace)) } catch { throw failure(path, error) }
        }
        if StandardOutput.isTerminal { throw ToolFailure("-", "standard output is a terminal", "give a file, or a pipe: … - | zstd > trace.zst", exit: 64) }
        guard let own = StandardOutput.own() else { throw ToolFailure("-", "standard output is closed", "give a file") }
        return OpenFile(own)
    }

    private static func failure(_ path: String, _ error: any Error) -> ToolFailure {
        ToolFailure(path, "it cannot be written: \((error as? SystemError).map { "\($0.number)" } ?? "\(error)")", "give another file")
    }

    /// A descriptor that closures may hold.
    private final class OpenFile {
        private let descriptor: FileDescriptor
        init(_ descriptor: consuming FileDescriptor) { self.descriptor = descriptor }
        func write(_ octets: [UInt8]) throws(SystemError) { try descriptor.write(octets) }
    }
}

extension TraceSource {
    /// What the exports are made of.
    ///
    /// - Parameters:
    ///   - records: those that are chosen.
    ///   - all: of which the stack's last tells when it ended.
    func told(_ records: [TraceRecord], _ all: [TraceRecord]) -> TraceTold {
        let stone = isAlive ? nil : obituary
        let process = stone?.pid
        let last = all.lazy.filter { $0.nic == nil }.map(\.time).max() ?? start
        // The recorder's events have both clocks' times, and the tombstone has the calendar's.
        let ending = stone.map { stone in
            let apart = all.first { $0.nic == nil }.map { $0.calendar &- $0.time } ?? 0
            let calendar = stone.when > 0 && stone.when < 1e10 ? UInt64(stone.when * 1e9) : 0
            let time = apart > 0 && calendar > apart ? max(calendar - apart, last) : last
            return TraceTold.Ending(time: time, cause: stone.cause, callout: stone.callout, interface: stone.interface)
        }
        return TraceTold(title: title + (process.map { ", pid \($0)" } ?? ""), devices: devices, records: records, ending: ending)
    }
}
