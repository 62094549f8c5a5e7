import Glibc
import Host
import Testing

@testable import tools

struct ThreadLookTests {
    #if arch(x86_64)
    static let futex = 202
    #else
    static let futex = 98
    #endif

    private func call(_ address: UInt64, _ operation: UInt64, _ expected: UInt64) throws -> ThreadCall {
        let words = [address, operation, expected, 0, 0, 0, 0x7ff0, 0x40].map { "0x" + String($0, radix: 16) }
        return try #require(ThreadCall("\(Self.futex) \(words.joined(separator: " "))\n"))
    }

    @Test func `a thread's call is read, and what is none is refused`() throws {
        let found = try call(0x1000, 0x80, 2)
        #expect(found.isFutex && found.arguments[0] == 0x1000 && found.stack == 0x7ff0)
        #expect(try #require(ThreadCall("-1 0x7ff0 0x40")).arguments.isEmpty)
        for wrong in ["running\n", "", "202 0x1", "202 1 2 3 4 5 6 7 8", "x 0x1 0x2"] { #expect(ThreadCall(wrong) == nil, "\(wrong)") }
    }

    @Test func `a mutex has its owner, a join the thread that it waits for, and a condition neither`() throws {
        func wait(_ operation: UInt64, _ expected: UInt64, _ words: [UInt32]?) throws -> FutexWait {
            FutexWait(try call(0x1000, operation, expected), threads: [11, 12]) { at, count in at == 0x1000 ? words.map { Array($0.prefix(count)) } : nil }
        }
        let mutex = try wait(0x80, 2, [2, 1, 12])
        #expect(mutex.state == "MUTEX" && mutex.lock == ThreadLock(address: 0x1000, owner: 12))
        let inherited = try wait(0x86, 0, [0x8000_000b])
        #expect(inherited.state == "MUTEX" && inherited.lock.owner == 11)
        let join = try wait(0x109, 12, [12, 0, 0])
        #expect(join.state == "JOIN" && join.lock.owner == 12)
        for (words, expected) in [([2, 1, 999], 2), ([7, 0, 0], 7), (nil, 2)] as [([UInt32]?, UInt64)] {
            let condition = try wait(0x189, expected, words)
            #expect(condition.state == "CONDVAR" && condition.lock == ThreadLock(address: 0x1000))
        }
    }

    @Test func `a stack is the mapping that the pointer is in, and the first one grows to its limit`() throws {
        let smaps = """
            7f0000000000-7f0000800000 rw-p 00000000 00:00 0 
            Size:               8192 kB
            Rss:                  12 kB
            Swap:                  4 kB
            VmFlags: rd wr
            7ffc00000000-7ffc00021000 rw-p 00000000 00:00 0                          [stack]
            Rss:                 100 kB

            """
        let limits = "Limit                     Soft Limit           Hard Limit           Units\nMax stack size            8388608              unlimited            bytes\n"
        let stacks = StackMappings(smaps: smaps, limits: limits)
        #expect(stacks.use(0x7f00_007f_f000) == StackUse(size: 8 << 20, current: 4096, deepest: 16384))
        #expect(stacks.use(0x7ffc_0002_0000) == StackUse(size: 8 << 20, current: 4096, deepest: 102_400))
        // A large frame that was not touched everywhere.
        #expect(stacks.use(0x7ffc_0000_1000) == StackUse(size: 8 << 20, current: 131_072, deepest: 131_072))
        #expect(stacks.use(0x1000) == nil)
        #expect(StackMappings(smaps: "x-y\nRss: 1 kB\n", limits: "").mappings.isEmpty)
    }

    /// Two threads of our own, one of which waits for the other's mutex.
    @Test func `of a thread that waits for a mutex the holder is named, with its stack`() throws {
        let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
        unsafe pthread_mutex_init(lock, nil)
        unsafe pthread_mutex_lock(lock)
        let holder = try #require(Paths.link("/proc/thread-self").flatMap { Int32(Paths.name(of: $0)) })
        var thread = pthread_t()
        unsafe pthread_create(&thread, nil, { raw in
            let lock = unsafe raw!.assumingMemoryBound(to: pthread_mutex_t.self)
            unsafe pthread_mutex_lock(lock)
            unsafe pthread_mutex_unlock(lock)
            return nil
        }, lock)
        var found: ThreadFigures?
        let deadline = Deadline(in: .seconds(10))
        while found == nil, !deadline.hasPassed {
            var process = try #require(ProcessTable().process(getpid()))
            ProcessTable.look(into: &process)
            found = process.threads.first { $0.lock?.address == UInt64(UInt(bitPattern: lock)) && $0.state == "MUTEX" }
        }
        unsafe pthread_mutex_unlock(lock)
        pthread_join(thread, nil)
        unsafe pthread_mutex_destroy(lock)
        unsafe lock.deallocate()
        let waiting = try #require(found)
        #expect(waiting.lock?.owner == holder && waiting.blocked == "thread \(holder) holds 0x\(Number.hexadecimal(UInt(bitPattern: lock)))")
        let stack = try #require(waiting.stack)
        #expect(stack.current > 0 && stack.current <= stack.deepest && stack.deepest <= stack.size, "\(stack)")
        #expect(waiting.processor != nil && waiting.processorTime != nil)
    }

    @Test(arguments: [("futex_wait_queue", "CONDVAR"), ("ep_poll", "RECEIVE"), ("hrtimer_nanosleep", "NANOSLEEP"), ("0", "SLEEPING")])
    func `where the call is not shown, the kernel's function tells the state`(place: String, state: String) {
        #expect(ThreadState.name("S", nil, place: place) == state)
        #expect(ThreadState.name("R", nil, place: place) == "RUNNING")
    }
}
