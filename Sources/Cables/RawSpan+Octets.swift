extension RawSpan {
    /// Octet `index`; checked.
    func octet(_ index: Int) -> UInt8 {
        // SAFETY: any bit pattern is a valid integer, and the load checks its bounds.
        unsafe unsafeLoad(fromByteOffset: index, as: UInt8.self)
    }

    /// A copy.
    var copied: [UInt8] { unsafe withUnsafeBytes { unsafe [UInt8]($0) } }
}

extension [UInt8] {
    /// Shows some of the octets, checked, without a copy.
    func show(_ range: Range<Int>, _ body: (RawSpan) -> Void) { body(unsafe span.extracting(range).bytes) }
    func show(_ body: (RawSpan) -> Void) { body(unsafe span.bytes) }
}
