public import CDriver
public import DriverKit
import DriverVirtio
import VirtioNetRegisters
import VirtioRegisters

// What is asked of the device, besides packets.
extension VirtioNet {
    /// Handshake, queues, DRIVER_OK, filters, buffers. virtio 1.2 §3.1.1
    public mutating func bringUp() throws(DriverFailure) {
        try device.negotiate(again: features)
        try interrupts.bindConfiguration(device)
        for pair in 0..<receive.count {
            try receive[pair].program(device, vector: interrupts.vector(ofGroup: pair))
            try transmit[pair].program(device, vector: interrupts.vector(ofGroup: pair))
        }
        if control.count > 0 { try control[0].program(device) }
        device.go()
        if receive.count > 1 { try command(.pairs, UInt64(receive.count), octets: 2) }
        try applyFilters(before: nil)
        for pair in 0..<receive.count { receive[pair].publish() }
    }

    /// Always up, when the device does not say. virtio 1.2 §5.1.4
    public var link: Bool? { device.isGone ? nil : !features.contains(.status) || NetStatus().linkUp.isSet(config.read(.status)) }

    public mutating func media() throws(DriverFailure) -> drydock_media {
        guard core.state != .gone, let link else { throw .gone }
        var out = drydock_media()
        out.flags = DRYDOCK_MEDIA_AUTO | DRYDOCK_MEDIA_FULL_DUPLEX | (link ? DRYDOCK_MEDIA_LINK_UP : 0)
        guard features.contains(.speedDuplex) else { return out }
        out.megabits = config.read(.speed) <= UInt32(Int32.max) ? config.read(.speed) : 0
        if config.read(.duplex) == 0 { out.flags &= ~DRYDOCK_MEDIA_FULL_DUPLEX }
        return out
    }

    public mutating func setFilter(_ filter: Filter) throws(DriverFailure) {
        guard filter.address.number == core.filter.address.number || features.contains(.controlAddress) else { throw .unsupported }
        let old = try core.take(filter)
        guard core.state == .running else { return }
        do throws(DriverFailure) { try applyFilters(before: old) } catch {
            // The device may still write its answer: it is reset, which asks for the filters again.
            if case .timedOut = error { recover("the control queue hangs") }
            throw error
        }
    }

    /// Asks for everything that is wished; of VLANs, those that differ from `before`. virtio 1.2 §5.1.6.5.1 to §5.1.6.5.3
    private mutating func applyFilters(before: FilterWish?) throws(DriverFailure) {
        let wish = core.filter
        if features.contains(.controlReceive) {
            // More groups than a command takes: all of them.
            let groups = wish.groupCount * 6 + 10 <= control[0].longest ? wish.groupCount : 0
            try command(.promiscuous, wish.promiscuous ? 1 : 0, octets: 1)
            try command(.allMulticast, wish.allMulticast || groups < wish.groupCount ? 1 : 0, octets: 1)
            control[0].put(0, octets: 4)
            control[0].put(UInt64(groups), octets: 4)
            for i in 0..<groups { control[0].put(wish.groups[i].number, octets: 6) }
            try command(.addressTables)
        }
        if features.contains(.controlAddress) { try command(.address, wish.address.number, octets: 6) }
        guard features.contains(.controlVLAN) else { return }
        try wish.forChangedVLANs(since: before) { (vlan, passes) throws(DriverFailure) in try command(passes ? .addVLAN : .removeVLAN, UInt64(vlan), octets: 2) }
    }

    /// A command with what was put before, and `value` behind it.
    private mutating func command(_ command: ControlCommand, _ value: UInt64 = 0, octets: Int = 0) throws(DriverFailure) {
        control[0].put(value, octets: octets)
        guard try control[0].send(services, UInt64(command.rawValue), octets: 2) == ControlCommand.ok else { throw .unsupported }
    }
}

// What the shell may see, change and call. Built at the first `describe`, kept as long as the image is loaded.
extension VirtioNet {
    public static func describe() -> UnsafePointer<drydock_description>? { unsafe description }

    // SAFETY: written once before anybody has it, never changed, never freed while the image is loaded.
    private nonisolated(unsafe) static let description: UnsafePointer<drydock_description> = {
        var registers = RegisterList(), methods = MethodList(capacity: 2)
        registers.add(VirtioRegister.self)
        registers.add(VirtioNetRegister.self)
        unsafe methods.add("recover", "recover: reset and bring up again, as after a hang") { (d, _, _) in unsafe Thunks<VirtioNet>.recover(d) }
        unsafe methods.add("features", "features: the feature bits that were negotiated") {
            unsafe Thunks<VirtioNet>.method($0, $1, $2, needs: 0) { (d, _, _) throws(DriverFailure) in Int64(d.features.rawValue & UInt64(Int64.max)) }
        }
        return unsafe CDescription.make(registers, VariableList<OnlyUsualVariables>(usualAnd: 0), methods)
    }()
}
