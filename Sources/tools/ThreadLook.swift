internal import Host

/// What a thread's stack takes, in octets.
struct StackUse: Codable, Equatable {
    /// What it may grow to.
    var size: UInt64
    /// From its top to where the thread is now.
    var current: UInt64
    /// Pages that have ever been touched.
    var deepest: UInt64
}

/// A futex that a thread waits for.
struct ThreadLock: Codable, Equatable {
    var address: UInt64
    /// The thread that holds it, or whose end is awaited; nil: it is no lock, or one that nobody is known to hold.
    var owner: Int32?
}

/// What `/proc/PID/task/TID/syscall` says of a thread that is not running. proc_pid_syscall(5).
struct ThreadCall: Equatable {
    /// -1: it was stopped outside a system call.
    var number: Int
    /// Six of them; none outside a call.
    var arguments: [UInt64]
    var stack: UInt64

    /// Nil for `running`, and for what is no such line.
    init?(_ text: String) {
        let words = text.split(whereSeparator: \.isWhitespace)
        func hexadecimal(_ word: Substring) -> UInt64? { word.hasPrefix("0x") ? UInt64(word.dropFirst(2), radix: 16) : nil }
        guard words.count == 9 || words.count == 3, let number = Int(words[0]) else { return nil }
        let rest = words.dropFirst().compactMap(hexadecimal)
        guard rest.count == words.count - 1 else { return nil }
        (self.number, arguments, stack) = (number, Array(rest.dropLast(2)), rest[rest.count - 2])
    }

    #if arch(x86_64)
    private static let futex = 202
    #else
    private static let futex = 98
    #endif

    var isFutex: Bool { number == Self.futex && arguments.count == 6 }
}

/// How a thread waits at a futex.
struct FutexWait: Equatable {
    var state: String
    var lock: ThreadLock

    /// - Parameters:
    ///   - call: a futex call.
    ///   - threads: of the process.
    ///   - words: reads so many 32-bit words of the process; nil: they cannot be read.
    /// - Source: futex(2); the C library's mutex begins with the futex's word, its depth and its owner's number.
    init(_ call: ThreadCall, threads: Set<Int32>, words: (UInt64, Int) -> [UInt32]?) {
        let address = call.arguments[0], operation = call.arguments[1] & 127, expected = UInt32(truncatingIfNeeded: call.arguments[2])
        (state, lock) = ("CONDVAR", ThreadLock(address: address))
        func thread(_ word: UInt32?) -> Int32? { word.map { Int32($0 & 0x3fff_ffff) }.flatMap { threads.contains($0) ? $0 : nil } }
        switch operation {
        case 6, 13: // FUTEX_LOCK_PI, FUTEX_LOCK_PI2: the word is the owner's number, and two bits.
            (state, lock.owner) = ("MUTEX", thread(words(address, 1)?.first))
        case 0, 9: // FUTEX_WAIT, FUTEX_WAIT_BITSET
            let found = words(address, 3) ?? []
            if expected == 2, found.count == 3, let owner = thread(found[2]) {
                (state, lock.owner) = ("MUTEX", owner)
            } else if let ending = thread(expected), found.first == expected {
                // The word of a thread that is joined is its number, which the kernel clears at its end.
                (state, lock.owner) = ("JOIN", ending)
            }
        default: break
        }
    }
}

/// The mappings of a process that stacks lie in.
struct StackMappings {
    struct Mapping: Equatable {
        var range: Range<UInt64>
        /// Octets of its pages that are in memory or swapped out.
        var touched: UInt64 = 0
        var isMain = false
    }

    private(set) var mappings: [Mapping] = []
    private let mainLimit: UInt64?

    /// - Parameters:
    ///   - smaps: `/proc/PID/smaps`.
    ///   - limits: `/proc/PID/limits`.
    init(smaps: String, limits: String) {
        mainLimit = limits.split(separator: "\n").first { $0.hasPrefix("Max stack size") }?.split(separator: " ").dropFirst(3).first.flatMap { UInt64($0) }
        for line in smaps.split(separator: "\n") {
            let words = line.split(separator: " ")
            if let first = words.first, !first.hasSuffix(":"), let dash = first.firstIndex(of: "-"),
                let low = UInt64(first[..<dash], radix: 16), let high = UInt64(first[first.index(after: dash)...], radix: 16), low < high {
                mappings.append(Mapping(range: low..<high, isMain: words.last == "[stack]"))
            } else if words.count >= 2, words[0] == "Rss:" || words[0] == "Swap:", let kilobytes = UInt64(words[1]), !mappings.isEmpty {
                mappings[mappings.count - 1].touched += min(kilobytes, 1 << 40) * 1024
            }
        }
    }

    /// Of the stack that `pointer` points into; nil: it points into nothing.
    func use(_ pointer: UInt64) -> StackUse? {
        guard let found = mappings.first(where: { $0.range.contains(pointer) }) else { return nil }
        let size = found.range.upperBound - found.range.lowerBound
        // A frame may hold pages that were never touched.
        let current = found.range.upperBound - pointer
        // The first thread's grows up to its limit.
        return StackUse(size: found.isMain ? max(mainLimit ?? size, size) : size, current: current, deepest: max(found.touched, current))
    }
}

extension ProcessTable {
    /// Adds what a thread waits for, who holds it, and what its stack takes: as far as the kernel lets us look.
    static func look(into process: inout ProcessFigures) {
        let pid = process.pid, folder = "/proc/\(pid)"
        let stacks = StackMappings(smaps: FileSystem.text("\(folder)/smaps", limit: 32 << 20) ?? "", limits: FileSystem.text("\(folder)/limits") ?? "")
        let threads = Set(process.threads.map(\.tid))
        for index in process.threads.indices {
            let tid = process.threads[index].tid
            guard let call = FileSystem.text("\(folder)/task/\(tid)/syscall").flatMap(ThreadCall.init) else { continue }
            process.threads[index].stack = stacks.use(call.stack)
            // One that was stopped in its call is stopped, and yet waits for the lock.
            if call.isFutex {
                let wait = FutexWait(call, threads: threads) { words(pid, $0, $1) }
                if process.threads[index].state != "STOPPED" { process.threads[index].state = wait.state }
                process.threads[index].lock = wait.lock
                process.threads[index].blocked = wait.lock.owner.map { "thread \($0)\(wait.state == "MUTEX" ? " holds 0x\(Number.hexadecimal(wait.lock.address))" : "")" }
                    ?? "0x\(Number.hexadecimal(wait.lock.address))"
            } else if ThreadState.takesDescriptor(call.number), let number = call.arguments.first {
                process.threads[index].blocked = "fd \(number)" + (Paths.link("\(folder)/fd/\(number)").map { " \($0)" } ?? "")
            }
        }
    }

    private static func words(_ pid: Int32, _ address: UInt64, _ count: Int) -> [UInt32]? {
        guard let octets = try? ProcessMemory.read(pid, address, 4 * count), octets.count == 4 * count else { return nil }
        return stride(from: 0, to: octets.count, by: 4).map { at in octets[at..<at + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) } }
    }
}
