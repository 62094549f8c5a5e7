import Foundation
import Testing

extension Claim {
    static var links: [Claim] { all.filter { $0.bus.hasPrefix("host:") } }
}

/// Drivers of the host's own network through `drydock check`, in a namespace that the test makes; the check makes its own inside.
@Suite(.serialized, .enabled(if: Namespace.isAvailable, "\(Namespace.missing ?? "")"))
struct HostConformanceTests {
    private func within(_ body: (Dock) throws -> Void) throws {
        let space = try Namespace(), dock = try space.dock()
        defer {
            dock.close()
            space.close()
        }
        try body(dock)
    }

    private func check(_ claim: Claim, options: String, _ dock: Dock) throws -> String {
        let words = ["drydock", "check", try Drivers.path(claim.driver), "--on", claim.bus, "--options", options, "--seconds", "280"]
        let outcome = try dock.run(words, seconds: 300)
        #expect(outcome.status == 0 && outcome.out.contains(" 0 failed"), "\(outcome.all)")
        return outcome.out
    }

    /// Why a case may not apply: what no host link has, and what one of them has not.
    static let lacks = [
        "datasheet": "a host link has no datasheet", "small-region": "a host link has no registers", "no-interrupt": "a host link has no interrupts",
        "stuck": "a host link has no registers", "no-memory": "a host link has no DMA mappings", "jumbo": "its largest MTU is 1500",
        "checksums": "it sums nothing", "segmentation": "it does not segment", "gone-attach": "the driver makes its interface itself",
    ]

    @Test(arguments: Claim.links) func `a driver without a NIC passes every case on the host's own network`(claim: Claim) throws {
        try within { dock in
            for options in [""] + (["afxdp": ["mode=generic", "busy=on"], "tap": ["vnet=off"]][claim.driver] ?? []) {
                let report = try check(claim, options: options, dock)
                for line in report.split(separator: "\n") {
                    let words = line.split(separator: " ").map(String.init)
                    guard words.count > 1, words[1] == "-" else { continue }
                    #expect(Self.lacks[words[0]] == words.dropFirst(2).joined(separator: " "), "\(line)")
                }
            }
            #expect(try !dock.good("ip", "link").contains("dut"), "the check's interfaces are in a network of its own")
        }
    }

    @Test func `an interface of one's own is checked where it is, and stays`() throws {
        try within { dock in
            try dock.good("ip", "link", "add", "mine", "type", "veth", "peer", "name", "other")
            try dock.good("ip", "link", "set", "mine", "up")
            let words = ["drydock", "check", try Drivers.path("afpacket"), "--on", "host:mine", "--wire", "packet:other"]
            #expect(try dock.good(words + ["--case", "sizes", "--case", "gone"], seconds: 60).contains("mine is yours, and is not removed"))
            #expect(try dock.good("ip", "link", "show", "mine").contains("mine"))
        }
    }

    @Test(arguments: [
        ("afpacket", ["host:lo"], "the other end of its wire is not known"), ("afpacket", ["host:lo", "--wire", "packet:nothing"], "wire packet:nothing"),
        ("afpacket", ["host:veth", "--wire", "packet:lo"], "host:veth has its own"), ("afpacket", ["host"], "choose host:veth, host:tap"),
        ("afpacket", ["sim:82540em"], "drives no NIC"), ("e1000", ["host:veth"], "drives a NIC"),
    ]) func `what a driver cannot sit on is refused in one line`(driver: String, words: [String], why: String) throws {
        try within { dock in
            let outcome = try dock.run(["drydock", "check", try Drivers.path(driver), "--on"] + words)
            #expect(outcome.status == 1 && outcome.out.contains(why), "\(outcome.all)")
        }
    }
}
