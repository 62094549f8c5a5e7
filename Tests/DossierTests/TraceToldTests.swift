import Foundation
import Recorder
import Testing

@testable import Dossier

/// What is made of events, whoever recorded them.
struct TraceToldTests {
    private func record(_ time: UInt64, _ kind: TraceRecord.Kind, _ action: String, _ change: (inout TraceRecord) -> Void = { _ in }) -> TraceRecord {
        let event = RecordedEvent(number: time, time: time, calendar: time + 1_000_000, slot: 0, body: .detached)
        var record = TraceRecord(event, interface: "em0", kind: kind, action: action)
        change(&record)
        return record
    }

    private struct Event {
        var phase: String, name: String, process: Int, thread: Int, time: Double, length: Double, value: Int?
    }

    private func events(_ records: [TraceRecord], _ ending: TraceTold.Ending? = nil) throws -> (all: [Event], names: [String]) {
        var text = ""
        try PerfettoTrace.write(TraceTold(title: "/sock2", devices: [:], records: records, ending: ending)) { text += $0 }
        let document = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        let list = try #require(document["traceEvents"] as? [[String: Any]])
        let all = list.filter { $0["ph"] as? String != "M" }.map { event in
            Event(
                phase: event["ph"] as? String ?? "", name: event["name"] as? String ?? "", process: event["pid"] as? Int ?? 0,
                thread: event["tid"] as? Int ?? 0, time: event["ts"] as? Double ?? -1, length: event["dur"] as? Double ?? 0,
                value: (event["args"] as? [String: Any])?["buffers"] as? Int)
        }
        return (all, list.compactMap { ($0["args"] as? [String: Any])?["name"] as? String })
    }

    @Test func `a NIC that recorded by itself is a process of its own`() throws {
        let (all, names) = try events([record(10, .violation, "violation") { ($0.text, $0.nic) = ("tail", "em-a") }, record(20, .log, "notice") { $0.text = "x" }])
        #expect(names == ["stack /sock2", "NIC em-a", "em0 notes", "em0 notes"])
        #expect(all.map(\.process) == [2, 1] && all[0].thread != all[1].thread)
    }

    @Test func `slices that cross each other are cut, so that they nest`() throws {
        // The first lasts from 100 to 1000, the second from 500 to 1500.
        let (all, _) = try events([record(1000, .callout, "interrupt") { $0.duration = 900 }, record(1500, .callout, "timer") { $0.duration = 1000 }])
        #expect(all.map(\.name) == ["interrupt", "timer"] && all.map(\.time) == [0.1, 0.5])
        #expect(all.map(\.length) == [0.9, 0.5])
    }

    @Test func `buffers that were given before the recorder's beginning are not counted below nothing`() throws {
        func moved(_ time: UInt64, _ action: String, _ count: Int) -> TraceRecord { record(time, .buffers, action) { $0.count = count } }
        let (all, _) = try events([moved(1, "return_receive", 3), moved(2, "provide_receive", 2), record(3, .device, "attached"), moved(4, "provide_receive", 5)])
        #expect(all.filter { $0.phase == "C" }.map(\.value) == [0, 2, 0, 5])
    }

    @Test func `events of times that were read out of order are put into order`() throws {
        let told = TraceTold(title: "", devices: [:], records: [record(5, .irq, "a"), record(3, .irq, "b"), record(5, .irq, "c")])
        #expect(told.records.map(\.action) == ["b", "a", "c"])
    }

    @Test func `a callout that did nothing before it died begins with the last event of its interface`() throws {
        let (all, _) = try events([record(40, .irq, "interrupt")], .init(time: 90, cause: "SIGSEGV", callout: "timer", interface: "em0"))
        let open = try #require(all.first { $0.phase == "B" })
        #expect(open.name == "timer" && open.time == 0.04 && all.last?.name == "died: SIGSEGV" && all.last?.time == 0.09)
    }

    @Test func `text is quoted as JSON has it, and numbers that a double would round are text`() throws {
        #expect(JSONPiece.quoted("a\"\\\n\u{7f}é") == "\"a\\\"\\\\\\u000a\\u007fé\"")
        var piece = JSONPiece()
        piece.add("a", UInt64.max)
        piece.add("b", -7)
        piece.add("c", microseconds: 1_000_001)
        #expect(piece.closed == "{\"a\":\"18446744073709551615\",\"b\":-7,\"c\":1000.001}")
    }
}
