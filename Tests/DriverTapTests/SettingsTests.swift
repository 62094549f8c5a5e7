import CDriver
import DriverKit
import DriverTap
import Testing

/// Options are read before anything of the host's is touched: no root is needed for these.
@Suite struct SettingsTests {
    private func attach(_ options: String) -> (status: Int32, host: TestHost) {
        let host = TestHost(drydock_identity())
        var instance: UnsafeMutableRawPointer?, interface = drydock_interface()
        let status = unsafe driverEntry()!.pointee.attach(host.services, options, &instance, &interface)
        #expect(unsafe instance == nil)
        return (status, host)
    }

    @Test(arguments: [
        "ifname", "ifname=", "ifname=sixteen-octets-x", "ifname=a/b", "ifname=a:b", "ifname=a b", "ifname=.", "ifname=..", "vnet=yes", "vnet=",
        "mtu=67", "mtu=9001", "mac=01:00:5e:00:00:01", "mac=52:54", "promiscuous=1", "receive=63", "transmit=8192", "verbose=3", "queues=2",
        "IFNAME=dd0",
    ])
    func `what is not allowed is refused by name, with what is`(text: String) throws {
        let (status, host) = attach(text)
        #expect(status == -22)
        #expect(host.log.count == 1)
        let line = try #require(host.log.first).text
        #expect(line.hasPrefix("tap: option '") && line.contains("; allowed: "), "\(line)")
        #expect(host.watched.isEmpty)
    }

    @Test func `every option that the refusal offers is in the help`() throws {
        let help = unsafe String(cString: driverEntry()!.pointee.help)
        let offered = try #require(attach("nonsense").host.log.first?.text.split(separator: "; allowed: ").last)
        for word in offered.split(separator: " ") { #expect(help.contains(word), "\(word)") }
    }

    @Test func `it drives no NIC, and says so`() {
        let table = unsafe driverEntry()!.pointee
        var identity = drydock_identity()
        #expect(unsafe table.flags & DRYDOCK_DRIVER_NO_DEVICE != 0 && table.match(&identity) == 0)
    }
}
