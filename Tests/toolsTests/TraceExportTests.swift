import Cables
import Foundation
import Host
import Recorder
import Testing

@testable import tools

/// What other tools read of a flight recorder.
struct TraceExportTests {
    static let frame: [UInt8] = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x08, 0x06] + [UInt8](repeating: 0, count: 50)

    /// Two callouts, one around a delay, and a store behind the last one: what the dead driver was in.
    static func crash() throws -> DeadStack {
        try DeadStack { writer in
            let start = writer.now
            writer.write(.handOver, slot: 0, detail: 7, count: 2, first: 2 << 32 | 9, second: 500, time: start)
            writer.write(.interrupt, slot: 0, count: 0, time: start + 1000)
            writer.write(.load, slot: 0, detail: 4, count: 8, first: 0x83, time: start + 3000)
            writer.write(.delay, slot: 0, count: 1, time: start + 4000)
            writer.write(.callout, slot: 0, detail: 9, count: 0, first: 3, second: 9000, time: start + 11_000)
            unsafe frame.withUnsafeBytes {
                unsafe writer.frame(.sent, slot: 0, buffer: 9, length: 1514, flags: 0, vlan: 0, octets: $0.baseAddress!, time: start + 12_000)
            }
            writer.write(.frame, slot: 0, detail: 3 << 1, count: 60, first: 4, time: start + 13_000)
            writer.write(.store, slot: 0, detail: 4, count: 0x3818, first: 5, time: start + 14_000)
            writer.text(.violation, "tail \"5\" is\\outside", slot: 0, time: start + 15_000)
        }
    }

    /// As a JSON reader has it.
    struct Document: Decodable {
        struct Event: Decodable {
            var ph: String, name: String, pid: Int, tid: Int
            var ts: Double?, dur: Double?, s: String?
            var args: [String: Value]?
        }
        enum Value: Decodable, Equatable {
            case number(Double), text(String)
            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                if let number = try? container.decode(Double.self) { self = .number(number) } else { self = .text(try container.decode(String.self)) }
            }
        }
        var traceEvents: [Event]
        var otherData: [String: String]

        func track(_ name: String) -> [Event] {
            let found = traceEvents.first { $0.name == "thread_name" && $0.args?["name"] == .text(name) }
            return traceEvents.filter { $0.ph != "M" && $0.ph != "C" && $0.tid == found?.tid }
        }

        /// Every track's times never go back, and a slice lies within the one around it or behind it.
        var isSound: Bool {
            let tracks = Dictionary(grouping: traceEvents.filter { $0.ts != nil }) { "\($0.pid) \($0.tid) \($0.ph == "C" ? $0.name : "")" }
            return tracks.values.allSatisfy { events in
                var last = 0.0, around: [Double] = []
                return events.allSatisfy { event in
                    let start = event.ts ?? 0, end = start + (event.dur ?? 0)
                    defer { last = start }
                    guard event.ph == "X" else { return start >= last }
                    while let outer = around.last, outer <= start + 1e-4 { around.removeLast() }
                    defer { around.append(end) }
                    return start >= last && end <= (around.last ?? .infinity) + 1e-4
                }
            }
        }
    }

    private func perfetto(_ dead: DeadStack, _ words: String...) throws -> Document {
        let path = "\(dead.scratch.path)/trace.json"
        let run = runTool("trace", ["--perfetto", path] + words, in: dead.scratch, sock: "/sock2")
        #expect(run.exit == 0 && run.output.isEmpty, "\(run)")
        return try JSONDecoder().decode(Document.self, from: Data(contentsOf: URL(filePath: path)))
    }

    @Test func `a Perfetto trace has nested callouts, and a track for everything else of an interface`() throws {
        let document = try perfetto(Self.crash())
        #expect(document.isSound)
        let callouts = document.track("em0 callouts")
        #expect(callouts.map(\.name) == ["provide_transmit", "interrupt", "delay", "provide_transmit"], "\(callouts)")
        #expect(callouts.map(\.ph) == ["X", "X", "X", "B"])
        #expect(abs((callouts[2].dur ?? 0) - 1) < 0.01)
        #expect(document.track("em0 interrupts").map(\.name) == ["interrupt vector 0"])
        #expect(document.track("em0 registers").map(\.name) == ["load STATUS", "store TDT"])
        #expect(document.track("em0 registers").last?.args?["value"] == .text("0x00000005"))
        #expect(document.track("em0 rings").map(\.name) == ["provide_transmit 2 of 2"])
        #expect(document.track("em0 wire").map(\.name) == ["sent 1514 octets", "received 60 octets, lost: no slot for it"])
        #expect(document.track("em0 notes").map(\.name).contains("violation: tail \"5\" is\\outside"))
        let counted = document.traceEvents.filter { $0.ph == "C" }
        #expect(counted.map(\.name) == Array(repeating: "em0 transmit buffers that the driver holds", count: 2))
        #expect(counted.last?.args?["buffers"] == .number(2))
    }

    @Test func `the callout in which a driver died begins where it was first active, and does not end`() throws {
        let document = try perfetto(Self.crash())
        let open = try #require(document.track("em0 callouts").last)
        #expect(open.ph == "B" && open.ts == document.track("em0 registers").last?.ts)
        #expect(open.args?["unfinished"] == .text("SIGSEGV at address 0x0, in provide_transmit of driver devnp-e1000.so (em0)"))
        let death = try #require(document.track("em0 notes").last)
        #expect(death.name.hasPrefix("died: SIGSEGV") && death.s == "p")
        #expect(document.otherData["from"] == "/sock2, pid 4242")
    }

    @Test func `filters choose what is exported, and nothing recorded is a document too`() throws {
        let dead = try Self.crash()
        let registers = try perfetto(dead, "--kind", "register")
        #expect(registers.track("em0 registers").count == 2 && registers.track("em0 wire").isEmpty)
        #expect(try perfetto(dead, "--kind", "link", "em0").isSound)
        let empty = try DeadStack { _ in }
        FileSystem.remove("\(empty.scratch.path)/stack/sock2/died.json")
        let path = "\(empty.scratch.path)/none.json"
        let run = runTool("trace", ["--from", "\(empty.scratch.path)/stack/sock2/recorder", "--kind", "frame", "--perfetto", path], in: empty.scratch)
        #expect(run.exit == 0, "\(run)")
        let document = try JSONDecoder().decode(Document.self, from: Data(contentsOf: URL(filePath: path)))
        #expect(document.traceEvents.allSatisfy { $0.ph == "M" } && document.otherData["died"] == nil)
    }

    private func frames(_ dead: DeadStack, _ words: String...) throws -> (frames: [CapturedFrame], run: ToolRunOutcome) {
        let path = "\(dead.scratch.path)/frames.pcapng"
        let run = runTool("trace", ["--pcapng", path] + words, in: dead.scratch, sock: "/sock2")
        #expect(run.exit == 0, "\(run)")
        var reader = CaptureReader(), frames: [CapturedFrame] = []
        reader.feed([UInt8](try Data(contentsOf: URL(filePath: path)))[...])
        reader.finish()
        while let frame = try reader.next() { frames.append(frame) }
        return (frames, run)
    }

    @Test func `a capture has the frames, and what the driver did before and after them`() throws {
        let (frames, _) = try frames(Self.crash())
        #expect(frames.map(\.direction) == [.sent, .received])
        #expect(frames.map(\.octets) == [Self.frame, []])
        let first = try #require(frames.first?.comment), last = try #require(frames.last?.comment)
        #expect(first.hasPrefix("before it:\n") && first.contains("interrupt(0) = receive|transmit, ") && !first.contains("store TDT"), "\(first)")
        #expect(last.hasPrefix("lost: no slot for it\nafter it:\n  +") && last.contains("store TDT        0x00000005"), "\(last)")
        #expect(last.hasSuffix("\ndied: SIGSEGV at address 0x0, in provide_transmit of driver devnp-e1000.so (em0)"), "\(last)")
    }

    @Test func `comments are of the kinds that were asked for, bounded, and say what they leave out`() throws {
        let (chosen, _) = try frames(Self.crash(), "--kind", "irq")
        #expect(chosen.count == 2 && chosen[0].comment?.contains("interrupt vector 0") == true && chosen[0].comment?.contains("load") == false)
        let many = try DeadStack { writer in
            for number in 0..<100 { writer.text(.log, "\(number) " + String(repeating: "é", count: 200), slot: 0, detail: 4) }
            unsafe Self.frame.withUnsafeBytes {
                unsafe writer.frame(.received, slot: 0, buffer: 1, length: 64, flags: 0, vlan: 0, octets: $0.baseAddress!, time: writer.now)
            }
        }
        let comment = try #require(try frames(many, "em0").frames.first?.comment)
        // The attachment is an event, too.
        #expect(comment.hasPrefix("before it:\n  69 more\n") && comment.contains("notice: 99 é") && !comment.contains("notice: 67 é"), "\(comment)")
        #expect(comment.utf8.count < CaptureWriter.mostOption && comment.hasSuffix("é…\ndied: SIGSEGV at address 0x0, in provide_transmit of driver devnp-e1000.so (em0)"))
        let (none, run) = try frames(DeadStack { _ in })
        #expect(none.isEmpty && run.complaint.contains("no frame was recorded"), "\(run)")
    }

    @Test func `a crash's folder or a copied recorder is read from anywhere`() throws {
        let dead = try Self.crash(), elsewhere = Scratch()
        let folder = "\(dead.scratch.path)/stack/sock2"
        let run = runTool("trace", ["--from", folder, "--kind", "register"], in: elsewhere)
        #expect(run.exit == 0 && run.output.contains("store TDT") && run.output.contains("-- sock2 died: SIGSEGV"), "\(run)")
        let copy = runTool("trace", ["--from", "\(folder)/recorder", "--kind", "register"], in: elsewhere)
        #expect(copy.output.contains("store TDT") && !copy.output.contains("died"), "\(copy)")
        let missing = runTool("trace", ["--from", "\(folder)/died.json"], in: elsewhere)
        #expect(missing.exit == 1 && missing.complaint.contains("no flight recorder of this version"), "\(missing)")
        #expect(runTool("trace", ["--from", "/nowhere"], in: elsewhere).exit == 1)
    }

    @Test(arguments: [
        (["--perfetto", "a", "--pcapng", "b"], "one of them at a time"), (["--perfetto", "a", "-f"], "leave -f out"),
        (["--pcapng", "a", "--json"], "leave --json out"), (["--pcapng", "a", "--absolute"], "leave --absolute out"),
    ])
    func `words that do not go together are refused`(words: [String], sentence: String) throws {
        let run = runTool("trace", words, in: Scratch())
        #expect(run.exit == 64 && run.complaint.contains(sentence), "\(run)")
    }

    @Test func `a file that cannot be written is named`() throws {
        let dead = try Self.crash()
        let run = dead.trace("--perfetto", "/nowhere/trace.json")
        #expect(run.exit == 1 && run.complaint.contains("/nowhere/trace.json: it cannot be written"), "\(run)")
    }
}
