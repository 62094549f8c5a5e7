public import Host
internal import Synchronization

/// The instance's `clients` file: who is blocked on the stack, readable even while it hangs.
///
/// 64 octets an entry, mapped by clients, which store into their own entry only:
///
///     0     4     8      12     16       24                       64
///     +-----+-----+-------+------+--------+------------------------+
///     | pid | tid | state | zero | since  | what, NUL-padded       |
///     +-----+-----+-------+------+--------+------------------------+
///
/// An entry belongs to the process in its first word; a dead process's entry is free.
public enum ClientTable {
    public enum State: UInt32, Sendable { case idle, send, reply }

    /// A client that waits now.
    public struct Blocked: Equatable, Sendable {
        public let pid: Int32, tid: Int32
        public let state: State
        /// On `MonotonicClock`.
        public let since: UInt64
        public let what: String
    }

    public static let entries = 256
    public static let entryOctets = 64
    static let length = entries * entryOctets
    static let whatOctets = 40

    /// Makes the file, empty: the supervisor's task.
    public static func create(_ path: String) throws(SystemError) {
        try FileSystem.replace(path, with: [UInt8](repeating: 0, count: length))
    }

    /// Living clients that are blocked now, longest first.
    public static func blocked(_ path: String) -> [Blocked] {
        guard let file = try? FileDescriptor.open(path, 0), let octets = try? file.readAll(limit: length) else { return [] }
        let found = stride(from: 0, to: octets.count - entryOctets + 1, by: entryOctets).compactMap { start in
            entry(octets[start..<start + entryOctets])
        }
        return found.sorted { $0.since < $1.since }
    }

    private static func entry(_ octets: ArraySlice<UInt8>) -> Blocked? {
        func number(_ offset: Int, _ count: Int) -> UInt64 {
            (0..<count).reversed().reduce(0) { $0 << 8 | UInt64(octets[octets.startIndex + offset + $1]) }
        }
        let pid = Int32(truncatingIfNeeded: number(0, 4))
        guard let state = State(rawValue: UInt32(number(8, 4))), state != .idle, FolderLock.isAlive(pid) else { return nil }
        let what = octets.dropFirst(24).prefix { $0 != 0 }
        return Blocked(
            pid: pid, tid: Int32(truncatingIfNeeded: number(4, 4)), state: state, since: number(16, 8),
            what: String(decoding: what.map { (0x20..<0x7f).contains($0) ? $0 : UInt8(ascii: "?") }, as: UTF8.self))
    }

    /// This client's place in the table, free again when it goes.
    // SAFETY: `base` is the start of an entry inside `memory`, which is mapped as long as this object lives. The file
    // has its full size from the moment it has its name, and nobody truncates it.
    @safe final class Entry {
        private let memory: MappedFile
        private let base: UnsafeMutableRawPointer

        /// Nil when the table does not exist or is full: being seen is a courtesy, not a condition.
        init?(in path: String) {
            guard let memory = try? MappedFile(path, length: ClientTable.length) else { return nil }
            self.memory = memory
            let me = UInt32(bitPattern: CurrentProcess.pid)
            for index in 0..<ClientTable.entries {
                let start = unsafe memory.base + index * ClientTable.entryOctets
                let owner = unsafe start.assumingMemoryBound(to: Atomic<UInt32>.self)
                let found = unsafe owner.pointee.load(ordering: .relaxed)
                if found != 0, FolderLock.isAlive(Int32(bitPattern: found)) { continue }
                guard unsafe owner.pointee.compareExchange(expected: found, desired: me, ordering: .acquiringAndReleasing).exchanged
                else { continue }
                unsafe base = start
                unsafe base.storeBytes(of: ClientTable.State.idle.rawValue, toByteOffset: 8, as: UInt32.self)
                return
            }
            return nil
        }

        deinit {
            unblock()
            unsafe base.assumingMemoryBound(to: Atomic<UInt32>.self).pointee.store(0, ordering: .releasing)
        }

        func block(_ state: ClientTable.State, _ what: String) {
            if state == .send {
                unsafe base.storeBytes(of: CurrentProcess.thread, toByteOffset: 4, as: Int32.self)
                unsafe base.storeBytes(of: MonotonicClock.now(), toByteOffset: 16, as: UInt64.self)
                let text = Array(what.utf8.prefix(ClientTable.whatOctets - 1))
                unsafe (base + 24).copyMemory(from: text + [0], byteCount: text.count + 1)
            }
            unsafe base.storeBytes(of: state.rawValue, toByteOffset: 8, as: UInt32.self)
        }

        func unblock() { unsafe base.storeBytes(of: ClientTable.State.idle.rawValue, toByteOffset: 8, as: UInt32.self) }
    }
}
