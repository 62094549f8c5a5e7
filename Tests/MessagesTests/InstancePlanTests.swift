import Host
import Messages
import Testing

struct InstancePlanTests {
    private static func mount(_ path: String, _ options: String) -> StackRequest { .mount(MountRequest(type: "io-pkt2", path: path, options: options)) }

    private func plan(_ steps: [StackRequest], at: UInt64 = 0) -> InstancePlan { InstancePlan(start: StackPlan(.v6Full, words: []), steps: steps, at: at) }

    @Test func `a plan is read as it was written, and rubbish is no plan`() throws {
        let folder = "/tmp/drydock-plan-\(CurrentProcess.pid)-\(MonotonicClock.now())"
        try FileSystem.makeFolder(folder)
        defer {
            FileSystem.clear(folder)
            FileSystem.removeFolder(folder)
        }
        #expect(InstancePlan.read(folder) == nil)
        let plan = plan([Self.mount("/a.so", "name=em,unit=0"), .setTunable(name: "net.inet.ip.ttl", value: 3)], at: 7)
        try plan.write(folder)
        #expect(InstancePlan.read(folder) == plan)
        try FileSystem.replace("\(folder)/\(InstancePlan.file)", with: Array("{\"steps\":".utf8))
        #expect(InstancePlan.read(folder) == nil)
    }

    @Test func `an address that lasts for a while has less of it left, and none when its time is over`() {
        var short = AddressSetting(family: .inet, address: "10.0.0.2", prefixLength: 24, alias: true), long = short, eternal = short
        short.lifetimes = AddressLifetimes(validSeconds: 10)
        long.lifetimes = AddressLifetimes(validSeconds: 100, preferredSeconds: 5)
        eternal.address = "10.0.0.3"
        let steps = [short, long, eternal].map { StackRequest.configure(interface: "em0", changes: [.addAddress($0)]) }
        let aged = plan(steps, at: 1_000_000_000).aged(to: 31_500_000_000)
        long.lifetimes = AddressLifetimes(validSeconds: 70, preferredSeconds: 0)
        #expect(aged.steps == [long, eternal].map { StackRequest.configure(interface: "em0", changes: [.addAddress($0)]) })
    }

    @Test func `a driver that is left out takes its interfaces along, and what stands on them`() throws {
        let up = InterfaceChange.up(true)
        let kept: [StackRequest] = [
            Self.mount("/x/devnp-b.so", "name=em,unit=1"), .configure(interface: "em1", changes: [up]),
            .addRoute(RouteSetting(destination: "10.8.0.0/16", family: .inet, kind: .reject)),
        ]
        let gone: [StackRequest] = [
            Self.mount("/x/libdevnp-a.so", "name=em,unit=0,nic=n0"), Self.mount("/x/libdevnp-a.so", "name=em,unit=2,nic=n2"),
            .configure(interface: "em0", changes: [up]), .configure(interface: "em2", changes: [up]), .createInterface(name: "vlan0"),
            .configure(interface: "vlan0", changes: [.vlan(tag: 5, parent: "em2")]), .configure(interface: "vlan0", changes: [up]),
            .setNeighbor(NeighborSetting(family: .inet, address: "10.0.0.9", linkAddress: "02:00:00:00:00:01", interface: "em0")),
            .addRoute(RouteSetting(destination: "default", family: .inet, gateway: "10.0.0.1", interface: "vlan0")),
        ]
        #expect(plan(gone + kept).leavingOut(driver: "devnp-a.so", interface: "em2")?.steps == kept)
        #expect(plan(gone + kept).leavingOut(driver: "libdevnp-a.so", interface: nil)?.steps == kept)
        #expect(plan(gone + kept).leavingOut(driver: "devnp-c.so", interface: "em7") == nil)
        #expect(plan(gone + kept).leavingOut(driver: "devnp-c.so", interface: nil) == nil)
    }
}

struct UnrestoredStepTests {
    @Test func `a step that could not be restored is over when somebody says something else of the same`() {
        let mount = StackRequest.mount(MountRequest(type: "io-pkt2", path: "/a.so", options: "name=em,unit=0,nic=em-a"))
        let route = StackRequest.addRoute(RouteSetting(destination: "10.9.0.0/16", family: .inet))
        let tunable = StackRequest.setTunable(name: "net.a", value: 1)
        #expect(mount.isReplaced(by: .destroyInterface(name: "em0")) && !mount.isReplaced(by: .destroyInterface(name: "em1")))
        #expect(route.isReplaced(by: .deleteRoute(RouteSetting(destination: "10.9.0.0/16", family: .inet))))
        #expect(!route.isReplaced(by: .deleteRoute(RouteSetting(destination: "10.8.0.0/16", family: .inet))))
        #expect(tunable.isReplaced(by: .setTunable(name: "net.a", value: 2)) && !tunable.isReplaced(by: .setTunable(name: "net.b", value: 2)))
        #expect(StackRequest.configure(interface: "em0", changes: [.up(true)]).isAbout("em0"))
        #expect(!mount.isReplaced(by: .interfaces))
    }
}
