/// Two hexadecimal digits, lower case.
func hexadecimal(_ octet: UInt8) -> String {
    (octet < 16 ? "0" : "") + String(octet, radix: 16)
}

/// Four hexadecimal digits after `0x`, for the codes that standards print so.
func hexadecimal(_ word: UInt16) -> String {
    "0x" + hexadecimal(UInt8(word >> 8)) + hexadecimal(UInt8(word & 0xff))
}

/// What one hexadecimal digit of either case stands for.
func hexadecimalDigit(_ character: UInt8) -> UInt8? {
    switch character {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): character - UInt8(ascii: "A") + 10
    default: nil
    }
}

/// A decimal number of at most three digits without a leading zero, as addresses and prefix lengths are written.
func shortDecimal(_ characters: some Collection<UInt8>, atMost limit: Int) -> Int? {
    guard (1...3).contains(characters.count) else { return nil }
    if characters.count > 1, characters.first == UInt8(ascii: "0") { return nil }
    var value = 0
    for character in characters {
        guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(character) else { return nil }
        value = value * 10 + Int(character - UInt8(ascii: "0"))
    }
    return value <= limit ? value : nil
}
