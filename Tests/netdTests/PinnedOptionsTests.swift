import Testing
@testable import netd

struct PinnedOptionsTests {
    @Test(arguments: [
        ("", "em0", "em-a", "name=em,unit=0,nic=em-a"), ("nic=em-a,after=3", "em12", "em-b", "name=em,unit=12,nic=em-b,after=3"),
        ("pci=1,trace=off,lan=4,unit=9,name=x,verbose", "x4", "n", "name=x,unit=4,nic=n,trace=off,verbose"),
    ])
    func `a plan's mount names one interface and its NIC, and keeps what is the driver's`(text: String, interface: String, nic: String, pinned: String) {
        #expect(MountOptions.pinned(text, to: interface, nic: nic) == pinned)
    }

    @Test func `a driver without a NIC is given none`() {
        #expect(MountOptions.pinned("path=/x,nic=y", to: "tap3", nic: nil) == "name=tap,unit=3,path=/x")
    }
}
