import CDriver
import DriverAFXDP
import DriverKit
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
        "", "mtu=1500", "ifname=", "ifname=a/b", "ifname=sixteen-octets-x", "ifname=dd0,vnet=on", "ifname=dd0,receive=63",
        "ifname=dd0,transmit=8192", "ifname=dd0,promiscuous=1", "ifname=dd0,mac=01:00:5e:00:00:01", "ifname=dd0,queue=64", "ifname=dd0,mode=fast", "ifname=dd0,busy=maybe", "ifname=dd0,mtu=9000",
    ])
    func `what is not allowed, or is missing, is refused by name, with what is`(text: String) throws {
        let (status, host) = attach(text)
        #expect(status == -22)
        #expect(host.log.count == 1)
        let line = try #require(host.log.first).text
        #expect(line.hasPrefix("afxdp: option '") && line.contains("; allowed: "), "\(line)")
    }

    @Test func `an interface that the host does not have is named in the refusal`() throws {
        let (status, host) = attach("ifname=dd-none-such")
        #expect(status == -19)
        #expect(try #require(host.log.first).text.hasPrefix("afxdp: interface dd-none-such: "))
        #expect(host.watched.isEmpty)
    }

    @Test func `every option that the refusal offers is in the help`() throws {
        let help = unsafe String(cString: driverEntry()!.pointee.help)
        let offered = try #require(attach("ifname=dd0,nonsense").host.log.first?.text.split(separator: "; allowed: ").last)
        for word in offered.split(separator: " ") { #expect(help.contains(word), "\(word)") }
    }
}
