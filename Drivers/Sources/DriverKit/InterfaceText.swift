public import CDriver

extension drydock_interface {
    /// Sets the description; what does not fit is cut.
    public mutating func describe(_ title: StaticString) {
        unsafe withUnsafeMutableBytes(of: &description) { text in
            // SAFETY: both sides are bounded; the last octet stays zero.
            for i in 0..<min(title.utf8CodeUnitCount, text.count - 1) { unsafe text[i] = title.utf8Start[i] }
        }
    }
}
