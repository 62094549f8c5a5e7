import Glibc
import Host
import Testing

@testable import Messages

struct StackOrdersTests {
    private func failure(_ body: () throws(Failure) -> Void) -> Failure? {
        do { try body() } catch { return error }
        return nil
    }

    /// The process's end, as it would have come through the descriptors.
    private func other(_ orders: borrowing StackOrders) throws -> StackOrders {
        let (memory, bell) = orders.descriptors
        return try StackOrders(memory: FileDescriptor(owning: dup(memory)), bell: FileDescriptor(owning: dup(bell)))
    }

    @Test(arguments: [nil, [], [.createInterface(name: "vlan0"), .setTunable(name: "net.inet.ip.ttl", value: 3)]] as [[StackRequest]?])
    func `what is given is what the process takes`(steps: [StackRequest]?) throws {
        let orders = try StackOrders()
        try orders.give(steps)
        #expect(try other(orders).take() == steps)
    }

    @Test func `a plan that does not fit is refused, and smaller orders still arrive`() throws {
        let orders = try StackOrders()
        let many = (0..<30_000).map { StackRequest.setTunable(name: "net.inet.ip.ttl.and.more", value: $0) }
        let refused = failure { () throws(Failure) in try orders.give(many) }
        #expect(refused?.why.contains("more than 1048568") == true)
        try orders.give([.createInterface(name: "vlan1")])
        #expect(try other(orders).take() == [.createInterface(name: "vlan1")])
    }

    @Test func `orders that are none are refused`() throws {
        let orders = try StackOrders()
        try orders.give(nil)
        let memory = try SharedMemory(received: FileDescriptor(owning: dup(orders.descriptors.memory)), length: 8)
        unsafe memory.base.storeBytes(of: UInt64.max, as: UInt64.self)
        #expect(failure { () throws(Failure) in _ = try orders.take() }?.why == "the supervisor's orders cannot be read")
    }
}
