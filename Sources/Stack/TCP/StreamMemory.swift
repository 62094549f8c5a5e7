/// Octets at one address, laid out as `struct iovec`: what a process hands to `readv` and `writev`.
// SAFETY: to hold one does no harm; to follow `start` is unsafe by the pointer's own type.
@frozen @safe public struct StreamSpan: BitwiseCopyable {
    public let start: UnsafeMutableRawPointer
    public let octets: Int
}

/// The pages in which connections keep octets: a bound for all of them together, memory only for what is in use.
///
/// A page that was never taken is never touched; the page given back last is taken first.
// SAFETY: `octets` has room for `pages.count` pages from `init` to `deinit`; every access is checked to lie within one
// page that has been taken before. Pages are plain octets: any content is valid, and no reader gets past what its queue
// has written.
@safe struct StreamMemory: ~Copyable {
    @inline(__always) static var pageOctets: Int { 16_384 }

    private let octets: UnsafeMutableRawPointer
    /// Of each page the one that follows it in its queue.
    private var pages: LazySlab<UInt32>
    /// How often a page was wanted and there was none.
    private(set) var exhausted: UInt64 = 0

    /// - Parameter pages: the bound; address space for all of them is reserved now.
    init(pages count: Int) {
        pages = LazySlab(count: count)
        unsafe octets = .allocate(byteCount: max(count, 1) * Self.pageOctets, alignment: 4096)
    }

    deinit { unsafe octets.deallocate() }

    var count: Int { pages.count }
    var used: Int { pages.used }
    var free: Int { pages.free }

    /// A page, its content as it was left; nil, and counted, when all are in use.
    @inline(__always) mutating func take() -> UInt32? {
        if let page = pages.take(.max) { return page }
        exhausted &+= 1
        return nil
    }

    @inline(__always) mutating func give(_ page: UInt32) { pages.give(page) }

    /// Whether `wanted` pages can be taken; counted when not.
    @inline(__always) mutating func has(_ wanted: Int) -> Bool {
        if wanted <= pages.free { return true }
        exhausted &+= 1
        return false
    }

    @inline(__always) func next(_ page: UInt32) -> UInt32 { pages[page] }
    @inline(__always) mutating func link(_ page: UInt32, to next: UInt32) { pages[page] = next }

    @inline(__always) private func address(_ page: UInt32, _ offset: Int, _ count: Int) -> UnsafeMutableRawPointer {
        precondition(pages.isTaken(page), "a page in use")
        precondition(offset >= 0 && count >= 0 && offset <= Self.pageOctets && count <= Self.pageOctets &- offset, "within one page")
        return unsafe octets + (Int(page) &* Self.pageOctets &+ offset)
    }

    /// Copies `count` octets of `source`, from `start` on, into a page.
    @inline(__always) mutating func write(_ source: RawSpan, _ start: Int, _ count: Int, _ page: UInt32, _ offset: Int) {
        let to = unsafe address(page, offset, count)
        precondition(start >= 0 && start <= source.byteCount && count <= source.byteCount &- start, "within the source")
        guard count > 0 else { return }
        unsafe source.withUnsafeBytes { unsafe to.copyMemory(from: $0.baseAddress! + start, byteCount: count) }
    }

    /// Copies `count` octets of a page into `out`, from `start` on.
    @inline(__always) func read(_ page: UInt32, _ offset: Int, _ count: Int, into out: inout MutableRawSpan, at start: Int) {
        let from = unsafe address(page, offset, count)
        precondition(start >= 0 && start <= out.byteCount && count <= out.byteCount &- start, "within the destination")
        guard count > 0 else { return }
        unsafe out.withUnsafeMutableBytes { unsafe ($0.baseAddress! + start).copyMemory(from: from, byteCount: count) }
    }

    /// Where octets of a page are: valid until the page is given back.
    @inline(__always) func span(_ page: UInt32, _ offset: Int, _ count: Int) -> StreamSpan {
        unsafe StreamSpan(start: address(page, offset, count), octets: count)
    }
}
