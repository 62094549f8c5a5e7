/// A slab whose memory is touched only as far as it has ever been used: room for many costs nothing until they come.
///
/// Positions are taken from the lowest on, and the one given back last is taken first, so that what is used stays in cache.
// SAFETY: positions below `fresh` are initialised in both arrays, and stay so (nothing to destroy: BitwiseCopyable);
// every access is checked against `fresh`.
@safe struct LazySlab<Element: BitwiseCopyable>: ~Copyable {
    private let elements: UnsafeMutablePointer<Element>
    /// Of a free position the next free one; of a taken one `taken`.
    private let links: UnsafeMutablePointer<UInt32>
    let count: Int
    /// Positions taken.
    private(set) var used = 0
    /// Positions that were taken at least once.
    private var fresh: UInt32 = 0
    private var firstFree = LazySlab.end

    private static var end: UInt32 { .max }
    private static var taken: UInt32 { .max - 1 }

    init(count: Int) {
        precondition(count >= 0 && count < Int(Self.taken), "a slab's count is below 2^32 - 2")
        self.count = count
        unsafe elements = .allocate(capacity: max(count, 1))
        unsafe links = .allocate(capacity: max(count, 1))
    }

    deinit {
        unsafe elements.deallocate()
        unsafe links.deallocate()
    }

    var free: Int { count &- used }

    /// A position that now holds `element`, or nil when all are taken.
    @inline(__always) mutating func take(_ element: Element) -> UInt32? {
        let position: UInt32
        if firstFree != Self.end {
            position = firstFree
            firstFree = unsafe links[Int(position)]
        } else {
            guard fresh < UInt32(truncatingIfNeeded: count) else { return nil }
            position = fresh
            fresh &+= 1
        }
        unsafe (elements + Int(position)).initialize(to: element)
        unsafe (links + Int(position)).initialize(to: Self.taken)
        used &+= 1
        return position
    }

    @inline(__always) mutating func give(_ position: UInt32) {
        precondition(isTaken(position), "a position came back twice")
        unsafe links[Int(position)] = firstFree
        firstFree = position
        used &-= 1
    }

    @inline(__always) func isTaken(_ position: UInt32) -> Bool {
        position < fresh && (unsafe links[Int(position)]) == Self.taken
    }

    subscript(position: UInt32) -> Element {
        @inline(__always) unsafeAddress {
            precondition(position < fresh, "a slab's position has been taken before")
            return unsafe UnsafePointer(elements + Int(position))
        }
        @inline(__always) unsafeMutableAddress {
            precondition(position < fresh, "a slab's position has been taken before")
            return unsafe elements + Int(position)
        }
    }
}
