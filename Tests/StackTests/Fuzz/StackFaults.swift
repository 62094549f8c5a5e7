@testable import Stack

// What is always true of a stack's streams. Slow: looks at everything.
extension Stack {
    /// What is not whole; nil: nothing.
    func firstFault() -> String? {
        var pages = 0, records = 0, ranges = 0, waiting: [UInt32: Int] = [:], half: [UInt32: Int] = [:]
        for position in 0..<streams.bound where streams.isTaken(position) {
            pages += Int(streams[position].sendBuffer.pages) + Int(streams[position].receiveBuffer.pages)
            ranges += streams[position].assembler.count
            records += recordCount(position)
            if let fault = fault(position) { return "stream \(position), \(streams[position].state): \(fault)" }
            if streams[position].flags.contains(.isWaiting) { waiting[streams[position].parent &- 1, default: 0] += 1 }
        }
        for position in 0..<halfOpens.bound where halfOpens.isTaken(position) {
            if timers.deadline(timerMap.halfOpen(position)) == nil { return "half-open \(position) has no timer" }
            if let listener = streams.position(halfOpens[position].listener) { half[listener, default: 0] += 1 }
        }
        for position in 0..<streams.bound where streams.isTaken(position) && streams[position].state == .listen {
            if Int(streams[position].waiting) != waiting[position, default: 0] { return "listener \(position) counts \(streams[position].waiting) that wait" }
            if Int(streams[position].halfOpen) != half[position, default: 0] { return "listener \(position) counts \(streams[position].halfOpen) half open" }
        }
        if timeWaits.count > 0, timers.deadline(timerMap.timeWait) == nil { return "TIME-WAIT has no timer" }
        let used = (pools.memory.used, pools.records.used, pools.ranges.used)
        return used == (pages, records, ranges) ? nil : "pools have given \(used), streams hold \((pages, records, ranges)): pages, records, ranges"
    }

    private func recordCount(_ position: UInt32) -> Int {
        var record = streams[position].recovery.board.first, count = 0
        while record != RecordPool.none, count < 100_000 { (record, count) = (pools.records[record].next, count + 1) }
        return count
    }

    private func fault(_ position: UInt32) -> String? {
        let state = streams[position].state, flags = streams[position].flags
        if state == .closed { return flags.contains(.isOrphan) ? "an orphan that nobody will ever free" : nil }
        if state == .listen { return nil }
        if streams.find(streams[position].name) != position { return "its name does not lead to it" }
        let deadline = streams[position].deadline
        if flags.contains(.isOrphan), deadline == .never, !flags.contains(.isListed) { return "an orphan that waits for nothing" }
        if deadline != .never, !flags.contains(.isListed) {
            guard let armed = timers.deadline(timerMap.stream(position)), armed <= max(deadline, now) else { return "its timer is not armed for \(deadline)" }
        }
        let sent = streams[position].sendNext - streams[position].unacknowledged
        if sent < 0 { return "SND.NXT is before SND.UNA" }
        if streams[position].receiveWindow > Int(Connection.greatestBuffer) { return "it offers \(streams[position].receiveWindow) octets" }
        if streams[position].receiveBuffer.count > Int(streams[position].receiveCapacity) + 65536 { return "it holds more than it may" }
        return nil
    }
}
