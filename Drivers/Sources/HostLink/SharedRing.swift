public import CHostLink

/// A ring of memory that is shared with the kernel: unmapped when its owner goes.
// SAFETY: the ring was mapped by the call that made it, and nothing of it is used after this owner.
@safe @frozen public struct SharedRing: ~Copyable {
    public var ring: hostlink_ring

    public init(_ ring: hostlink_ring) { unsafe self.ring = ring }

    @inlinable deinit {
        var last = unsafe ring
        unsafe hostlink_unmap(&last)
    }
}
