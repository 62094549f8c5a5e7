@testable import Stack
import Testing

/// Transfers of 2000 segments over simulated paths (20 ms one way, 1250 octets a millisecond unless said otherwise).
@Suite struct PathTableTests {
    static let paths: [PathDescription] = {
        var paths: [PathDescription] = []
        func add(_ name: String, _ change: (inout PathDescription) -> Void = { _ in }) {
            var path = PathDescription(name: name)
            change(&path)
            paths.append(path)
        }
        add("clean, short queue")
        add("clean, long queue") { $0.queue = 1_000_000 }
        add("one loss") { $0.queue = 1_000_000; $0.loses = { n, _ in n == 50 } }
        add("first segment lost") { $0.queue = 1_000_000; $0.loses = { n, _ in n == 0 } }
        add("last segment lost") { $0.queue = 1_000_000; $0.loses = { n, _ in n == 1999 } }
        add("last ten lost") { $0.queue = 1_000_000; $0.loses = { n, _ in (1990..<2000).contains(n) } }
        add("a retransmission lost") { $0.queue = 1_000_000; $0.loses = { n, _ in n == 50 || (71...75).contains(n) } }
        add("forty in a row lost") { $0.queue = 1_000_000; $0.loses = { n, _ in (300..<340).contains(n) } }
        add("1 % lost") { $0.loses = { _, random in random.below(100) == 0 } }
        add("10 % lost") { $0.loses = { _, random in random.below(10) == 0 } }
        add("30 % lost") { $0.segments = 300; $0.loses = { _, random in random.below(10) < 3 } }
        add("reordered by 2 ms") { $0.queue = 1_000_000; $0.delays = { n, _ in n % 50 == 7 ? 2 : 0 } }
        add("reordered by 15 ms") { $0.queue = 1_000_000; $0.delays = { n, _ in n % 50 == 7 ? 15 : 0 } }
        add("half of the acks lost") { $0.losesAck = { _, random in random.below(2) == 0 } }
        add("a stop of 800 ms") { $0.queue = 1_000_000; $0.stop = 500..<1300 }
        add("the same, no SACK") { $0.queue = 1_000_000; $0.hasSACK = false; $0.stop = 500..<1300 }
        add("the same, no timestamps") {
            ($0.queue, $0.hasSACK, $0.hasTimestamps) = (1_000_000, false, false)
            $0.stop = 500..<1300
        }
        add("the same, SACK alone") {
            ($0.queue, $0.hasTimestamps) = (1_000_000, false)
            $0.stop = 500..<1300
        }
        add("1 % lost, no SACK") { $0.hasSACK = false; $0.loses = { _, random in random.below(100) == 0 } }
        add("10 % lost, no SACK") { $0.hasSACK = false; $0.segments = 500; $0.loses = { _, random in random.below(10) == 0 } }
        add("1 % lost, NewReno") { $0.algorithm = .newReno; $0.loses = { _, random in random.below(100) == 0 } }
        add("marked, not lost") { $0.marks = true; $0.queue = 100_000 }
        add("1 ms one way, 1 % lost") { $0.delay = 1; $0.loses = { _, random in random.below(100) == 0 } }
        add("200 ms, 1 in 400 lost") { $0.delay = 200; $0.queue = 500_000; $0.loses = { n, _ in n % 400 == 399 } }
        return paths
    }()

    /// ms, retransmissions, recoveries, timeouts, undone, probes, greatest window, lost on the path.
    static func line(_ description: PathDescription) -> String {
        let path = SimulatedPath(description)
        let time = path.run().map(String.init) ?? "never"
        let seen = path.lab.recovery.information
        func cell(_ text: String, _ width: Int) -> String { String(repeating: " ", count: max(width - text.count, 0)) + text }
        let name = description.name + String(repeating: " ", count: max(28 - description.name.count, 0))
        let cells = [seen.retransmitted, seen.recoveries, seen.timeouts, seen.undone, seen.probes, path.greatestWindow, path.dropped]
        #expect(path.lab.pool.used == 0, "\(description.name) kept records")
        return name + cell(time, 7) + cells.map { cell(String($0), 6) }.joined()
    }

    @Test func `what happens on each path is what happened before`() {
        let head = "path                             ms  sent+  reco  time  undo prob  window  lost"
        let table = ([head] + Self.paths.map(Self.line)).joined(separator: "\n")
        #expect(table == Self.expected)
        if table != Self.expected { print(table) }
    }

    static let expected = """
        path                             ms  sent+  reco  time  undo prob  window  lost
        clean, short queue             1706    80     2     0     0     0   166    80
        clean, long queue              1706     0     0     0     0     0   457     0
        one loss                       1779     1     1     0     0     0    62     1
        first segment lost             2630     1     1     0     0     0    63     1
        last segment lost              2372     1     0     0     0     1   457     1
        last ten lost                  2474    10     1     0     0     1   457    10
        a retransmission lost          1785     6     1     0     0     0    62     6
        forty in a row lost            1706    40     1     0     0     0   193    40
        1 % lost                       2965    78    11     0     0     0   159    78
        10 % lost                     24388   212   122     4     0     0    41   212
        30 % lost                     11342   105    39    12     0     9    17   105
        reordered by 2 ms              1711     0     0     0     0     0   388     0
        reordered by 15 ms             1714     2     2     0     2     0   244     0
        half of the acks lost          1709    44     2     0     0     0   143    44
        a stop of 800 ms               2348     1     0     1     1     1   792     0
        the same, no SACK              2349     1     0     1     1     0   793     0
        the same, no timestamps        2349     1     0     1     1     0   793     0
        the same, SACK alone           2348     1     0     1     1     1   792     0
        1 % lost, no SACK              3171   349     1     1     0     0   159    68
        10 % lost, no SACK             5300   106    11     7     0     0   124    52
        1 % lost, NewReno              3827    68    11     0     0     0   159    68
        marked, not lost               1814    15     1     0     0     0   166    15
        1 ms one way, 1 % lost         1602    21    11     0     0     0    64    21
        200 ms, 1 in 400 lost          6416     5     5     0     0     0   391     5
        """
}
