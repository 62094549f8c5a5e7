extension [UInt8] {
    /// The octets for a view of `Wire`.
    // SAFETY: an octet has no padding and no bit pattern that is not a value.
    var raw: RawSpan { @_lifetime(borrow self) get { unsafe span.bytes } }
}
