/// A fixed number of elements at a fixed address, all of them initialised: the home of the stack's tables.
///
/// The frame path may use it: no allocation after `init`, no copy, no reference count.
// SAFETY: `elements` holds `count` initialised elements from `init` to `deinit`; every subscript is checked.
@safe struct Table<Element: ~Copyable>: ~Copyable {
    private let elements: UnsafeMutablePointer<Element>
    let count: Int

    /// `make` fills position k. Cold.
    init(count: Int, _ make: (Int) -> Element) {
        self.count = count
        unsafe elements = .allocate(capacity: max(count, 1))
        for k in 0..<count { unsafe (elements + k).initialize(to: make(k)) }
    }

    /// Every position holds `value`: cheap, also for many. Cold.
    init(count: Int, repeating value: Element) where Element: BitwiseCopyable {
        self.count = count
        unsafe elements = .allocate(capacity: max(count, 1))
        unsafe elements.initialize(repeating: value, count: count)
    }

    deinit {
        unsafe elements.deinitialize(count: count)
        unsafe elements.deallocate()
    }

    subscript(position: Int) -> Element {
        @inline(__always) unsafeAddress {
            precondition(position >= 0 && position < count, "a table's position is below its count")
            return unsafe UnsafePointer(elements + position)
        }
        @inline(__always) unsafeMutableAddress {
            precondition(position >= 0 && position < count, "a table's position is below its count")
            return unsafe elements + position
        }
    }

    @inline(__always) subscript(position: UInt32) -> Element {
        unsafeAddress {
            precondition(Int(position) < count, "a table's position is below its count")
            return unsafe UnsafePointer(elements + Int(position))
        }
        unsafeMutableAddress {
            precondition(Int(position) < count, "a table's position is below its count")
            return unsafe elements + Int(position)
        }
    }
}

/// A table with a free list: positions are taken and given back.
///
/// Every element exists at all times (free ones hold what was left there), so that taking is O(1) and allocates nothing.
struct Slab<Element: ~Copyable>: ~Copyable {
    private var elements: Table<Element>
    private var links: Table<UInt32>
    private var firstFree: UInt32
    /// Positions taken.
    private(set) var used = 0

    private static var end: UInt32 { .max }
    private static var taken: UInt32 { .max - 1 }

    init(count: Int, _ make: (Int) -> Element) {
        elements = Table(count: count, make)
        links = Table(count: count) { $0 + 1 < count ? UInt32($0 + 1) : Self.end }
        firstFree = count > 0 ? 0 : Self.end
    }

    var count: Int { elements.count }
    var isFull: Bool { firstFree == Self.end }

    /// A free position, or nil when all are taken.
    mutating func take() -> UInt32? {
        guard firstFree != Self.end else { return nil }
        let position = firstFree
        firstFree = links[position]
        links[position] = Self.taken
        used &+= 1
        return position
    }

    mutating func give(_ position: UInt32) {
        precondition(links[position] == Self.taken, "a position came back twice")
        links[position] = firstFree
        firstFree = position
        used &-= 1
    }

    @inline(__always) func isTaken(_ position: UInt32) -> Bool {
        Int(position) < elements.count && links[position] == Self.taken
    }

    subscript(position: UInt32) -> Element {
        @inline(__always) _read { yield elements[position] }
        @inline(__always) _modify { yield &elements[position] }
    }
}

/// A bounded first-in first-out queue of values that are moved in and out.
// SAFETY: positions [head, tail) are initialised, all others are not; both cursors wrap, capacity is a power of two.
@safe struct Ring<Element: ~Copyable>: ~Copyable {
    private let elements: UnsafeMutablePointer<Element>
    private var head: UInt32 = 0, tail: UInt32 = 0
    let capacity: Int

    /// - Parameter capacity: rounded up to a power of two.
    init(capacity wanted: Int) {
        var size = 1
        while size < wanted { size <<= 1 }
        capacity = size
        unsafe elements = .allocate(capacity: size)
    }

    deinit {
        var position = head
        while position != tail {
            unsafe (elements + Int(position) & (capacity &- 1)).deinitialize(count: 1)
            position &+= 1
        }
        unsafe elements.deallocate()
    }

    var count: Int { Int(tail &- head) }
    var isEmpty: Bool { head == tail }
    var isFull: Bool { count == capacity }

    /// Takes the value, or gives it back when full.
    @inline(__always) mutating func append(_ element: consuming Element) -> Element? {
        guard count < capacity else { return element }
        unsafe (elements + Int(tail) & (capacity &- 1)).initialize(to: element)
        tail &+= 1
        return nil
    }

    @inline(__always) mutating func popFirst() -> Element? {
        guard head != tail else { return nil }
        let element = unsafe (elements + Int(head) & (capacity &- 1)).move()
        head &+= 1
        return element
    }
}
