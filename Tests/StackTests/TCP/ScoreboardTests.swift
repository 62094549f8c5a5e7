@testable import Stack
import Testing

@Suite struct ScoreboardTests {
    /// The fate of one octet in the model.
    enum Fate { case inFlight, lost, sacked }

    /// A scoreboard beside an array with an entry for each octet.
    struct Model: ~Copyable {
        var board: Scoreboard, pool: RecordPool
        var una = 0, time: UInt64 = 1000
        var octets: [(fate: Fate, sentAt: UInt64, isResent: Bool)] = []
        let origin = SequenceNumber(rawValue: .max - 2000) // wraps

        init(records: Int) {
            board = Scoreboard(origin)
            pool = RecordPool(records: records)
        }

        func delivery() -> Delivery {
            Delivery(now: time, echoedBefore: nil, leastRoundTrip: 0, forward: board.una, point: board.una)
        }

        mutating func send(_ count: Int) {
            if board.append(count, at: time, &pool) { octets += Array(repeating: (.inFlight, time, false), count: count) }
        }

        mutating func acknowledge(_ to: Int) {
            var delivery = delivery()
            board.acknowledge(origin + to, &delivery, &pool)
            let new = octets[una..<to].count { $0.fate != .sacked }
            #expect(delivery.octets == new)
            una = to
        }

        mutating func sack(_ range: Range<Int>) {
            var delivery = delivery()
            board.sack(.init(left: origin + range.lowerBound, right: origin + range.upperBound), segment: 1, &delivery, &pool)
            #expect(delivery.octets == octets[range].count { $0.fate != .sacked })
            for k in range { octets[k].fate = .sacked }
        }

        /// What was sent before `limit` is lost.
        mutating func lose(_ limit: UInt64) {
            var record = board.oldest
            while record != RecordPool.none, pool[record].sentAt < limit {
                let later = pool[record].later
                board.markLost(record, &pool)
                record = later
            }
            for k in una..<octets.count where octets[k].fate == .inFlight && octets[k].sentAt < limit { octets[k].fate = .lost }
        }

        mutating func resend(_ most: Int) {
            guard let run = board.nextLost(most, pool) else {
                let lost = octets[una...].contains { $0.fate == .lost }
                #expect(!lost)
                return
            }
            let first = octets[una...].firstIndex { $0.fate == .lost }
            #expect(run.start - origin == first)
            board.resend(run.start, run.octets, at: time, &pool)
            for k in 0..<run.octets { octets[run.start - origin + k] = (.inFlight, time, true) }
        }

        /// Both lists, octet by octet.
        mutating func check() {
            let live = octets[una...]
            let sacked = live.count { $0.fate == .sacked }, lost = live.count { $0.fate == .lost }
            #expect(Int(board.sacked) == sacked)
            #expect(Int(board.lost) == lost)
            #expect(board.inFlight == live.count - sacked - lost)
            var record = board.first, at = una, count = 0, previous = RecordPool.none
            while record != RecordPool.none {
                let run = pool[record]
                #expect(run.previous == previous && run.start - origin == at)
                for k in at..<(run.end - origin) {
                    let fate: Fate = run.isSacked ? .sacked : run.isLost ? .lost : .inFlight
                    #expect(fate == octets[k].fate, "octet \(k)")
                    if fate != .sacked { #expect(run.sentAt == octets[k].sentAt && run.isResent == octets[k].isResent) }
                }
                (at, previous, record, count) = (run.end - origin, record, run.next, count + 1)
            }
            #expect(at == octets.count && board.last == previous && count == pool.used && Int(board.records) == count)
            var inOrder = 0, last: UInt64 = 0
            record = board.oldest
            while record != RecordPool.none {
                let run = pool[record]
                #expect(run.isInFlight && run.sentAt >= last)
                (inOrder, last, record) = (inOrder + run.octets, run.sentAt, run.later)
            }
            #expect(inOrder == board.inFlight)
        }
    }

    @Test(arguments: 1...8) func `whatever is sent, held, lost, sent again and acknowledged, both lists tell the same of every octet`(seed: Int) {
        var model = Model(records: 4096), random = RandomSource(seed: UInt64(seed))
        for step in 0..<600 {
            if random.below(3) == 0 { model.time += random.below(50) }
            let live = model.octets.count - model.una
            switch random.below(6) {
            case 0, 1: if live < 300 { model.send(1 + Int(random.below(20))) }
            case 2:
                guard live > 0 else { break }
                let from = model.una + Int(random.below(UInt64(live)))
                model.sack(from..<min(from + 1 + Int(random.below(30)), model.octets.count))
            case 3: model.lose(model.time - min(random.below(60), model.time))
            case 4: model.resend(1 + Int(random.below(15)))
            default: if random.below(3) == 0, live > 0 { model.acknowledge(model.una + Int(random.below(UInt64(live) + 1))) }
            }
            if step % 5 == 0 { model.check() }
        }
        model.acknowledge(model.octets.count)
        let used = model.pool.used
        #expect(used == 0)
    }

    @Test func `what was sent at one time is one record, and a block that grows takes none`() {
        var model = Model(records: 16)
        model.send(5000)
        model.send(5000)
        var used = model.pool.used
        #expect(used == 1)
        for end in stride(from: 2000, through: 10_000, by: 1000) { model.sack(1000..<end) }
        used = model.pool.used
        #expect(used == 2)
        model.check()
    }

    @Test func `without records nothing new may be sent, a block is not noted, and a retransmission counts the whole run`() {
        var model = Model(records: 1)
        model.send(100)
        model.time += 1
        let refused = model.board.append(100, at: model.time, &model.pool)
        #expect(!refused)
        var delivery = model.delivery()
        model.board.sack(.init(left: model.origin + 10, right: model.origin + 20), segment: 1, &delivery, &model.pool)
        #expect(delivery.octets == 0 && model.board.sacked == 0)
        model.lose(.max)
        model.board.resend(model.origin, 10, at: model.time, &model.pool)
        #expect(model.board.lost == 0 && model.board.inFlight == 100)
        #expect(model.pool.exhaustions == 3)
    }

    @Test func `a receiver that reports every other octet gets no record for each`() {
        let lab = RecoveryLab(records: 4096)
        lab.send(10)
        lab.wait(10)
        for k in stride(from: 1, to: 9000, by: 2) {
            var ack = Acknowledgment(una: lab.origin)
            ack.blocks.append(lab.origin + k, lab.origin + k + 1)
            _ = lab.recovery.acknowledged(ack, now: lab.now, pool: &lab.pool)
        }
        #expect(lab.pool.used < 60)
    }

    @Test func `an end gives all records back`() {
        let lab = RecoveryLab()
        lab.send(10)
        lab.wait(10)
        lab.ack(2, [4..<5, 7..<8])
        lab.recovery.release(&lab.pool)
        #expect(lab.pool.used == 0)
        #expect(lab.recovery.deadline == .never)
    }

    @Test func `a sender's state is small, a record 32 octets`() {
        #expect(MemoryLayout<TransmissionRecord>.size == 32)
        #expect(MemoryLayout<LossRecovery>.size <= 312, "\(MemoryLayout<LossRecovery>.size)")
    }
}
