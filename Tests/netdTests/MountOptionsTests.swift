import Testing

@testable import netd

struct MountOptionsTests {
    @Test func `what the flight recorder keeps is said by name, and is not the driver's`() throws {
        let options = try MountOptions("verbose,trace=events,nic=em-a")
        #expect(options.trace == .events && options.driver == "verbose" && options.nic == "em-a")
        #expect(try MountOptions("verbose").trace == nil)
        for bad in ["trace", "trace=", "trace=all"] {
            #expect(throws: DriverFailure.self) { try MountOptions(bad) }
        }
    }

    @Test func `the stack's options are taken out, the driver's stay in order`() throws {
        let options = try MountOptions("mac=020000000001,name=lan,unit=3,verbose,nic=em-a,speed=100")
        #expect(options.name == "lan")
        #expect(options.unit == 3)
        #expect(options.nic == "em-a")
        #expect(options.driver == "mac=020000000001,verbose,speed=100")
    }

    @Test func `a process of its own is said by a word, and cold by its value`() throws {
        let options = try MountOptions("verbose,isolated,nic=em-a")
        #expect(options.isIsolated && options.keepsSpare && options.driver == "verbose")
        let cold = try MountOptions("isolated=cold")
        #expect(cold.isIsolated && !cold.keepsSpare && cold.driver == "")
        #expect(try MountOptions("isolated,hang=250").hang == 250 && cold.hang == nil)
        let plain = try MountOptions("verbose")
        #expect(!plain.isIsolated)
        #expect(throws: DriverFailure.self) { try MountOptions("hang=250") }
        #expect(throws: DriverFailure.self) { try MountOptions("isolated,hang=39") }
        #expect(try MountOptions("isolated,hang=0").hang == 0)
        #expect(throws: DriverFailure.self) { try MountOptions("isolated=yes") }
    }

    @Test func `no options is nothing at all`() throws {
        let options = try MountOptions("")
        #expect(options == (try MountOptions("")) && options.driver == "" && options.nic == nil)
    }

    @Test(arguments: ["lan=", "lan=x", "unit=-1", "unit=1000", "nic=", "pci=256", "name=a b", "name=em0", "=1", "a,,b", ","])
    func `a malformed option is refused by name`(text: String) {
        #expect(throws: DriverFailure.self) { _ = try MountOptions(text) }
    }

    @Test func `the first free unit is chosen`() throws {
        #expect(try UnitName.choose(prefix: "em", unit: nil, taken: ["em0", "em2"]) == "em1")
        #expect(try UnitName.choose(prefix: "em", unit: 7, taken: ["em0"]) == "em7")
        #expect(throws: DriverFailure.nameTaken("em0")) { try UnitName.choose(prefix: "em", unit: 0, taken: ["em0"]) }
    }
}
