import CDriver
import Glibc
import Host
import Messages
package import Stack

/// The callouts that configure: each inside its mark, each with the driver's status as errno (0: done).
extension Attachment {
    private func asked(_ callout: Callout, _ body: () -> Int32) -> Int32 {
        let entry = current.enter(callout)
        let status = body()
        current.leave(entry, callout, result: status)
        return status < 0 ? -status : status
    }

    func setFilter(_ filter: borrowing DriverFilter) -> Int32 {
        unsafe filter.withCStruct { pointer in asked(.setFilter) { unsafe table.set_filter(instance, pointer) } }
    }

    /// The interface that the driver brings, as the stack wants it described; its link comes later.
    package func interfaceDescription(_ name: InterfaceName) -> InterfaceDescription { InterfaceDescription(name, interface) }

    func media() -> drydock_media? {
        var media = drydock_media()
        guard unsafe !Witness.isSpeaking else { return context.answered.media }
        context.answered.media = asked(.getMedia) { unsafe table.get_media(instance, &media) } == 0 ? media : nil
        return context.answered.media
    }

    func setMedia(_ media: drydock_media) -> Int32 {
        var media = media
        return asked(.setMedia) { unsafe table.set_media(instance, &media) }
    }

    func setOffloads(_ enabled: UInt32) -> Int32 { asked(.setOffloads) { unsafe table.set_offloads(instance, enabled) } }

    /// Lets TCP segments come joined, where the driver can. Not for a stack that passes packets on: a link carries no such frame.
    package mutating func joinReceived() {
        guard interface.capabilities & DRYDOCK_CAP_JOIN_RX != 0, setOffloads(interface.enabled | DRYDOCK_CAP_JOIN_RX) == 0 else { return }
        interface.enabled |= DRYDOCK_CAP_JOIN_RX
    }

    func setMTU(_ mtu: UInt32) -> Int32 { asked(.setMTU) { unsafe table.set_mtu(instance, mtu) } }

    func statistics() -> drydock_statistics? {
        var statistics = drydock_statistics()
        guard unsafe !Witness.isSpeaking else { return context.answered.statistics }
        context.answered.statistics = asked(.statistics) { unsafe table.statistics(instance, &statistics) } == 0 ? statistics : nil
        return context.answered.statistics
    }

    /// - Returns: DRYDOCK_EVENT_* bits.
    package func interrupt(vector: UInt32) -> UInt32 {
        let entry = current.enter(.interrupt)
        let found = unsafe table.interrupt(instance, vector)
        current.leave(entry, .interrupt, argument: vector, result: Int32(bitPattern: found))
        return found
    }

    /// - Returns: DRYDOCK_EVENT_* bits.
    func timer(_ number: UInt32) -> UInt32 {
        let entry = current.enter(.timer)
        let found = unsafe table.timer(instance, number)
        current.leave(entry, .timer, argument: number, result: Int32(bitPattern: found))
        return found
    }

    /// When the next of the driver's timers ends; nil: none is set.
    package var nextTimer: UInt64? { context.timers.lazy.filter { $0 != 0 }.min() }

    /// Runs the driver's timers that are due, whatever they find.
    package func runTimers(now: UInt64) {
        for number in context.timers.indices where context.timers[number] != 0 && context.timers[number] <= now {
            context.timers[number] = 0
            _ = timer(UInt32(number))
        }
    }

    /// The process is going: silence the device, free nothing.
    func quiesce() {
        let entry = current.enter(.quiesce)
        unsafe table.quiesce(instance)
        current.leave(entry, .quiesce)
    }
}

/// What a device is to let through, in Swift's terms.
struct DriverFilter: Codable {
    var promiscuous = false
    var allMulticast = false
    var mac: [UInt8] = [0, 0, 0, 0, 0, 0]
    /// Six octets each.
    var multicast: [[UInt8]] = []
    /// Empty: no VLAN filter.
    var vlans: [UInt16] = []

    // SAFETY: the arrays outlive the call, and the counts are theirs.
    func withCStruct<R>(_ body: (UnsafePointer<drydock_filter>) -> R) -> R {
        let groups = multicast.flatMap { $0 }
        return unsafe groups.withUnsafeBufferPointer { groups in
            unsafe vlans.withUnsafeBufferPointer { vlans in
                var filter = unsafe drydock_filter()
                unsafe filter.flags = (promiscuous ? DRYDOCK_FILTER_PROMISCUOUS : 0) | (allMulticast ? DRYDOCK_FILTER_ALL_MULTICAST : 0)
                    | (vlans.isEmpty ? 0 : DRYDOCK_FILTER_VLAN)
                unsafe filter.multicast_count = UInt32(multicast.count)
                unsafe filter.vlan_count = UInt32(vlans.count)
                unsafe filter.multicast = groups.baseAddress.map {
                    unsafe UnsafeRawPointer($0).assumingMemoryBound(to: (UInt8, UInt8, UInt8, UInt8, UInt8, UInt8).self)
                }
                unsafe filter.vlans = vlans.baseAddress
                unsafe filter.mac = (mac[0], mac[1], mac[2], mac[3], mac[4], mac[5])
                return unsafe body(&filter)
            }
        }
    }
}
