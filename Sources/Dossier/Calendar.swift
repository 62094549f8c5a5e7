internal import Glibc

/// Moments as people write them, in UTC.
enum Calendar {
    /// `2026-11-23 00:17:42 UTC` of seconds since 1970; empty for what is no time.
    static func text(_ when: Double) -> String {
        guard when.isFinite, when > 0, when < 1.8e10 else { return "" }
        var seconds = time_t(when), parts = unsafe tm()
        unsafe gmtime_r(&seconds, &parts)
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return unsafe "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday)) "
            + "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) UTC"
    }
}
