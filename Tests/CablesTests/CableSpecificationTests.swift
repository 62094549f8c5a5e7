@testable import Cables
import Testing
import Wire

@Suite struct CableSpecificationTests {
    @Test func `every kind is read`() throws {
        #expect(try CableSpecification("nic:em-b").kind == .nic("em-b"))
        #expect(try CableSpecification("switch:s1").kind == .switch("s1"))
        #expect(try CableSpecification("tap:dd0").kind == .tap("dd0"))
        #expect(try CableSpecification("seqpacket:/tmp/a:b").kind == .seqpacket(path: "/tmp/a:b"))
        #expect(try CableSpecification("stream:x.sock").kind == .stream(path: "x.sock"))
        guard case .peer(let peer) = try CableSpecification("peer:10.1.0.1/24,mac=02:00:00:00:00:99,v6=fd00::1/64").kind else {
            Issue.record("not a peer")
            return
        }
        #expect(peer.address.description == "10.1.0.1/24" && peer.mac.description == "02:00:00:00:00:99" && peer.address6?.description == "fd00::1/64")
        guard case .replay(let replay) = try CableSpecification("pcap:x.pcap,pace=maximum,count=10,after=0ms").kind else {
            Issue.record("not a replay")
            return
        }
        #expect(replay.path == "x.pcap" && !replay.originalPace && replay.count == 10 && replay.after == 0)
    }

    @Test func `impairments are read for both directions and for one`() throws {
        let cable = try CableSpecification("nic:em-b,loss=1%,delay=5ms,rx-loss=2.5%,tx-rate=10M,jitter=1.5ms,seed=7,capture=x.pcapng")
        #expect(cable.transmit.loss == 10_000 && cable.receive.loss == 25_000)
        #expect(cable.transmit.delay == 5_000_000 && cable.receive.delay == 5_000_000)
        #expect(cable.transmit.jitter == 1_500_000)
        #expect(cable.transmit.rate == 10_000_000 && cable.receive.rate == 0)
        #expect(cable.seed == 7 && cable.capture == "x.pcapng")
    }

    @Test func `impairments are printed as they are written`() throws {
        for text in ["", "loss=1%,delay=5ms", "tx-loss=15000ppm,rx-corrupt=3%,rx-rate=64k"] {
            let read = try CableSpecification.impairments(text)
            #expect(CableSpecification.text((read.transmit, read.receive)) == text)
        }
    }

    @Test(arguments: [
        ("em-b", "there is no kind before a colon"), ("nic:", "nothing follows the colon"), ("wire:x", "there is no kind “wire”"),
        ("nic:../x", "“../x” is no name"), ("nic:..", "“..” is no name"), ("tap:an-interface-too-long", "“an-interface-too-long” is no interface name"),
        ("nic:b,loss", "“loss” is not key=value"), ("nic:b,loss=1", "loss=1 makes no sense"), ("nic:b,loss=101%", "loss=101% makes no sense"),
        ("nic:b,loss=-1%", "loss=-1% makes no sense"), ("nic:b,delay=5", "delay=5 makes no sense"), ("nic:b,delay=61s", "delay=61s makes no sense"),
        ("nic:b,rate=fast", "rate=fast makes no sense"), ("nic:b,loss=1%,loss=2%", "loss= is there twice"), ("nic:b,color=red", "there is no option color= here"),
        ("nic:b,pace=maximum", "there is no option pace= here"), ("nic:b,seed=x", "seed=x makes no sense"),
        ("peer:10.1.0.300/24", "“10.1.0.300/24” is no IPv4 address with a prefix length"), ("peer:10.1.0.1/24,mac=ff:ff:ff:ff:ff:ff", "mac=ff:ff:ff:ff:ff:ff makes no sense"),
        ("pcap:x,count=0", "count=0 makes no sense"), ("", "there is no kind before a colon"),
    ]) func `what is wrong is named`(text: String, why: String) {
        do {
            _ = try CableSpecification(text)
            Issue.record("\(text) was accepted")
        } catch {
            #expect(error.why == why)
            #expect(!error.fix.isEmpty && !error.what.isEmpty)
        }
    }
}
