/// A queue of octets in pages of shared memory: what waits to be sent, or to be read.
///
///     |<- head ->|<---- count ---->|<- written ahead ->|
///     +----------+-----------------+-------------------+------+
///     | dropped  | readable        | holes, octets     | room |   pages, each linked to the next
///     +----------+-----------------+-------------------+------+
///                ^ position 0                          ^ end
///
/// Positions count from the first octet not yet dropped. Octets may be written ahead of `count`, with holes; `extend`
/// makes them readable once they join. An empty queue holds no page. The memory is not the queue's: `release` it.
///
/// - Complexity: at the first and the last page, and from one position on to the next, O(1); elsewhere O(pages).
///   Nothing is allocated. A copy that stays within a page is one `memcpy`.
struct PagedOctets {
    private var readable: UInt32 = 0
    /// Behind the highest octet written.
    private var end: UInt32 = 0
    private var first = PagedOctets.none, last = PagedOctets.none
    /// A page somewhere between, and how many stand before it.
    private var cursor = PagedOctets.none, cursorIndex: UInt32 = 0
    /// In the list.
    private(set) var pages: UInt32 = 0
    /// Octets of the first page that have been dropped.
    private var head: UInt16 = 0

    private static var none: UInt32 { .max }
    @inline(__always) private static var page: Int { StreamMemory.pageOctets }
    /// What a queue holds at most: the largest window. RFC 7323 §2.3.
    static var maximumOctets: Int { 1 << 30 }

    /// Octets that can be read, from position 0 on.
    @inline(__always) var count: Int { Int(readable) }
    @inline(__always) var isEmpty: Bool { readable == 0 }
    /// Octets from position 0 to the end of the last page.
    @inline(__always) private var room: Int { Int(pages) &* Self.page &- Int(head) }

    // MARK: Writing

    /// Writes at any position, without making anything readable: see `extend`.
    /// - Returns: false, changing nothing, when the memory has too few pages.
    mutating func write(_ octets: RawSpan, at position: Int, in memory: inout StreamMemory) -> Bool {
        precondition(position >= 0 && position <= Self.maximumOctets &- octets.byteCount, "a position within the largest window")
        guard octets.byteCount > 0 else { return true }
        let stop = position &+ octets.byteCount
        guard grow(to: stop, &memory) else { return false }
        put(octets, octets.byteCount, at: position, &memory)
        end = max(end, UInt32(truncatingIfNeeded: stop))
        return true
    }

    /// Makes the next `octets` positions readable: they have been written.
    @inline(__always) mutating func extend(by octets: Int) {
        precondition(octets >= 0 && octets <= Int(end &- readable), "only what was written becomes readable")
        readable &+= UInt32(truncatingIfNeeded: octets)
    }

    /// Writes behind what is readable, and makes it readable; nothing may have been written ahead.
    /// - Returns: how many octets there was memory for, from the front of `octets`.
    mutating func append(_ octets: RawSpan, in memory: inout StreamMemory) -> Int {
        let fit = reserve(octets.byteCount, &memory)
        guard fit > 0 else { return 0 }
        put(octets, fit, at: count, &memory)
        readable &+= UInt32(truncatingIfNeeded: fit)
        end = readable
        return fit
    }

    private mutating func put(_ octets: RawSpan, _ count: Int, at position: Int, _ memory: inout StreamMemory) {
        var (page, offset) = place(position, memory)
        var done = 0
        while true {
            let part = min(count &- done, Self.page &- offset)
            memory.write(octets, done, part, page, offset)
            done &+= part
            guard done < count else { return }
            page = memory.next(page)
            offset = 0
        }
    }

    // MARK: Reading

    /// Copies `count` readable octets into `out`, from `start` on.
    mutating func copy(
        from position: Int, count: Int, into out: inout MutableRawSpan, at start: Int, in memory: borrowing StreamMemory
    ) {
        precondition(position >= 0 && count >= 0 && position <= self.count &- count, "only what is readable is read")
        guard count > 0 else { return }
        var (page, offset) = place(position, memory)
        var done = 0
        while true {
            let part = min(count &- done, Self.page &- offset)
            memory.read(page, offset, part, into: &out, at: start &+ done)
            done &+= part
            guard done < count else { return }
            page = memory.next(page)
            offset = 0
        }
    }

    /// Forgets the first `octets` readable octets: the others move to the front, emptied pages go back.
    mutating func dropFirst(_ octets: Int, in memory: inout StreamMemory) {
        precondition(octets >= 0 && octets <= count, "only what is readable is dropped")
        readable &-= UInt32(truncatingIfNeeded: octets)
        end &-= UInt32(truncatingIfNeeded: octets)
        guard end > 0 else { return release(in: &memory) }
        var dropped = Int(head) &+ octets
        while dropped >= Self.page {
            dropFirstPage(&memory)
            dropped &-= Self.page
        }
        head = UInt16(truncatingIfNeeded: dropped)
    }

    /// Forgets everything, and gives all pages back.
    mutating func release(in memory: inout StreamMemory) {
        while pages > 0 { dropFirstPage(&memory) }
        self = PagedOctets()
    }

    // MARK: Pages

    /// The page of a position for which there is one, and the octet within it.
    @inline(__always) private mutating func place(_ position: Int, _ memory: borrowing StreamMemory) -> (page: UInt32, offset: Int) {
        let absolute = Int(head) &+ position
        let index = UInt32(truncatingIfNeeded: absolute / Self.page), offset = absolute % Self.page
        if index == 0 { return (first, offset) }
        return (index &+ 1 == pages ? last : walk(to: index, memory), offset)
    }

