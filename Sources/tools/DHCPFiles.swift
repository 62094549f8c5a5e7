internal import DHCP
internal import FoundationEssentials
internal import Host
internal import Messages
internal import Wire

/// What router advertisements say of resolvers. RFC 8106.
struct Information6Sources: Equatable {
    var resolvers: [String] = []
    var domains: [String] = []
    init() {}

    init(_ report: DiscoveryReport, _ interface: String) {
        resolvers = report.resolvers.filter { $0.interface == interface }.map(\.address)
        domains = report.searchLists.filter { $0.interface == interface }.flatMap(\.domains)
    }
}

/// What goes into a resolver's file, from all sources, each once.
struct ResolverLists: Equatable {
    var domains: [String] = []
    var nameservers: [String] = []

    init(_ lease: Lease?, _ isBound: Bool, _ information: Information6?, _ advertised: Information6Sources) {
        var domains: [String] = [], servers: [String] = []
        if isBound, let lease {
            domains += lease.domain.map { [$0] } ?? []
            servers += lease.resolvers.map(\.description)
        }
        domains += (information?.searchList ?? []) + advertised.domains
        servers += (information?.resolvers.map(\.description) ?? []) + advertised.resolvers
        for domain in domains where !self.domains.contains(domain) { self.domains.append(domain) }
        for server in servers where !nameservers.contains(server) { nameservers.append(server) }
    }

    var text: String {
        let search = domains.isEmpty ? "" : domains.count == 1 ? "domain \(domains[0])\n" : "search \(domains.joined(separator: " "))\n"
        return search + nameservers.map { "nameserver \($0)\n" }.joined()
    }
}

/// The files of one client: the lease, the resolver's file, the script, the log of a client in the background.
struct DHCPFiles {
    private let interface: String
    private let resolv: String?
    private let script: String?
    private let lease: String
    private let journal: String
    private let sock: String
    private var written: String?

    init(_ options: DHCPClient, _ runtime: RuntimeDirectory, _ stack: FolderName, _ interface: String) {
        let folder = runtime.folder(.stack, stack)
        self.interface = interface
        resolv = options.withoutResolvers ? nil : options.resolv.map { Paths.absolute($0) } ?? "\(folder)/resolv.conf"
        script = options.script.map { Paths.absolute($0) }
        lease = DHCPRecord.path(runtime, stack, interface)
        journal = "\(folder)/dhcp.client.log"
        sock = stack.prefix
        _ = try? FileSystem.makeFolder(DHCPRecord.folder(runtime))
    }

    /// The lease of before, of this interface.
    func stored() -> DHCPRecord? { DHCPRecord(file: lease) }

    func store(_ record: DHCPRecord) throws(ToolFailure) {
        do { try FileSystem.replace(lease, with: Array(JSONText.render(record).utf8)) } catch {
            throw ToolFailure(lease, error.description, "the lease cannot be kept: make room, or check the folder")
        }
    }

    func forget() { FileSystem.remove(lease) }

    /// - Returns: whether the file says something new.
    mutating func write(_ lists: ResolverLists) throws(ToolFailure) -> Bool {
        guard let resolv, lists.text != written ?? "" else { return false }
        do { try FileSystem.replace(resolv, with: Array(lists.text.utf8)) } catch {
            throw ToolFailure(resolv, error.description, "name another file: --resolv FILE, or none: -n")
        }
        written = lists.text
        return true
    }

    /// Takes the resolver's file away where it is still as we left it.
    func clear() {
        guard let resolv, let written, FileSystem.text(resolv) == written else { return }
        FileSystem.remove(resolv)
    }

    func log(_ line: String) {
        guard let file = try? LogFile.open(journal, name: "dhcp.client") else { return }
        file.write(line)
    }

    /// - Returns: a complaint about the script; nil when there is none.
    func call(_ event: String, _ address: String) -> String? {
        guard let script else { return nil }
        do {
            let run = try Subprocess.run(script, [script, event, interface, address], environment: Spawn.environment(adding: "SOCK=\(sock)"), time: .seconds(30))
            return run.ending == .exited(0) ? nil : "\(script) \(event): \(run.ending) \(run.complaint)"
        } catch { return "\(script): \(error)" }
    }
}

/// A lease as it is kept for a client started later, and shown.
struct DHCPRecord: Codable, Equatable {
    var interface: String
    var address: String
    var prefixLength: Int
    var server: String
    /// Seconds of the calendar since 1970; nil: for ever.
    var expires: Int?
    var routers: [String]
    var nameservers: [String]
    var domain: String?

    init(_ lease: Lease, _ interface: String, now: Duration) {
        (self.interface, address, prefixLength) = (interface, lease.address.description, lease.prefixLength)
        (server, domain) = (lease.server.description, lease.domain)
        expires = lease.expires.map { Self.calendar + Int(($0 - now).components.seconds) }
        routers = lease.allRoutes.map { "\($0.destination) \($0.router)" }
        nameservers = lease.resolvers.map(\.description)
    }

    init?(file: String) {
        guard let text = FileSystem.text(file), let found = try? JSONDecoder().decode(Self.self, from: Data(text.utf8)) else { return nil }
        self = found
    }

    static var calendar: Int { Int(MonotonicClock.calendar() / 1_000_000_000) }

    static func folder(_ runtime: RuntimeDirectory) -> String { "\(runtime.path)/leases" }
    /// Beside the instances, for it outlives them.
    static func path(_ runtime: RuntimeDirectory, _ stack: FolderName, _ interface: String) -> String {
        "\(folder(runtime))/\(stack)+\(interface).json"
    }

    /// The address, while the lease lasts.
    var usableAddress: IPv4Address? { expires ?? .max > Self.calendar ? IPv4Address(address) : nil }

    static func show(_ interface: String?, _ json: Bool, _ world: World) throws(ToolFailure) -> Int32 {
        let runtime = try world.runtime(), stack = try world.selected()
        let all = FileSystem.names(in: folder(runtime)).filter { $0.hasPrefix("\(stack)+") && $0.hasSuffix(".json") }
            .compactMap { DHCPRecord(file: "\(folder(runtime))/\($0)") }.filter { interface == nil || $0.interface == interface }
        return world.print(json ? JSONText.render(all) : DHCPText.table(all))
    }
}
