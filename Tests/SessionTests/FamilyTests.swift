import Foundation
import Testing

/// The other families' drivers, each on its strict model, as images in a stack's process.
@Suite(.serialized) struct FamilyTests {
    let dock: Dock
    init() throws { dock = try Dock() }

    @Test(arguments: ["irq=msix", "irq=msix,rss=on", "irq=msi", "irq=intx"])
    func `the 82574 driver pings through two models, by every kind of interrupt`(options: String) throws {
        defer { dock.close() }
        try dock.good("nic", "add", "wm-1", "sim:82574l", "--cable", "nic:wm-2")
        try dock.good("nic", "add", "wm-2", "sim:82574l")
        for number in 1...2 {
            try dock.good("io-pkt-v6-hc", "-i\(number)", "-ptcpip", "prefix=/s\(number)")
            try dock.good("mount", "-Tio-pkt\(number)", "-o", "nic=wm-\(number),mtu=9000,\(options)", try Drivers.path("e1000e"))
            try dock.good("ifconfig", "wm0", "10.9.0.\(number)/24", sock: "/s\(number)")
        }
        for number in 1...2 { try dock.good("if_up", "-l", "-r", "50", "-m", "100", "wm0", sock: "/s\(number)") }
        for size in ["56", "8900", "30000"] {
            let out = try dock.good(["ping", "-c", "5", "-i", "0.05", "-w", "8", "-s", size, "10.9.0.2"], sock: "/s1")
            #expect(out.contains(" 0% packet loss"), "\(out)")
        }
        for number in 1...2 { #expect(try !dock.good("nic", "show", "wm-\(number)").contains("broke the datasheet")) }
    }
}
