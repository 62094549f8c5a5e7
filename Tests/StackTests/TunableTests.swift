import Stack
import Testing

/// Figures by name.
struct TunableTests {
    @Test func `every tunable can be read, and set to both its bounds`() throws {
        let lab = try Lab()
        let all = lab.a.listTunables()
        #expect(all.map(\.name) == all.map(\.name).sorted(), "they are listed by name")
        #expect(Set(all.map(\.name)).count == all.count)
        for one in all {
            guard let bounds = one.bounds else {
                #expect(throws: TunableFailure.fixed) { try lab.a.setTunable(one.name, one.value) }
                continue
            }
            #expect(bounds.contains(one.value), "\(one.name) is \(one.value)")
            for value in [bounds.lowerBound, bounds.upperBound] {
                try lab.a.setTunable(one.name, value)
                #expect(lab.a.listTunables().first { $0.name == one.name }?.value == value, "\(one.name)")
            }
            #expect(throws: TunableFailure.outOfBounds(bounds)) { try lab.a.setTunable(one.name, bounds.upperBound + 1) }
            #expect(throws: TunableFailure.outOfBounds(bounds)) { try lab.a.setTunable(one.name, bounds.lowerBound - 1) }
        }
    }

    @Test func `an unknown one is refused with the nearest`() throws {
        let lab = try Lab()
        #expect(throws: TunableFailure.unknown(nearest: "net.inet.tcp.keepidle")) { try lab.a.setTunable("keepidle", 1) }
        #expect(throws: TunableFailure.unknown(nearest: nil)) { try lab.a.setTunable("qqq", 1) }
    }

    @Test func `what is set holds for new streams, not for those that are there`() throws {
        let lab = try Lab()
        let old = try lab.a.openStream()
        try lab.a.setTunable("net.inet.tcp.keepidle", 60)
        try lab.a.setTunable("net.inet.tcp.nodelay", 1)
        let new = try lab.a.openStream()
        let oldOptions = try lab.a.streamOptions(old), newOptions = try lab.a.streamOptions(new)
        #expect(oldOptions.keepAliveIdle == .seconds(7200) && !oldOptions.noDelay)
        #expect(newOptions.keepAliveIdle == .seconds(60) && newOptions.noDelay)
    }
}
