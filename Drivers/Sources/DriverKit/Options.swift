/// A driver's options, one after another: `mac=52:54:00:12:34:56,speed=100,verbose`.
///
/// The parser allocates nothing. Every refusal names the option, what is wrong with it and what is allowed, once, in the
/// log; the driver then throws what ``refuse(_:_:allowed:)`` returns.
// SAFETY: `text` is a zero-terminated string that outlives the parser (contract: valid during attach).
@safe public struct Options {
    private let text: UnsafePointer<CChar>
    private let services: Services
    private let driver: StaticString
    private var position = 0
    private var skipped: (StaticString, StaticString)?

    public init(_ text: UnsafePointer<CChar>, services: Services, driver: StaticString) {
        unsafe self.text = text
        self.services = services
        self.driver = driver
    }

    /// One option: octets [start, start + keyLength) and, after a `=`, its value.
    public struct Option: Sendable {
        let start: Int, keyLength: Int, valueLength: Int, hasValue: Bool
        var valueStart: Int { start + keyLength + 1 }
        /// Whether the name stands alone.
        public var isFlag: Bool { !hasValue }
    }

    private func octet(_ index: Int) -> UInt8 { unsafe UInt8(bitPattern: text[index]) }

    /// Passes over two names from now on: a driver that wraps another keeps its own options to itself.
    public mutating func skip(_ first: StaticString, _ second: StaticString) { skipped = (first, second) }

    /// The next option that is not empty, or nil at the end.
    public mutating func next() -> Option? {
        while let option = scan() {
            if let skipped, named(option, skipped.0) || named(option, skipped.1) { continue }
            return option
        }
        return nil
    }

    private mutating func scan() -> Option? {
        while octet(position) == UInt8(ascii: ",") { position += 1 }
        guard octet(position) != 0 else { return nil }
        let start = position
        var equals: Int?
        while octet(position) != 0 && octet(position) != UInt8(ascii: ",") {
            if equals == nil && octet(position) == UInt8(ascii: "=") { equals = position }
            position += 1
        }
        let key = (equals ?? position) - start
        return Option(start: start, keyLength: key, valueLength: equals.map { position - $0 - 1 } ?? 0, hasValue: equals != nil)
    }

    /// Whether the option's name is `name`.
    public func named(_ option: Option, _ name: StaticString) -> Bool { equal(option.start, option.keyLength, name) }

    /// Whether the option's value is `value`.
    public func valued(_ option: Option, _ value: StaticString) -> Bool {
        option.hasValue && equal(option.valueStart, option.valueLength, value)
    }

    private func equal(_ start: Int, _ length: Int, _ name: StaticString) -> Bool {
        guard length == name.utf8CodeUnitCount else { return false }
        for i in 0..<length where unsafe octet(start + i) != name.utf8Start[i] { return false }
        return true
    }

    /// Octets of the option's value, and the one at `index` of them: for values of a driver's own kind.
    public func valueLength(_ option: Option) -> Int { option.valueLength }
    public func valueOctet(_ option: Option, _ index: Int) -> UInt8 {
        precondition(index >= 0 && index < option.valueLength)
        return octet(option.valueStart + index)
    }

    /// A decimal value inside `range` that is a multiple of `step`; `allowed` says the same in words.
    public func number(_ option: Option, in range: ClosedRange<UInt32>, step: UInt32 = 1,
                       allowed: StaticString) throws(DriverFailure) -> UInt32 {
        guard option.hasValue else { throw refuse(option, "needs a value", allowed: allowed) }
        var value: UInt32 = 0
        for i in 0..<option.valueLength {
            let digit = octet(option.valueStart + i) &- UInt8(ascii: "0")
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt32(digit))
            guard digit < 10, !overflow, !carry else { throw refuse(option, "is not such a number", allowed: allowed) }
            value = sum
        }
        guard option.valueLength > 0, range.contains(value), value % step == 0 else {
            throw refuse(option, "is out of range", allowed: allowed)
        }
        return value
    }

    /// A station's Ethernet address, six pairs of hexadecimal digits with colons.
    public func address(_ option: Option) throws(DriverFailure) -> HardwareAddress {
        let allowed: StaticString = "a station's address, XX:XX:XX:XX:XX:XX"
        guard option.hasValue, option.valueLength == 17 else { throw refuse(option, "is not an address", allowed: allowed) }
        var octets = InlineArray<6, UInt8>(repeating: 0)
        for i in 0..<6 {
            let at = option.valueStart + i * 3
            guard let high = nibble(octet(at)), let low = nibble(octet(at + 1)),
                  i == 5 || octet(at + 2) == UInt8(ascii: ":") else {
                throw refuse(option, "is not an address", allowed: allowed)
            }
            octets[i] = high << 4 | low
        }
        let address = HardwareAddress(octets)
        guard address.isStation else { throw refuse(option, "is a group's address or zero", allowed: allowed) }
        return address
    }

    private func nibble(_ c: UInt8) -> UInt8? {
        switch c {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): c - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): c - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): c - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// An option that takes no value: true, for it was given.
    @discardableResult
    public func flag(_ option: Option) throws(DriverFailure) -> Bool {
        guard !option.hasValue else { throw refuse(option, "takes no value", allowed: "the name alone") }
        return true
    }

    /// Logs that an option that is needed was not given.
    public func missing(_ name: StaticString, allowed: StaticString) -> DriverFailure {
        services.log(.error) { line in
            line.text(driver)
            line.text(": option '")
            line.text(name)
            line.text("' is missing; allowed: ")
            line.text(allowed)
        }
        return .invalid
    }

    /// Logs one line: driver, option as written, what is wrong, what is allowed.
    public func refuse(_ option: Option, _ wrong: StaticString, allowed: StaticString) -> DriverFailure {
        services.log(.error) { line in
            line.text(driver)
            line.text(": option '")
            let length = option.hasValue ? option.keyLength + 1 + option.valueLength : option.keyLength
            for i in 0..<min(length, 64) { line.octet(octet(option.start + i)) }
            line.text("' ")
            line.text(wrong)
            line.text("; allowed: ")
            line.text(allowed)
        }
        return .invalid
    }
}
