package import CDriver
import Glibc

/// A device with something wrong: what drivers must survive and hardware does one day.
package final class BentBus: DeviceBus {
    package enum Bend: Equatable, Sendable {
        case none
        /// After so many accesses, every load gives all ones: the card was pulled out.
        case goneAfter(Int)
        /// Every region has 16 octets.
        case smallRegions
        case noInterrupts
        /// Loads give what was stored there last, or what the first load gave: nothing ever gets done.
        case stuck
        /// The n-th mapping (from 1) is refused.
        case refuseMapping(Int)
    }

    private let inner: any DeviceBus
    private let bend: Bend
    private var accesses = 0, mappings = 0
    private var cells: [UInt64: UInt32] = [:]
    /// Set: the card is gone from now on.
    package var isPulled = false

    package init(_ inner: any DeviceBus, _ bend: Bend) { (self.inner, self.bend) = (inner, bend) }

    package var name: String { inner.name }
    package var kind: String { inner.kind }
    package var driverIdentity: drydock_identity { inner.driverIdentity }
    package var refusedMappings: Int { if case .refuseMapping(let n) = bend { mappings >= n ? 1 : 0 } else { 0 } }

    private func isGone() -> Bool {
        accesses += 1
        if case .goneAfter(let limit) = bend, accesses > limit { isPulled = true }
        return isPulled
    }

    private func ones(_ width: UInt32) -> UInt32 { width >= 4 ? .max : (1 << (8 * width)) - 1 }

    package func configLoad(offset: UInt32, width: UInt32) -> UInt32 {
        isGone() ? ones(width) : inner.configLoad(offset: offset, width: width)
    }
    package func configStore(offset: UInt32, width: UInt32, value: UInt32) {
        if !isGone() { inner.configStore(offset: offset, width: width, value: value) }
    }
    package func regionLength(_ region: UInt32) -> UInt64 {
        bend == .smallRegions ? min(inner.regionLength(region), 16) : inner.regionLength(region)
    }
    package func load(region: UInt32, offset: UInt32, width: UInt32) -> UInt32 {
        if isGone() { return ones(width) }
        guard bend == .stuck else { return inner.load(region: region, offset: offset, width: width) }
        let cell = UInt64(region) << 32 | UInt64(offset)
        if let value = cells[cell] { return value }
        cells[cell] = inner.load(region: region, offset: offset, width: width)
        return cells[cell] ?? 0
    }
    package func store(region: UInt32, offset: UInt32, width: UInt32, value: UInt32) {
        if isGone() { return }
        if bend == .stuck { cells[UInt64(region) << 32 | UInt64(offset)] = value }
        inner.store(region: region, offset: offset, width: width, value: value)
    }
    package func map(offset: UInt64, length: UInt64) throws -> UInt64 {
        mappings += 1
        // The first is packet memory's, which is not the driver's doing.
        if case .refuseMapping(let n) = bend, mappings == n + 1 { throw DriverFailure.busFailed(nic: name, why: "the mapping was refused") }
        return try inner.map(offset: offset, length: length)
    }
    package func unmap(deviceAddress: UInt64) { inner.unmap(deviceAddress: deviceAddress) }
    package func enableInterrupts(kind: UInt32, vectors: UInt32) -> Int32 {
        bend == .noInterrupts ? -ENOTSUP : inner.enableInterrupts(kind: kind, vectors: vectors)
    }
    package var interruptKind: UInt32? { inner.interruptKind }
    package var vectors: Int { inner.vectors }
    package func disableInterrupts() { inner.disableInterrupts() }
    package var interruptDescriptors: [Int32] { inner.interruptDescriptors }
    package func takeInterrupt(vector: Int) -> Bool { inner.takeInterrupt(vector: vector) && !isPulled }
    package func unmask(vector: Int) { inner.unmask(vector: vector) }
    package func resetDevice() -> Int32 { isPulled ? -ENODEV : inner.resetDevice() }
    package var lifeDescriptor: Int32 { inner.lifeDescriptor }
    package func noteHangUp() { inner.noteHangUp() }
    package var goneReason: String? { isPulled ? "pulled out" : inner.goneReason }
    package func release() { inner.release() }
    package func watch(vector: UInt32, descriptor: Int32) -> Int32 { inner.watch(vector: vector, descriptor: descriptor) }
}
