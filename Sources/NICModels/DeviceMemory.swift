import Synchronization

/// The claimed memory as the device reaches it: through mappings only, every access checked.
///
/// Device addresses start above 4 GiB, so a driver that forgets the upper half of an address is found out, keep the
/// offset within a page, and are never handed out twice in a row; a guard gap follows each mapping.
struct DeviceMemory {
    private struct Mapping {
        var address: UInt64
        var offset: UInt64
        var length: UInt64
        var made: UInt64

        var seen: MappingHistory.Mapping { MappingHistory.Mapping(address: address, length: length, made: made) }
    }

    static let firstAddress: UInt64 = 0x2_4000_0000
    static let lastAddress: UInt64 = 1 << 46
    static let maximumMappings = 65_536
    private static let page: UInt64 = 4096
    /// More than the longest frame, so that an overrun lands in no other mapping.
    private static let guardGap: UInt64 = 64 * 1024

    private var memory: DMAMemory?
    /// Sorted by address: addresses only grow until the space is used up.
    private var mappings: [Mapping] = []
    private var nextAddress = Self.firstAddress
    private var history = MappingHistory()
    /// Monotonic nanoseconds, as far as the model keeps them here: when mappings come and go.
    var now: UInt64 = 0

    var isClaimed: Bool { memory != nil }

    mutating func claim(_ memory: DMAMemory) {
        self.memory = memory
        history.clear()
    }

    mutating func release() {
        memory = nil
        mappings.removeAll()
    }

    /// Makes part of the memory reachable.
    mutating func map(offset: UInt64, length: UInt64) throws(NICFailure) -> UInt64 {
        guard let memory else { throw .notClaimed }
        let (end, overflow) = offset.addingReportingOverflow(length)
        guard length > 0, !overflow, end <= memory.length else {
            throw .badMapping("offset \(offset), length \(length): the claimed memory has \(memory.length) octets")
        }
        guard mappings.count < Self.maximumMappings else {
            throw .badMapping("\(Self.maximumMappings) mappings are in use; unmap some first")
        }
        let inPage = offset % Self.page
        let span = (inPage + length + Self.page - 1) / Self.page * Self.page + Self.guardGap
        if nextAddress + span > Self.lastAddress {
            guard mappings.isEmpty else { throw .badMapping("device addresses are used up; release the device") }
            nextAddress = Self.firstAddress
        }
        let address = nextAddress + inPage
        nextAddress += span
        mappings.append(Mapping(address: address, offset: offset, length: length, made: now))
        return address
    }

    /// Forgets a mapping; an address that is none is ignored.
    mutating func unmap(_ address: UInt64) {
        let index = firstIndex(after: address) - 1
        guard index >= 0, mappings[index].address == address else { return }
        history.end(mappings.remove(at: index).seen, now: now)
    }

    /// Why an access of the device to `address` failed: part of a sentence.
    func account(of address: UInt64) -> String {
        let index = firstIndex(after: address)
        let around = [index - 1, index].filter(mappings.indices.contains).map { mappings[$0].seen }
        return history.account(of: address, nearest: around.min { $0.distance(to: address) < $1.distance(to: address) }, now: now)
    }

    /// Eight octets, least significant first; nil when they are not all mapped.
    func word(at address: UInt64) -> UInt64? {
        guard let memory, let offset = locate(address, 8) else { return nil }
        // SAFETY: `locate` keeps offset + 8 within the claimed memory; any bit pattern is a valid integer.
        return unsafe UInt64(littleEndian: memory.base.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    /// Stores eight octets after everything stored before. Pairs with the driver's acquire after it sees the done bit.
    func publish(_ word: UInt64, at address: UInt64) -> Bool {
        guard let memory, let offset = locate(address, 8) else { return false }
        atomicMemoryFence(ordering: .releasing)
        // SAFETY: `locate` keeps offset + 8 within the claimed memory.
        unsafe memory.base.storeBytes(of: word.littleEndian, toByteOffset: offset, as: UInt64.self)
        return true
    }

    /// A number of any width, least significant octet first; nil when it is not all mapped.
    func load<T: FixedWidthInteger>(_ address: UInt64, as _: T.Type = T.self) -> T? {
        guard let memory, let offset = locate(address, UInt64(MemoryLayout<T>.size)) else { return nil }
        // SAFETY: as in `word(at:)`.
        return unsafe T(littleEndian: memory.base.loadUnaligned(fromByteOffset: offset, as: T.self))
    }

    /// Stores a number of any width after everything stored before.
    func store<T: FixedWidthInteger & BitwiseCopyable>(_ value: T, at address: UInt64) -> Bool {
        guard let memory, let offset = locate(address, UInt64(MemoryLayout<T>.size)) else { return false }
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        // SAFETY: as in `publish`.
        unsafe memory.base.storeBytes(of: value.littleEndian, toByteOffset: offset, as: T.self)
        return true
    }

    /// Appends `count` octets to `octets`; false, and nothing appended, when they are not all mapped.
    func fetch(_ address: UInt64, _ count: Int, into octets: inout [UInt8]) -> Bool {
        guard let memory, let offset = locate(address, UInt64(count)) else { return false }
        // SAFETY: `locate` keeps offset + count within the claimed memory.
        unsafe octets.append(contentsOf: UnsafeRawBufferPointer(start: memory.base + offset, count: count))
        return true
    }

    /// Appends `count` octets to `frame`; false, and nothing appended, when they are not all mapped or do not fit.
    func fetch(_ address: UInt64, _ count: Int, into frame: inout FrameBuffer) -> Bool {
        guard let memory, let offset = locate(address, UInt64(count)) else { return false }
        // SAFETY: `locate` keeps offset + count within the claimed memory.
        return unsafe frame.append(UnsafeRawBufferPointer(start: memory.base + offset, count: count))
    }

    /// Copies `source` to the device address; false, and nothing copied, when not all of it is mapped.
    func place(_ source: UnsafeRawBufferPointer, at address: UInt64) -> Bool {
        guard let memory, let offset = locate(address, UInt64(source.count)) else { return false }
        // SAFETY: `locate` keeps offset + count within the claimed memory; `source` is valid during the call.
        unsafe (memory.base + offset).copyMemory(from: source.baseAddress!, byteCount: source.count)
        return true
    }

    /// Where the octets lie in the claimed memory, if one mapping covers them all.
    private func locate(_ address: UInt64, _ count: UInt64) -> Int? {
        let index = firstIndex(after: address) - 1
        guard index >= 0, count > 0 else { return nil }
        let mapping = mappings[index]
        let inside = address - mapping.address
        guard inside < mapping.length, count <= mapping.length - inside else { return nil }
        return Int(mapping.offset + inside)
    }

    /// The first mapping whose address is above `address`. O(log mappings).
    private func firstIndex(after address: UInt64) -> Int {
        var low = 0
        var high = mappings.count
        while low < high {
            let middle = (low + high) / 2
            if mappings[middle].address <= address { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
