import Host
import Messages
import Testing

@testable import tools

struct RouteTests {
    let scratch = Scratch()

    @Test(arguments: [
        ("add default 10.1.0.1", RouteOrder.add(RouteSetting(destination: "default", family: .inet, gateway: "10.1.0.1"))),
        ("add default fe80::1%em0", .add(RouteSetting(destination: "default", family: .inet6, gateway: "fe80::1%em0"))),
        ("add -net 10.2.0.0 10.1.0.1 255.255.0.0", .add(RouteSetting(destination: "10.2.0.0/16", family: .inet, gateway: "10.1.0.1"))),
        ("add -net 10.2.0.0 10.1.0.1 -netmask 255.255.0.0", .add(RouteSetting(destination: "10.2.0.0/16", family: .inet, gateway: "10.1.0.1"))),
        ("add -host 10.2.0.1 10.1.0.1 -mtu 1400", .add(RouteSetting(destination: "10.2.0.1", family: .inet, gateway: "10.1.0.1", mtu: 1400))),
        ("add -inet6 fd01:: fe80::1%em0 -prefixlen 64", .add(RouteSetting(destination: "fd01::/64", family: .inet6, gateway: "fe80::1%em0"))),
        ("add 10.9.0.0/16 -interface em0", .add(RouteSetting(destination: "10.9.0.0/16", family: .inet, interface: "em0"))),
        ("add 10.9.0.0/16 -ifp em0 10.1.0.1", .add(RouteSetting(destination: "10.9.0.0/16", family: .inet, gateway: "10.1.0.1", interface: "em0"))),
        ("add 10.9.0.0/16 127.0.0.1 -reject", .add(RouteSetting(destination: "10.9.0.0/16", family: .inet, gateway: "127.0.0.1", kind: .reject))),
        ("add 10.9.0.0/16 -blackhole", .add(RouteSetting(destination: "10.9.0.0/16", family: .inet, kind: .blackhole))),
        ("delete default", .delete(RouteSetting(destination: "default", family: .inet))),
        ("delete -inet6 default", .delete(RouteSetting(destination: "default", family: .inet6))),
        ("change default 10.1.0.9", .change(RouteSetting(destination: "default", family: .inet, gateway: "10.1.0.9"))),
        ("get 10.9.0.1", .get("10.9.0.1")), ("show -inet6", .show(.inet6)), ("show", .show(nil)), ("flush -inet", .flush(.inet)),
    ])
    func `BSD's words are read`(words: String, order: RouteOrder) throws {
        #expect(try RouteOrder(words.split(separator: " ").map(String.init)) == order)
    }

    @Test(arguments: [
        ("", "what is to be done?; as in: route add default 10.1.0.1, or route show"),
        ("open", "open: unknown word; it is one of: add, change, delete, get, show, flush"),
        ("add", "add: the destination is missing; as in: route add default 10.1.0.1"),
        ("add default", "add default: there is no gateway; as in: route add default 10.1.0.1, or -ifp em0 for a link"),
        ("add elsewhere 10.1.0.1", "add elsewhere: that is not a destination; give an address, a prefix as 10.2.0.0/16, or default"),
        ("add fd00::/8 10.1.0.1", "add 10.1.0.1: gateway and destination are of two families; give both IPv4 or both IPv6"),
        ("add -net 10.2.0.0 10.1.0.1", "add -net 10.2.0.0: a network needs a length; as in: 10.2.0.0/24"),
        ("add -host 10.2.0.0/16 10.1.0.1", "add -host 10.2.0.0/16: a host has no length; leave it out, or give -net"),
        ("add -host -net 10.2.0.1 10.1.0.1", "add: -host and -net exclude each other; give one of them"),
        ("add 10.2.0.0/16 em0", "add em0: that is not a gateway's address; for an interface give: -interface em0"),
        ("add default 10.1.0.1 -mtu 20", "add -mtu 20: that is not a number of octets; as in: route add default 10.1.0.1 -mtu 1400"),
        ("add default 10.1.0.1 -frob", "add -frob: unknown word; see: route --help"),
        ("show 10.0.0.1", "show 10.0.0.1: it takes no address; leave it out"),
    ])
    func `what makes no sense is refused in one line`(words: String, line: String) {
        let run = runTool("route", words.split(separator: " ").map(String.init), in: scratch)
        #expect(run == ToolRunOutcome(exit: 64, output: "", complaint: "route: \(line)\n"))
    }

    static let table = """
        Routing tables

        Internet:
        Destination        Gateway            Flags       Use    Mtu Interface
        default            10.1.0.1           UGS          12      - em0
        10.1.0.0/24        link#2             U             3   1500 em0

        Internet6:
        Destination                             Gateway                                 Flags       Use    Mtu Interface
        fe80::/64                               link#2                                  U             0      - em0

        """

    @Test func `show prints both tables, get one route`() throws {
        let stack = try FakeStack(in: scratch) { request in
            if case .route = request { return .reply(.routes([Samples.routes[1]])) }
            return .reply(.routes(Samples.routes))
        }
        defer { stack.end() }
        #expect(runTool("route", ["show"], in: scratch, sock: "/sock2").output == Self.table)
        #expect(runTool("route", ["-n", "get", "10.1.0.9"], in: scratch, sock: "/sock2").output == """
                route to: 10.1.0.9
             destination: 10.1.0.0
                    mask: 255.255.255.0
               interface: em0
                   flags: <UP>
                     mtu: 1500

            """)
    }

    @Test func `what was done is said, and -q is silent`() throws {
        let stack = try FakeStack(in: scratch) { _ in .reply(.done) }
        defer { stack.end() }
        #expect(runTool("route", ["add", "10.2.0.0/16", "10.1.0.1"], in: scratch, sock: "/sock2").output == "add net 10.2.0.0/16: gateway 10.1.0.1\n")
        #expect(runTool("route", ["delete", "10.2.0.1", "-q"], in: scratch, sock: "/sock2").output == "")
    }

    @Test func `flush deletes what has a gateway and leaves our links`() throws {
        let stack = try FakeStack(in: scratch) { request in
            if case .routes = request { return .reply(.routes(Samples.routes)) }
            return .reply(.done)
        }
        defer { stack.end() }
        #expect(runTool("route", ["flush"], in: scratch, sock: "/sock2").output == "delete net default: gateway 10.1.0.1\n")
        #expect(stack.requests.count == 2)
    }

    @Test func `a change that is refused puts the old route back`() throws {
        let stack = try FakeStack(in: scratch) { request in
            switch request {
            case .routes: .reply(.routes(Samples.routes))
            case .addRoute(let route) where route.gateway == "10.9.9.9":
                .refuse(Failure(.hostUnreachable, what: "10.9.9.9", why: "the gateway is on no link of ours", fix: "see: route show"))
            default: .reply(.done)
            }
        }
        defer { stack.end() }
        let run = runTool("route", ["change", "default", "10.9.9.9"], in: scratch, sock: "/sock2")
        #expect(run.exit == 1 && run.complaint == "route: 10.9.9.9: the gateway is on no link of ours; see: route show\n")
        #expect(stack.requests.last == .addRoute(RouteSetting(destination: "default", family: .inet, gateway: "10.1.0.1", interface: "em0")))
    }
}
