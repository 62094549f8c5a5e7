/// A fixed number of values that cannot be copied, on the heap with one owner: the queues of a device.
// SAFETY: `base` holds `count` initialised values from the end of init to deinit; the subscript is checked.
@safe @frozen public struct OwnedList<Element: ~Copyable>: ~Copyable {
    @usableFromInline let base: UnsafeMutablePointer<Element>
    public let count: Int

    /// Makes the values in order. What was made before a failure is gone again.
    public init(count: Int, _ make: (Int) throws(DriverFailure) -> Element) throws(DriverFailure) {
        let memory = UnsafeMutablePointer<Element>.allocate(capacity: max(count, 1))
        var made = 0
        do throws(DriverFailure) {
            while made < count {
                unsafe (memory + made).initialize(to: try make(made))
                made += 1
            }
        } catch {
            unsafe memory.deinitialize(count: made)
            unsafe memory.deallocate()
            throw error
        }
        unsafe base = memory
        self.count = count
    }

    deinit {
        unsafe base.deinitialize(count: count)
        unsafe base.deallocate()
    }

    @inlinable public subscript(_ index: Int) -> Element {
        @inline(__always) unsafeAddress {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
            return unsafe UnsafePointer(base + index)
        }
        @inline(__always) unsafeMutableAddress {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
            return unsafe base + index
        }
    }

    /// Whether any value satisfies `body`; `body` with every value.
    @inlinable public func contains(where body: (borrowing Element) -> Bool) -> Bool {
        for i in 0..<count where body(self[i]) { return true }
        return false
    }
    @inlinable public func forEach(_ body: (borrowing Element) -> Void) { for i in 0..<count { body(self[i]) } }
}
