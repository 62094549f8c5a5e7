/// Octets of which none is believed: numbers in the order of the machines that we run on.
package struct Octets {
    package let octets: [UInt8]
    package init(_ octets: [UInt8]) { self.octets = octets }

    package func number(_ at: Int, _ count: Int) -> UInt64? {
        guard at >= 0, at <= octets.count - count else { return nil }
        return (0..<count).reversed().reduce(0) { $0 << 8 | UInt64(octets[at + $1]) }
    }
    package func half(_ at: Int) -> UInt16? { number(at, 2).map { UInt16($0) } }
    package func word(_ at: Int) -> UInt32? { number(at, 4).map { UInt32($0) } }
    package func long(_ at: Int) -> UInt64? { number(at, 8) }
    package func slice(_ at: Int, _ count: Int) -> Octets? {
        guard at >= 0, count >= 0, at <= octets.count - count else { return nil }
        return Octets(Array(octets[at..<at + count]))
    }
}
