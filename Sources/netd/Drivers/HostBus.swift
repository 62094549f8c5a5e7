package import CDriver
import Glibc
import Host

/// The bus of a driver that has no device: descriptors of its own in place of interrupts, and nothing else.
///
/// A watched descriptor is duplicated. What the event loop knows is then ours to take away, whatever the driver has closed
/// in the meantime, and a number that was used again for something else is never mistaken for it.
package final class HostBus: DeviceBus {
    static let vectors = 8

    private let add: (Int, Int32) throws -> Void
    private let remove: (Int32) -> Void
    private let isAsked: Bool
    private var watched = [Int32](repeating: -1, count: HostBus.vectors)

    /// - Parameters:
    ///   - add: has the event loop call vector n's interrupt while the descriptor is readable.
    ///   - remove: ends that; called before the descriptor is closed.
    package init(add: @escaping (Int, Int32) throws -> Void, remove: @escaping (Int32) -> Void) {
        (self.add, self.remove, isAsked) = (add, remove, false)
    }

    /// For who has no event loop: watched descriptors are asked by `takeInterrupt`, one by one.
    package init() { (add, remove, isAsked) = ({ _, _ in }, { _ in }, true) }

    package var name: String { "host link" }
    package var kind: String { "host" }
    package var driverIdentity: drydock_identity { drydock_identity() }

    package func configLoad(offset: UInt32, width: UInt32) -> UInt32 { .max }
    package func configStore(offset: UInt32, width: UInt32, value: UInt32) {}
    package func regionLength(_ region: UInt32) -> UInt64 { 0 }
    package func load(region: UInt32, offset: UInt32, width: UInt32) -> UInt32 { .max }
    package func store(region: UInt32, offset: UInt32, width: UInt32, value: UInt32) {}

    /// A device address is an offset in packet memory.
    package func map(offset: UInt64, length: UInt64) -> UInt64 { offset }
    package func unmap(deviceAddress: UInt64) {}

    package func watch(vector: UInt32, descriptor: Int32) -> Int32 {
        guard vector < Self.vectors else { return -EINVAL }
        forget(Int(vector))
        guard descriptor >= 0 else { return 0 }
        let own = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        guard own >= 0 else { return -errno }
        do { try add(Int(vector), own) } catch {
            close(own)
            return -((error as? SystemError)?.number.rawValue ?? EINVAL)
        }
        watched[Int(vector)] = own
        return 0
    }

    private func forget(_ vector: Int) {
        guard watched[vector] >= 0 else { return }
        remove(watched[vector])
        close(watched[vector])
        watched[vector] = -1
    }

    package func enableInterrupts(kind: UInt32, vectors: UInt32) -> Int32 { -ENOTSUP }
    package func disableInterrupts() {}
    /// -1: nothing is watched for that vector. None where an event loop looks.
    package var interruptDescriptors: [Int32] { isAsked ? watched : [] }
    package func takeInterrupt(vector: Int) -> Bool { !isAsked || watched[vector] >= 0 && Poll.readable(watched[vector], Deadline(in: .zero)) }
    package func unmask(vector: Int) {}
    package func resetDevice() -> Int32 { -ENOTSUP }

    package var lifeDescriptor: Int32 { -1 }
    package func noteHangUp() {}
    package var goneReason: String? { nil }
    package func release() { for vector in watched.indices { forget(vector) } }
}