    private mutating func walk(to index: UInt32, _ memory: borrowing StreamMemory) -> UInt32 {
        var page = first, at: UInt32 = 0
        let isAhead = cursor != Self.none && cursorIndex <= index
        if isAhead { (page, at) = (cursor, cursorIndex) }
        let steps = index &- at
        for _ in 0..<steps { page = memory.next(page) }
        // A retransmission near the front does not take the cursor away from where new octets are sent.
        if isAhead || steps > 4 { (cursor, cursorIndex) = (page, index) }
        return page
    }

    /// Adds pages until there is one for every position below `stop`.
    /// - Returns: false, changing nothing, when the memory has too few.
    @inline(__always) private mutating func grow(to stop: Int, _ memory: inout StreamMemory) -> Bool {
        stop <= room || addPages(to: stop, &memory)
    }

    private mutating func addPages(to stop: Int, _ memory: inout StreamMemory) -> Bool {
        let missing = (stop &- room &+ Self.page &- 1) / Self.page
        guard memory.has(missing) else { return false }
        for _ in 0..<missing {
            guard let page = memory.take() else { return false }
            if pages == 0 { first = page } else { memory.link(last, to: page) }
            last = page
            pages &+= 1
        }
        return true
    }

    /// Gets pages for up to `wanted` octets behind `count`.
    /// - Returns: for how many there are.
    private mutating func reserve(_ wanted: Int, _ memory: inout StreamMemory) -> Int {
        precondition(end == readable, "nothing was written ahead")
        let most = min(wanted, Self.maximumOctets &- count)
        if grow(to: count &+ most, &memory) { return most }
        let fewer = room &- count &+ memory.free &* Self.page
        return grow(to: count &+ fewer, &memory) ? fewer : 0
    }

    private mutating func dropFirstPage(_ memory: inout StreamMemory) {
        let page = first
        first = memory.next(page)
        memory.give(page)
        pages &-= 1
        if cursorIndex == 0 { cursor = Self.none } else { cursorIndex &-= 1 }
    }

    /// Gives back the pages behind `end`.
    private mutating func trim(_ memory: inout StreamMemory) {
        guard end > 0 else { return release(in: &memory) }
        let needed = UInt32(truncatingIfNeeded: (Int(head) &+ Int(end) &- 1) / Self.page &+ 1)
        guard needed < pages else { return }
        last = place(Int(end) &- 1, memory).page
        var page = memory.next(last)
        for _ in needed..<pages {
            let next = memory.next(page)
            memory.give(page)
            page = next
        }
        pages = needed
        if cursorIndex >= needed { (cursor, cursorIndex) = (Self.none, 0) }
    }
}

// Without a copy: the process reads from a socket, or writes to one, where the octets are.
extension PagedOctets {
    /// The most spans that are lent at once: 256 KiB and more of octets.
    private static var mostSpans: Int { 16 }

    /// Lends up to `octets` readable octets from `position` on, in at most 16 spans: valid during `body` only.
    mutating func withReadable<Result>(
        from position: Int, octets: Int, in memory: borrowing StreamMemory,
        _ body: (UnsafeBufferPointer<StreamSpan>) -> Result
    ) -> Result {
        precondition(position >= 0 && position <= count && octets >= 0, "only what is readable is lent")
        let octets = min(octets, count &- position)
        // SAFETY: the list is initialised as far as it is handed on, and neither it nor the spans leave `body`.
        return unsafe withUnsafeTemporaryAllocation(of: StreamSpan.self, capacity: Self.mostSpans) { spans in
            let filled = unsafe list(position, octets, memory, spans)
            return unsafe body(UnsafeBufferPointer(rebasing: spans[..<filled.spans]))
        }
    }

    /// Lends room for up to `octets` octets behind the readable ones, in at most 16 spans: valid during `body` only.
    /// Nothing may have been written ahead. `body` says how many it has filled, from the front: they become readable.
    ///
    /// - Returns: what `body` said; zero, without calling it, when there is no memory.
    mutating func withWritable(
        _ octets: Int, in memory: inout StreamMemory, _ body: (UnsafeBufferPointer<StreamSpan>) -> Int
    ) -> Int {
        precondition(octets >= 0, "an amount is not negative")
        let fit = reserve(octets, &memory)
        guard fit > 0 else { return 0 }
        let done = unsafe withUnsafeTemporaryAllocation(of: StreamSpan.self, capacity: Self.mostSpans) { spans in
            let filled = unsafe list(count, fit, memory, spans)
            let done = unsafe body(UnsafeBufferPointer(rebasing: spans[..<filled.spans]))
            precondition(done >= 0 && done <= filled.octets, "no more is filled than was lent")
            return done
        }
        readable &+= UInt32(truncatingIfNeeded: done)
        end = readable
        trim(&memory)
        return done
    }

    /// Lists where `count` octets are, as far as `spans` has room.
    private mutating func list(
        _ position: Int, _ count: Int, _ memory: borrowing StreamMemory, _ spans: UnsafeMutableBufferPointer<StreamSpan>
    ) -> (spans: Int, octets: Int) {
        guard count > 0 else { return (0, 0) }
        var (page, offset) = place(position, memory)
        var used = 0, done = 0
        while true {
            let part = min(count &- done, Self.page &- offset)
            // SAFETY: `used` is below the count of `spans`, which is checked below before the next round.
            unsafe spans.initializeElement(at: used, to: memory.span(page, offset, part))
            used &+= 1
            done &+= part
            guard done < count, used < spans.count else { return (used, done) }
            page = memory.next(page)
            offset = 0
        }
    }
}
