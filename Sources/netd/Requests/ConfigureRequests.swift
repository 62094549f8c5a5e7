import CDriver
import Glibc
import Host
import Messages
import Stack
import Wire

/// `ifconfig`: what it changes.
// SAFETY: `stack` and `attachment` are the process's own, on this thread (Netd, Device).
extension Netd {
    func configure(_ name: String, _ changes: [InterfaceChange]) throws(Failure) {
        var changes = changes
        if pendingVLANs.contains(name) {
            guard case .vlan(let tag, let parent)? = changes.first else {
                throw Failure(.notSupported, what: name, why: "it has no tag and no parent yet", fix: "ifconfig \(name) vlan 5 vlanif em0")
            }
            try tagVLAN(name, tag, parent)
            changes.removeFirst()
        }
        let index = try index(name)
        // All changes are checked before the first is made: a line of words is done whole or not at all.
        for change in changes { try check(change, name, index) }
        for change in changes { try apply(change, name, index) }
    }

    private func check(_ change: InterfaceChange, _ name: String, _ index: InterfaceIndex) throws(Failure) {
        switch change {
        case .addAddress(let setting): _ = try Addresses.prefix(setting)
        case .removeAddress(let family, let address): _ = try Addresses.parse(address, family)
        case .linkAddress(let text): _ = try Addresses.mac(text)
        case .capability(let word, _):
            guard let bits = CapabilityNames.bits(for: word) else {
                throw Failure(.invalid, what: "\(name): capability \(word)", why: "there is none of that name", fix: "see: ifconfig \(name)")
            }
            guard bits & (interfaces[index]?.capabilities ?? 0) != 0 else {
                throw Failure(.notSupported, what: "\(name): capability \(word)", why: "its hardware does not have it", fix: "see: ifconfig \(name)")
            }
        case .media(let word, let duplex): _ = try Media.parse(word, duplex, name)
        case .up, .mtu, .promiscuous, .allMulticast, .vlan, .acceptAdvertisements: break
        }
    }

    private func apply(_ change: InterfaceChange, _ name: String, _ index: InterfaceIndex) throws(Failure) {
        switch change {
        case .up(let up): try driver(name, "start", setUp(index, up))
        case .mtu(let octets): try setMTU(index, octets, name)
        case .linkAddress(let text): try setMAC(index, try Addresses.mac(text), name)
        case .promiscuous(let on):
            interfaces[index]?.promiscuous = on
            unsafe try? stack.pointee.setPromiscuous(index, on)
            applyFilter(index)
        case .allMulticast(let on):
            interfaces[index]?.allMulticast = on
            applyFilter(index)
        case .media(let word, let duplex):
            guard let device = device(index) else { throw Self.noHardware(name, "media") }
            try driver(name, "set_media", unsafe device.attachment.pointee.setMedia(Media.parse(word, duplex, name)))
            interfaces[index]?.media = change
        case .capability(let word, let on): try setCapability(index, word, on, name)
        case .addAddress(let setting): try addAddress(index, setting, name)
        case .removeAddress(let family, let address): try removeAddress(index, Addresses.parse(address, family), name)
        case .vlan(let tag, let parent): try tagVLAN(name, tag, parent)
        case .acceptAdvertisements(let on): try acceptAdvertisements(index, on, name)
        }
    }

    static func noHardware(_ name: String, _ what: String) -> Failure {
        Failure(.notSupported, what: "\(name): \(what)", why: "there is no hardware under it")
    }

    private func driver(_ name: String, _ callout: String, _ status: Int32) throws(Failure) {
        guard status != 0 else { return }
        throw Failure(Errno(rawValue: status), what: "\(name): the driver refused \(callout)", why: DriverFailure.text(status),
                      fix: "its log lines say more: see the instance's log")
    }

