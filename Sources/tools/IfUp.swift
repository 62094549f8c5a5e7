internal import ArgumentParser
internal import Host
internal import Messages

/// `if_up`: waits until interfaces are there, have an address or have a link.
struct IfUp: Tool {
    static let configuration = CommandConfiguration(
        commandName: "if_up",
        abstract: "Wait until interfaces are up.",
        usage: "if_up [-a] [-l] [-p] [-r RETRIES] [-s SECONDS] [-m MILLISECONDS] INTERFACE...",
        discussion: """
            Without -a, -l or -p it waits until each interface is marked UP. Looks every second, five times, unless told
            otherwise; a stack that is not there yet is waited for in the same way.

            Examples:
              if_up em0
              SOCK=/sock2 if_up -l -r 50 -m 100 em0

            Exit status: 0 all are; 1 not within the time; 64 wrong words.
            """)

    @Flag(name: .short, help: "Until it has an address (a link-local IPv6 address does not count).") var address = false
    @Flag(name: .short, help: "Until it has a link.") var link = false
    @Flag(name: .short, help: "Until it is present.") var presence = false
    @Option(name: .customShort("r"), help: "How often to look again.") var retries = 5
    @Option(name: .customShort("s"), help: "Seconds between looks.") var seconds: Int?
    @Option(name: .customShort("m"), help: "Milliseconds between looks.") var milliseconds: Int?
    @Argument(help: "Interfaces.") var interfaces: [String]

    func validate() throws {
        guard (0...1_000_000).contains(retries) else { throw ValidationError("-r \(retries): give 0 to 1000000") }
        guard seconds == nil || milliseconds == nil else { throw ValidationError("-s and -m exclude each other") }
        guard (0...86400).contains(seconds ?? 0), (0...86_400_000).contains(milliseconds ?? 0) else {
            throw ValidationError("the time between looks is 0 to a day")
        }
    }

    private var period: Duration { milliseconds.map { .milliseconds($0) } ?? .seconds(seconds ?? 1) }

    func perform(in world: World) throws(ToolFailure) -> Int32 {
        var missing = ToolFailure("", "", "")
        for attempt in 0...retries {
            if attempt > 0 { Pause.milliseconds(UInt32(clamping: period.nanoseconds / 1_000_000)) }
            do {
                let list = try world.stack().interfaces()
                guard let reason = interfaces.lazy.compactMap({ lacking($0, list) }).first else { return Exit.success }
                missing = reason
            } catch {
                missing = error
            }
        }
        throw missing
    }

    /// One that others may be told of: not link-local, and no longer being probed for duplicates.
    private static func isUsable(_ address: AddressReport) -> Bool {
        (address.family == .inet || address.scope == nil) && !address.flags.contains("tentative") && !address.flags.contains("duplicated")
    }

    /// What an interface lacks; nil when it is as wanted.
    func lacking(_ name: String, _ list: [InterfaceReport]) -> ToolFailure? {
        guard let found = list.first(where: { $0.name == name }) else {
            return ToolFailure(name, "no such interface", "mount its driver: mount -T io-pkt FILE")
        }
        if link, !(found.media?.linkUp ?? true) {
            return ToolFailure(name, "no carrier", "plug its NIC in: nic plug NAME CABLE")
        }
        if address, !found.addresses.contains(where: Self.isUsable) {
            return ToolFailure(name, "no address", "give it one: ifconfig \(name) 10.1.0.2/24")
        }
        if !link, !address, !presence, !found.flags.contains("UP") {
            return ToolFailure(name, "it is down", "ifconfig \(name) up")
        }
        return nil
    }
}
