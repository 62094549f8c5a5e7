/// One line of log text, built without allocation; what does not fit is cut.
///
/// Embedded Swift has no cheap `String(describing:)`, and a driver must be able to log when memory is what it lacks.
@frozen public struct LogLine {
    /// Octets of text at most, and the zero that ends it.
    public static var capacity: Int { 240 }

    @usableFromInline var octets: InlineArray<241, UInt8> = .init(repeating: 0)
    /// Octets written so far.
    public private(set) var count = 0

    public init() {}

    /// Appends one octet; others than printable ASCII become `?`, so that nothing foreign reaches a terminal.
    public mutating func octet(_ value: UInt8) {
        guard count < Self.capacity else { return }
        octets[count] = value >= 0x20 && value < 0x7F ? value : UInt8(ascii: "?")
        count += 1
    }

    /// Appends fixed text.
    public mutating func text(_ text: StaticString) {
        // SAFETY: a static string of more than one scalar, or of one ASCII scalar made by a literal, has a pointer.
        guard text.hasPointerRepresentation else { return }
        for i in 0..<text.utf8CodeUnitCount { unsafe octet(text.utf8Start[i]) }
    }

    /// Appends octets that came from outside.
    public mutating func text(_ span: Span<UInt8>) { for i in span.indices { octet(span[i]) } }

    /// Appends a decimal number.
    public mutating func decimal<T: BinaryInteger>(_ value: T) {
        if value < 0 { octet(UInt8(ascii: "-")) }
        digits(UInt64(value.magnitude), base: 10, atLeast: 1)
    }

    /// Appends a hexadecimal number with at least `digits` digits.
    public mutating func hexadecimal<T: FixedWidthInteger & UnsignedInteger>(_ value: T, digits count: Int = 1) {
        digits(UInt64(value), base: 16, atLeast: count)
    }

    private mutating func digits(_ value: UInt64, base: UInt64, atLeast: Int) {
        var reversed = InlineArray<20, UInt8>(repeating: 0), n = 0, rest = value
        repeat {
            let digit = UInt8(truncatingIfNeeded: rest % base)
            reversed[n] = digit < 10 ? digit + UInt8(ascii: "0") : digit - 10 + UInt8(ascii: "a")
            n += 1
            rest /= base
        } while (rest > 0 || n < atLeast) && n < 20
        while n > 0 { n -= 1; octet(reversed[n]) }
    }

    /// Calls `body` with the text as a C string, valid during the call.
    public func withCString<R>(_ body: (UnsafePointer<CChar>) -> R) -> R {
        // SAFETY: 241 initialised octets, the last of them always zero.
        unsafe withUnsafeBytes(of: octets) { unsafe body($0.baseAddress!.assumingMemoryBound(to: CChar.self)) }
    }
}
