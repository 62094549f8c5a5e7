import Host
import Messages
import Stack

/// Interfaces that are made and destroyed by name: `ifconfig vlan0 create`, `ifconfig em0 destroy`.
extension Netd {
    func createInterface(_ name: String) throws(Failure) {
        guard name.hasPrefix("vlan"), let number = Int(name.dropFirst(4)), (0..<1000).contains(number), "vlan\(number)" == name else {
            throw Failure(.invalid, what: "create \(name)", why: "only vlan0 to vlan999 can be created", fix: "ifconfig vlan0 create")
        }
        guard !interfaceNames.contains(name), !pendingVLANs.contains(name) else {
            throw Failure(.exists, what: "create \(name)", why: "it is there already", fix: "destroy it first: ifconfig \(name) destroy")
        }
        pendingVLANs.insert(name)
    }

    func destroyInterface(_ name: String) throws(Failure) {
        if pendingVLANs.remove(name) != nil { return }
        let index = try index(name)
        if let device = device(index) {
            guard !hasTagged(index) else {
                throw Failure(.busy, what: "destroy \(name)", why: "tagged interfaces stand on it", fix: "destroy those first: ifconfig -l")
            }
            return destroy(device)
        }
        guard interfaces[index] != nil, name != "lo0" else { throw DriverFailure.noDetach(name).failure }
        let parent = parent(of: index)
        do { unsafe try stack.pointee.removeInterface(index) } catch { throw error.failure("destroy \(name)") }
        interfaces[index] = nil
        if let parent { applyFilter(parent) }
    }

    private func hasTagged(_ index: InterfaceIndex) -> Bool {
        unsafe stack.pointee.listInterfaces().contains { if case .vlan(index, _) = $0.kind { true } else { false } }
    }

    private func parent(of index: InterfaceIndex) -> InterfaceIndex? {
        if case .vlan(let parent, _)? = listing(index)?.kind { parent } else { nil }
    }

    /// `ifconfig vlan0 vlan 5 vlanif em0`: what was created gets its tag and its parent.
    func tagVLAN(_ name: String, _ tag: Int, _ parentName: String) throws(Failure) {
        guard pendingVLANs.contains(name), let short = InterfaceName(name) else {
            throw Failure(.busy, what: name, why: "it has a tag and a parent already, or was not created", fix: "ifconfig \(name) create")
        }
        guard (1...4094).contains(tag) else {
            throw Failure(.invalid, what: "\(name): vlan \(tag)", why: "a tag is 1 to 4094", fix: "ifconfig \(name) vlan 5 vlanif \(parentName)")
        }
        let parent = try index(parentName)
        let made: InterfaceIndex
        do { made = unsafe try stack.pointee.addVLAN(short, over: parent, identifier: UInt16(tag)) } catch {
            throw error.failure("\(name): vlan \(tag) on \(parentName)")
        }
        pendingVLANs.remove(name)
        interfaces[made] = InterfaceState(name: name)
        applyFilter(parent)
    }
}
