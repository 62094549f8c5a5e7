internal import Host

/// Which end a specification means.
enum CableEnds {
    static func make(_ kind: CableSpecification.Kind, site: CableSite) throws(CableFailure) -> any CableEnd {
        switch kind {
        case .nic(let name):
            guard name != site.name else {
                throw CableFailure("cable nic:\(name)", "a NIC cannot be cabled to itself", fix: "name another NIC")
            }
            return LinkedEnd(own: site.name, far: .nic(name), path: port(.nic, name, site))
        case .switch(let name):
            return LinkedEnd(own: site.name, far: .switch(name), path: port(.switch, name, site)) { site.startSwitch(name) }
        case .tap(let name): return try TAPEnd(name: name)
        case .peer(let peer): return PeerEnd(peer)
        case .seqpacket(let path): return try SocketEnd(path: path, cable: "seqpacket:\(path)")
        case .stream(let path): return try StreamEnd(path: path, cable: "stream:\(path)")
        case .replay(let replay): return try ReplayEnd(replay)
        }
    }

    private static func port(_ kind: RuntimeDirectory.Kind, _ name: String, _ site: CableSite) -> String {
        "\(site.directory.folder(kind))/\(name)/port"
    }
}
