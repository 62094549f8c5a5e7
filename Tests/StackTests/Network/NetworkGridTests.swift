@testable import Stack
import Testing

/// Goodput over loss, delay and buffer. The table is what happened when it was made: a change of it is a change of behaviour.
@Suite struct NetworkGridTests {
    static let losses = [0, 0.1, 1, 5], delays = [1, 20, 100], buffers = [8, 64, 512]

    /// Octets a virtual millisecond, and segments sent again.
    static func cell(_ loss: Double, _ delay: Int, _ buffer: Int) throws -> (rate: Int, again: UInt64) {
        let network = try SimulatedNetwork(seed: 1000 + UInt64(loss * 10) * 100 + UInt64(delay * buffer))
        network.setConditions(.percent(loss, delay: delay, rate: 2500))
        try network.begin()
        var options = StreamOptions()
        (options.sendBuffer, options.receiveBuffer) = (buffer << 10, buffer << 10)
        let ends = try network.connect(options, listening: options)
        var flows = [network.flow(ends, from: .a)]
        let began = network.now, octets = buffer == 8 ? 50_000 : buffer == 64 ? 200_000 : 400_000
        network.transfer(octets, &flows, limit: .seconds(900))
        let took = max(Int((network.now - began).nanoseconds / 1_000_000), 1)
        let again = network.a.statistics[.tcpRetransmitted]
        network.finish(ends)
        network.expectBalance(atRest: true)
        return (octets / took, again)
    }

    @Test func `goodput over loss, delay and buffer is what it was`() throws {
        var lines = ["loss %  ms  KiB   octets/ms  again"]
        for loss in Self.losses {
            for delay in Self.delays {
                for buffer in Self.buffers {
                    let (rate, again) = try Self.cell(loss, delay, buffer)
                    let cells = [("\(loss)", 6), ("\(delay)", 4), ("\(buffer)", 5), ("\(rate)", 12), ("\(again)", 7)]
                    lines.append(cells.map { String(repeating: " ", count: max($1 - $0.count, 1)) + $0 }.joined())
                }
            }
        }
        let table = lines.joined(separator: "\n")
        #expect(table == Self.expected, "where the change is wanted, the printed table is the new one")
        if table != Self.expected { print(table) }
    }

    static let expected = """
        loss %  ms  KiB   octets/ms  again
           0.0   1    8        1086      0
           0.0   1   64        2197      0
           0.0   1  512        2162     15
           0.0  20    8         140      0
           0.0  20   64         719      0
           0.0  20  512        1025     33
           0.0 100    8          32      0
           0.0 100   64         166      0
           0.0 100  512         250     21
           0.1   1    8        1086      0
           0.1   1   64        1941      1
           0.1   1  512        2162     15
           0.1  20    8         140      0
           0.1  20   64         719      0
           0.1  20  512        1025     33
           0.1 100    8          32      0
           0.1 100   64         166      0
           0.1 100  512         250     21
           1.0   1    8        1086      0
           1.0   1   64        1587      2
           1.0   1  512        1600      2
           1.0  20    8         140      0
           1.0  20   64         641      1
           1.0  20  512        1086     33
           1.0 100    8          32      0
           1.0 100   64         166      0
           1.0 100  512         250      3
           5.0   1    8         176      4
           5.0   1   64        1197      6
           5.0   1  512        1282     20
           5.0  20    8         116      0
           5.0  20   64         338      6
           5.0  20  512         130     22
           5.0 100    8          18      2
           5.0 100   64          46      6
           5.0 100  512          30     19
        """
}
