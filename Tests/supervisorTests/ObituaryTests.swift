@testable import Host
import Messages
import Testing
@testable import supervisor

struct ObituaryTests {
    private let plan: StackPlan = {
        var plan = StackPlan(.v6Full, words: ["io-pkt-v6-hc", "-i2", "-ptcpip", "prefix=/sock2"])
        (plan.instance, plan.prefix) = (2, "/sock2")
        return plan
    }()

    private func obituary(_ ending: Ending, _ report: CrashNote.Report) -> Obituary {
        let death = Death(generation: 1, pid: 77, ending: ending, report: report, at: 1_500_000_000, hung: nil, uptime: 3)
        return Obituary(plan: plan, death: death, program: "/opt/drydock")
    }

    private let fault = CrashNote.Report.Fault(
        signal: .segmentation, code: 1, address: 0, instruction: 0x7f00_1234, thread: 78, at: 1_500_000_000)

    @Test func `a fault in a driver is told with the driver, its callout and the way back`() {
        let report = CrashNote.Report(
            fault: fault, driver: "devnp-e1000-faulty.so", interface: "em0", callout: "return_receive", isInDriver: true)
        let told = obituary(.killed(.segmentation), report)
        #expect(told.sentence(.conclude(nil)) == "io-pkt-v6-hc: instance 2 (/sock2) died: SIGSEGV at address 0x0 in devnp-e1000-faulty.so, "
            + "callout return_receive of em0; start it again: io-pkt-v6-hc -i2 -ptcpip prefix=/sock2")
        #expect(told.faultLine == "run fault pid 77 tid 78 signal 11 code 1 ip 0x7f001234 /opt/drydock")
        #expect(told.tombstone.signal == 11)
        #expect(told.tombstone.address == 0)
        #expect(told.tombstone.driver == "devnp-e1000-faulty.so")
        #expect(told.tombstone.when == 1.5)
    }

    @Test func `what is not known is not claimed`() {
        #expect(obituary(.killed(.kill), .init()).sentence(.conclude(nil))
            == "io-pkt-v6-hc: instance 2 (/sock2) died: SIGKILL; start it again: io-pkt-v6-hc -i2 -ptcpip prefix=/sock2")
        #expect(obituary(.exited(3), .init()).sentence(.conclude(nil))
            == "io-pkt-v6-hc: instance 2 (/sock2) died: exit code 3; start it again: io-pkt-v6-hc -i2 -ptcpip prefix=/sock2")
        #expect(obituary(.exited(3), .init()).tombstone.signal == nil)
        let inStack = CrashNote.Report(fault: fault, driver: "devnp-x.so", interface: nil, callout: "transmit", isInDriver: false)
        #expect(obituary(.killed(.segmentation), inStack).sentence(.conclude(nil)).contains("0x0, while in devnp-x.so, callout transmit;"))
    }
}