    private func setMTU(_ index: InterfaceIndex, _ octets: Int, _ name: String) throws(Failure) {
        let before = listing(index)?.mtu ?? 1500
        do { unsafe try stack.pointee.setMTU(index, octets) } catch { throw error.failure("\(name): mtu \(octets)") }
        guard let device = device(index) else { return }
        let wasRunning = unsafe device.attachment.pointee.running
        if wasRunning { unsafe device.attachment.pointee.stop() }
        let status = unsafe device.attachment.pointee.setMTU(UInt32(octets))
        if status != 0 { unsafe try? stack.pointee.setMTU(index, before) }
        if wasRunning { _ = unsafe device.attachment.pointee.start() }
        try driver(name, "set_mtu", status)
    }

    private func setMAC(_ index: InterfaceIndex, _ mac: MACAddress, _ name: String) throws(Failure) {
        do { unsafe try stack.pointee.setMAC(index, mac, now: now) } catch { throw error.failure("\(name): address \(mac)") }
        applyFilter(index)
    }

    private func setCapability(_ index: InterfaceIndex, _ word: String, _ on: Bool, _ name: String) throws(Failure) {
        guard let device = device(index), var state = interfaces[index], let bits = CapabilityNames.bits(for: word) else {
            throw Self.noHardware(name, "capability \(word)")
        }
        let chosen = bits & state.capabilities
        let enabled = on ? state.enabled | chosen : state.enabled & ~chosen
        try driver(name, "set_offloads", unsafe device.attachment.pointee.setOffloads(enabled))
        state.enabled = enabled
        interfaces[index] = state
        unsafe try? stack.pointee.setCapabilities(index, CapabilityNames.stackCapabilities(enabled))
    }

    private func addAddress(_ index: InterfaceIndex, _ setting: AddressSetting, _ name: String) throws(Failure) {
        let prefix = try Addresses.prefix(setting), broadcast = try setting.broadcast.map { text throws(Failure) in try Addresses.v4(text) }
        let what = "\(name): \(prefix.text)"
        let replaced = setting.family == .inet && !setting.alias ? listing(index)?.addresses.first { $0.prefix.address.isIPv4 } : nil
        let known = listing(index)?.addresses.first { $0.prefix == prefix }
        if let known, known.prefix == replaced?.prefix || setting.lifetimes != nil, known.broadcast == broadcast || broadcast == nil {
            setLifetimes(index, prefix.address, setting.lifetimes)
            return bringUp(index)
        }
        if let replaced {
            unsafe try? stack.pointee.removeAddress(index, replaced.prefix.address, now: now)
            interfaces[index]?.ready.remove(replaced.prefix.address)
        }
        do { unsafe try stack.pointee.addAddress(index, prefix, broadcast: broadcast, isProbed: setting.probe ?? false, now: now) } catch {
            // What was there comes back: a refused address changes nothing.
            if let replaced { unsafe try? stack.pointee.addAddress(index, replaced.prefix, broadcast: replaced.broadcast, now: now) }
            throw error.failure(what)
        }
        setLifetimes(index, prefix.address, setting.lifetimes)
        bringUp(index)
    }

    private func setLifetimes(_ index: InterfaceIndex, _ address: IPAddress, _ lifetimes: AddressLifetimes?) {
        guard let lifetimes else { return }
        func interval(_ seconds: UInt32?) -> Interval? { seconds.map { .seconds(Int($0)) } }
        unsafe try? stack.pointee.setLifetimes(
            index, address, valid: interval(lifetimes.validSeconds), preferred: interval(lifetimes.preferredSeconds), now: now)
    }

    /// An address brings its interface up, as `ifconfig` users expect.
    private func bringUp(_ index: InterfaceIndex) {
        guard listing(index)?.isUp == false else { return }
        setUp(index, true)
    }

    private func removeAddress(_ index: InterfaceIndex, _ address: IPAddress, _ name: String) throws(Failure) {
        interfaces[index]?.ready.remove(address)
        do { unsafe try stack.pointee.removeAddress(index, address, now: now) } catch { throw error.failure("\(name): \(address.text)") }
    }

    func acceptAdvertisements(_ index: InterfaceIndex, _ on: Bool, _ name: String) throws(Failure) {
        do { unsafe try stack.pointee.setAcceptAdvertisements(index, on, now: now) } catch { throw error.failure("\(name): accept_rtadv") }
    }
}
