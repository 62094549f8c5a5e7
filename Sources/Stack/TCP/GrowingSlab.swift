/// A slab that begins empty and grows by whole chunks, up to a limit: positions and addresses of what is in it never change.
///
/// Only `take` allocates, at most once in 64 times; nothing is given back to the system before the end.
// SAFETY: chunk k holds 64 initialised elements from the moment `chunks` counts it until deinit; subscripts are checked
// against `made`.
@safe struct GrowingSlab<Element: ~Copyable>: ~Copyable {
    private let directory: UnsafeMutablePointer<UnsafeMutablePointer<Element>>
    private var links: Table<UInt32>
    private let make: () -> Element
    private var made: UInt32 = 0
    private var firstFree: UInt32 = .max
    /// Positions taken.
    private(set) var used = 0
    let limit: Int

    private static var chunk: UInt32 { 64 }
    private static var end: UInt32 { .max }
    private static var taken: UInt32 { .max - 1 }

    init(limit: Int, _ make: @escaping () -> Element) {
        self.limit = limit
        self.make = make
        unsafe directory = .allocate(capacity: limit / Int(Self.chunk) + 1)
        links = Table(count: limit, repeating: Self.end)
    }

    deinit {
        for k in 0..<(made + Self.chunk - 1) / Self.chunk {
            let count = min(Self.chunk, made - k * Self.chunk)
            unsafe directory[Int(k)].deinitialize(count: Int(count))
            unsafe directory[Int(k)].deallocate()
        }
        unsafe directory.deallocate()
    }

    var isFull: Bool { firstFree == Self.end && Int(made) == limit }

    /// A free position, or nil when all are taken. What was left there is still there.
    mutating func take() -> UInt32? {
        if firstFree == Self.end { grow() }
        guard firstFree != Self.end else { return nil }
        let position = firstFree
        firstFree = links[position]
        links[position] = Self.taken
        used &+= 1
        return position
    }

    private mutating func grow() {
        let count = min(Self.chunk, UInt32(limit) - made)
        guard count > 0 else { return }
        let fresh = UnsafeMutablePointer<Element>.allocate(capacity: Int(count))
        for k in 0..<Int(count) { unsafe (fresh + k).initialize(to: make()) }
        unsafe (directory + Int(made / Self.chunk)).initialize(to: fresh)
        for k in 0..<count { links[made + k] = k + 1 < count ? made + k + 1 : Self.end }
        firstFree = made
        made += count
    }

    mutating func give(_ position: UInt32) {
        precondition(links[position] == Self.taken, "a position came back twice")
        links[position] = firstFree
        firstFree = position
        used &-= 1
    }

    /// Positions that have ever existed: the bound of a listing.
    var bound: UInt32 { made }
    @inline(__always) func isTaken(_ position: UInt32) -> Bool { position < made && links[position] == Self.taken }

    @unsafe @inline(__always) func address(_ position: UInt32) -> UnsafePointer<Element> {
        unsafe UnsafePointer(mutableAddress(position))
    }

    @unsafe @inline(__always) func mutableAddress(_ position: UInt32) -> UnsafeMutablePointer<Element> {
        precondition(position < made, "a slab's position is below its bound")
        return unsafe directory[Int(position / Self.chunk)] + Int(position % Self.chunk)
    }

    subscript(position: UInt32) -> Element {
        @inline(__always) unsafeAddress { unsafe address(position) }
        @inline(__always) unsafeMutableAddress { unsafe mutableAddress(position) }
    }
}
