extension RawSpan {
    /// Octet `index`; checked.
    func octet(_ index: Int) -> UInt8 {
        // SAFETY: any bit pattern is a valid integer, and the load checks its bounds.
        unsafe unsafeLoad(fromByteOffset: index, as: UInt8.self)
    }

    /// A copy.
    var copied: [UInt8] { unsafe withUnsafeBytes { unsafe [UInt8]($0) } }
}
