import CDriver
import Glibc
import Host
import Logging
import Messages
import Stack
import Wire

/// What the process knows of an interface beside the stack.
struct InterfaceState {
    var name: String
    /// The device's slot; nil for `lo0` and tagged interfaces.
    var slot: Int?
    var promiscuous = false
    /// Addresses of which the log says that they are ready.
    var ready: Set<IPAddress> = []
    var allMulticast = false
    /// What was asked of its hardware; nil: nothing yet.
    var media: InterfaceChange?
    /// DRYDOCK_CAP_* that the hardware has, and those switched on.
    var capabilities: UInt32 = 0
    var enabled: UInt32 = 0
}

extension Netd {
    var interfaceNames: [String] { interfaces.values.map(\.name) }
    func name(_ index: InterfaceIndex) -> String { index == .loopback ? "lo0" : interfaces[index]?.name ?? "?" }
    func device(_ index: InterfaceIndex) -> Device? { interfaces[index]?.slot.flatMap { devices[$0] } }

    func addInterface(name: String, slot: Int, _ made: drydock_interface) -> InterfaceIndex? {
        guard let short = InterfaceName(name) else { return nil }
        guard let index = unsafe try? stack.pointee.addInterface(InterfaceDescription(short, made)) else { return nil }
        interfaces[index] = InterfaceState(name: name, slot: slot, capabilities: made.capabilities, enabled: made.enabled)
        return index
    }

    func removeInterface(_ index: InterfaceIndex) {
        unsafe try? stack.pointee.removeInterface(index)
        interfaces[index] = nil
    }

    /// Tells the stack what the driver says of its link.
    func linkChanged(_ device: Device) {
        device.context.linkChanged = false
        let media = unsafe device.attachment.pointee.media()
        device.context.trace.link(media)
        let up = (media?.flags ?? 0) & DRYDOCK_MEDIA_LINK_UP != 0
        device.hasLink = up
        unsafe try? stack.pointee.setLink(device.index, up, now: now)
    }

    /// Starts or stops the device with its interface.
    @discardableResult
    func setUp(_ index: InterfaceIndex, _ up: Bool) -> Int32 {
        if let device = device(index) {
            if up {
                applyFilter(index)
                let status = unsafe device.attachment.pointee.start()
                guard status == 0 else { return status }
            } else {
                unsafe device.attachment.pointee.stop()
            }
        }
        unsafe try? stack.pointee.setUp(index, up, now: now)
        if let device = device(index) { linkChanged(device) }
        return 0
    }

    /// Makes the driver's filter anew from what the stack, its tagged interfaces and the user want.
    func applyFilter(_ index: InterfaceIndex) {
        guard let state = interfaces[index], let device = device(index) else {
            if case .vlan(let parent, _)? = listing(index)?.kind { applyFilter(parent) }
            return
        }
        var filter = DriverFilter(promiscuous: state.promiscuous, allMulticast: state.allMulticast)
        var groups = Set<MACAddress>()
        for other in unsafe stack.pointee.listInterfaces() {
            switch other.kind {
            case .vlan(let parent, let identifier) where parent == index: filter.vlans.append(identifier)
            case .ethernet where other.index == index: filter.mac = other.mac.list
            default: continue
            }
            groups.formUnion(unsafe stack.pointee.multicastList(on: other.index))
        }
        // A frame without a tag is for the parent itself, which wants all its own: the filter is off as long as it is used.
        filter.multicast = groups.map(\.list).sorted { $0.lexicographicallyPrecedes($1) }
        let status = unsafe device.attachment.pointee.setFilter(filter)
        if status != 0 { logger.error("\(state.name): set_filter failed: \(DriverFailure.text(status))") }
    }

    func listing(_ index: InterfaceIndex) -> InterfaceListing? {
        unsafe stack.pointee.listInterfaces().first { $0.index == index }
    }

    /// The interface of that name, or the sentence.
    func index(_ name: String) throws(Failure) -> InterfaceIndex {
        guard let short = InterfaceName(name), let index = unsafe stack.pointee.interface(named: short) else {
            throw Failure(.noInterface, what: "interface \(name)", why: "there is none of that name", fix: "see them: ifconfig -l")
        }
        return index
    }
}

extension MACAddress {
    /// Octet 0 first.
    var list: [UInt8] { (0..<6).map { octets[$0] } }
}

extension InterfaceDescription {
    /// What a driver brings: no link yet.
    init(_ name: InterfaceName, _ made: drydock_interface) {
        let m = made.mac
        self.init(name: name, mac: MACAddress(octets: [m.0, m.1, m.2, m.3, m.4, m.5]))
        (mtu, greatestMTU) = (Int(made.mtu), Int(made.maximum_mtu))
        capabilities = CapabilityNames.stackCapabilities(made.enabled)
        hasLink = false
    }
}
