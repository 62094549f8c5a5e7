import CDriver

/// The frame path of the stack's side: the exchange with the present process, or the census of the last.
extension IsolatedDevice {
    /// - Returns: buffers taken; none while there is no process.
    func provide(_ buffers: UnsafePointer<drydock_buffer>, _ count: Int, for use: SlotLedger.Use) -> UInt32 {
        guard let host, host.broken == nil else { return 0 }
        let taken = unsafe exchange.provide(buffers, count, for: use, to: host.rings)
        if taken > 0 { host.wake() }
        judge(host)
        return UInt32(taken)
    }

    /// After a death first what is left in the ring, then every slot that the process had.
    func takeReceived(_ out: UnsafeMutablePointer<drydock_buffer>, _ room: Int) -> UInt32 {
        guard let host = host ?? remains else { return UInt32(unsafe exchange.census(out, room, .receive)) }
        guard host === remains || host.broken == nil else { return 0 }
        let count = unsafe exchange.takeReceived(out, room, from: host.rings)
        judge(host)
        guard count == 0, host === remains || remains == nil && self.host == nil else { return UInt32(count) }
        remains = nil
        return UInt32(unsafe exchange.census(out, room, .receive))
    }

    func takeSent(_ out: UnsafeMutablePointer<drydock_buffer>, _ room: Int) -> UInt32 {
        guard let host else { return UInt32(unsafe exchange.census(out, room, .transmit)) }
        guard host.broken == nil else { return 0 }
        let count = unsafe exchange.takeSent(out, room, from: host.rings)
        judge(host)
        return UInt32(count)
    }

    /// A host that lied is ended at the next turn, not in the middle of a burst.
    private func judge(_ host: HostProcess) {
        guard let lie = exchange.lie else { return }
        exchange.lie = nil
        if host === remains { remains = nil } else { host.broken = host.broken ?? lie; set(.revive, at: 1) }
    }
}
