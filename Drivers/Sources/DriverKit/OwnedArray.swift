/// A fixed number of plain values on the heap with one owner: a driver's tables, allocated once at attach.
// SAFETY: `base` holds `count` initialised values from init to deinit; the subscript is checked.
@safe @frozen public struct OwnedArray<Element: BitwiseCopyable>: ~Copyable {
    @usableFromInline let base: UnsafeMutablePointer<Element>
    public let count: Int

    public init(repeating value: Element, count: Int) {
        unsafe base = .allocate(capacity: count)
        unsafe base.initialize(repeating: value, count: count)
        self.count = count
    }

    deinit { unsafe base.deallocate() }

    /// Calls `body` with the elements as C has them, valid during the call.
    @inlinable public func withPointer<R>(_ body: (UnsafePointer<Element>) -> R) -> R { unsafe body(UnsafePointer(base)) }

    @inlinable public subscript(_ index: Int) -> Element {
        @inline(__always) get { precondition(UInt(bitPattern: index) < UInt(bitPattern: count)); return unsafe base[index] }
        @inline(__always) nonmutating set { precondition(UInt(bitPattern: index) < UInt(bitPattern: count)); unsafe base[index] = newValue }
    }
}
