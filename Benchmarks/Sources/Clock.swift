import Glibc

enum Clock {
    /// That this thread has had a processor: what others on the machine take is not counted.
    static var seconds: Double {
        var now = timespec()
        unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now)
        return Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9
    }
}
