@testable import Host
import Testing
@testable import supervisor

struct RestartPolicyTests {
    private func death(_ ending: Ending = .killed(.segmentation), driver: String? = nil, uptime: Double = 0.1) -> Death {
        Death(generation: 1, pid: 77, ending: ending, report: .init(driver: driver), at: 0, hung: nil, uptime: uptime)
    }

    private func policy(_ mode: RestartPolicy.Mode, _ budget: String = "5/60") throws -> RestartPolicy {
        RestartPolicy(mode: mode, budget: try #require(RestartPolicy.Budget(budget)))
    }

    private static let second: UInt64 = 1_000_000_000

    @Test func `a stack that shall not be started again ends its instance`() throws {
        var never = try policy(.never)
        #expect(never.decide(death(), now: 5) == .conclude(nil))
    }

    @Test func `an orderly end is a failure to nobody, and only always answers it`() throws {
        var onFailure = try policy(.onFailure), always = try policy(.always)
        #expect(onFailure.decide(death(.exited(0)), now: 5) == .conclude(nil))
        #expect(always.decide(death(.exited(0)), now: 5) == .restart(after: .zero, without: nil))
    }

    @Test func `stacks that die soon after their start are started again after twice the time, each`() throws {
        var policy = try policy(.onFailure, "20/60")
        let waits = (0..<12).map { index in policy.decide(death(), now: 100 * Self.second + UInt64(index)) }
        let expected = [0, 50, 100, 200, 400].map { RestartPolicy.Decision.restart(after: .milliseconds($0), without: nil) }
        #expect(Array(waits[..<5]) == expected)
        #expect(waits.last == .restart(after: RestartPolicy.longestWait, without: nil))
    }

    @Test func `a stack that had run for a while is followed by another at once`() throws {
        var policy = try policy(.onFailure, "20/60")
        for round in 1...5 { _ = policy.decide(death(), now: UInt64(round)) }
        #expect(policy.decide(death(uptime: 2), now: 9) == .restart(after: .zero, without: nil))
    }

    @Test func `deaths long ago are forgotten`() throws {
        var policy = try policy(.onFailure, "2/60")
        for round in 1...50 {
            #expect(policy.decide(death(uptime: 60), now: UInt64(round) * 61 * Self.second) == .restart(after: .zero, without: nil))
        }
    }

    @Test func `when the budget is spent, the driver that most deaths name is left out, and the count begins anew`() throws {
        var policy = try policy(.onFailure, "2/60")
        _ = policy.decide(death(driver: "devnp-a.so"), now: Self.second)
        _ = policy.decide(death(driver: nil), now: 2 * Self.second)
        #expect(policy.decide(death(driver: "devnp-a.so"), now: 3 * Self.second) == .restart(after: .zero, without: "devnp-a.so"))
        #expect(policy.decide(death(), now: 4 * Self.second) == .restart(after: .zero, without: nil))
    }

    @Test func `when the budget is spent and no driver is to blame, the instance stays down and says why`() throws {
        var policy = try policy(.onFailure, "2/60")
        _ = policy.decide(death(driver: "devnp-a.so"), now: Self.second)
        _ = policy.decide(death(driver: "devnp-b.so"), now: 2 * Self.second)
        #expect(policy.decide(death(), now: 3 * Self.second) == .conclude("it has died 3 times within 60 s"))
    }

    @Test(arguments: ["", "5", "/", "5/", "/60", "0/60", "5/0", "-1/60", "5/60/3", "a/b", "1001/60", "5/86401"])
    func `a budget is so many deaths in so many seconds`(text: String) {
        #expect(RestartPolicy.Budget(text) == nil)
    }
}
