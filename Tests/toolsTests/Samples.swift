import Messages

/// Reports that the tests print.
enum Samples {
    static var em0: InterfaceReport {
        var report = InterfaceReport(
            name: "em0", index: 2, flags: ["UP", "BROADCAST", "RUNNING", "SIMPLEX", "MULTICAST"], mtu: 1500, linkAddress: "02:00:00:00:00:01")
        report.capabilitiesReceive = ["ip4csum", "tcp4csum", "udp4csum"]
        report.capabilitiesTransmit = ["ip4csum", "tcp4csum", "udp4csum", "tcp6csum", "udp6csum", "tso4"]
        var media = MediaReport(automatic: true, megabits: 1000, fullDuplex: true, linkUp: true)
        media.supported = ["10baseT", "100baseTX mediaopt full-duplex", "1000baseT mediaopt full-duplex", "autoselect"]
        report.media = media
        report.addresses = [
            AddressReport(family: .inet, address: "10.1.0.2", prefixLength: 24, broadcast: "10.1.0.255", scope: nil, flags: []),
            AddressReport(family: .inet, address: "10.1.0.3", prefixLength: 32, broadcast: nil, scope: nil, flags: []),
            AddressReport(family: .inet6, address: "fe80::ff:fe00:1", prefixLength: 64, broadcast: nil, scope: 2, flags: ["tentative"]),
        ]
        report.counters.packetsIn = 12
        report.counters.octetsIn = 3400
        report.counters.dropsIn = 1
        report.counters.packetsOut = 7
        report.counters.octetsOut = 980
        return report
    }

    static var lo0: InterfaceReport {
        var report = InterfaceReport(name: "lo0", index: 1, flags: ["UP", "LOOPBACK", "RUNNING", "MULTICAST"], mtu: 33192, linkAddress: nil)
        report.addresses = [AddressReport(family: .inet, address: "127.0.0.1", prefixLength: 8, broadcast: nil, scope: nil, flags: [])]
        return report
    }

    static var hardware: HardwareReport {
        HardwareReport(
            interface: "em0", description: "Intel 82540EM Gigabit Ethernet Controller", driver: "e1000", driverVersion: "1.0",
            nic: "em-b", bus: "sim", permanentAddress: "02:00:00:00:00:01", currentAddress: "02:00:00:00:00:0a",
            media: MediaReport(automatic: true, megabits: 1000, fullDuplex: true, linkUp: true), phyAddress: 1, mtu: 1500,
            maximumMTU: 16110, interrupt: "MSI-X", vectors: 5, apertures: [.init(region: 0, octets: 0x20000), .init(region: 1, octets: 0)],
            promiscuous: false, multicast: true,
            counters: ["TX_PACKETS": 1245, "TX_OCTETS": 106543, "RX_PACKETS": 7, "RX_CRC_ERRORS": 0])
    }

    static var neighbors: [NeighborReport] {
        [
            NeighborReport(family: .inet, address: "10.1.0.1", linkAddress: "02:00:00:00:00:02", interface: "em0", state: "reachable",
                           isRouter: false, expires: 1199),
            NeighborReport(family: .inet, address: "10.1.0.9", linkAddress: nil, interface: "em0", state: "incomplete", isRouter: false, expires: nil),
            NeighborReport(family: .inet, address: "10.1.0.7", linkAddress: "02:00:00:00:00:07", interface: "em1", state: "permanent",
                           isRouter: false, expires: nil),
        ]
    }

    static var neighbors6: [NeighborReport] {
        [
            NeighborReport(family: .inet6, address: "fe80::1%em0", linkAddress: "02:00:00:00:00:02", interface: "em0", state: "stale",
                           isRouter: true, expires: 86_399),
            NeighborReport(family: .inet6, address: "fd00::9", linkAddress: nil, interface: "em0", state: "incomplete", isRouter: false, expires: 2),
        ]
    }

    static var routes: [RouteReport] {
        [
            RouteReport(family: .inet, destination: "default", gateway: "10.1.0.1", flags: "UGS", mtu: nil, uses: 12, interface: "em0"),
            RouteReport(family: .inet, destination: "10.1.0.0/24", gateway: "link#2", flags: "U", mtu: 1500, uses: 3, interface: "em0"),
            RouteReport(family: .inet6, destination: "fe80::/64", gateway: "link#2", flags: "U", mtu: nil, uses: 0, interface: "em0"),
        ]
    }

    static func interfaces(_ request: StackRequest) -> FakeStack.Answer {
        if case .interfaces = request { return .reply(.interfaces([lo0, em0])) }
        return .reply(.done)
    }
}
