public import CHostLink

/// A descriptor of the host's with one owner: closed when the owner goes.
@frozen public struct HostDescriptor: ~Copyable {
    public let raw: Int32

    /// - Precondition: `raw` is an open descriptor that nobody else closes.
    public init(_ raw: Int32) { self.raw = raw }

    @inlinable deinit { hostlink_close(raw) }
}
