internal import Glibc
internal import Host

/// Octets of which none is believed: numbers in the order of the machines that we run on.
struct Octets {
    let octets: [UInt8]
    init(_ octets: [UInt8]) { self.octets = octets }

    func number(_ at: Int, _ count: Int) -> UInt64? {
        guard at >= 0, at <= octets.count - count else { return nil }
        return (0..<count).reversed().reduce(0) { $0 << 8 | UInt64(octets[at + $1]) }
    }
    func half(_ at: Int) -> UInt16? { number(at, 2).map { UInt16($0) } }
    func word(_ at: Int) -> UInt32? { number(at, 4).map { UInt32($0) } }
    func long(_ at: Int) -> UInt64? { number(at, 8) }
    func slice(_ at: Int, _ count: Int) -> Octets? {
        guard at >= 0, count >= 0, at <= octets.count - count else { return nil }
        return Octets(Array(octets[at..<at + count]))
    }
}

enum PartialRead {
    /// At most `count` octets from `offset` on; fewer at the file's end, none where it cannot be read.
    // SAFETY: pread writes at most `count` octets into an array of that many.
    static func octets(of file: borrowing FileDescriptor, _ offset: UInt64, _ count: Int) -> [UInt8] {
        guard count > 0, offset < UInt64(Int.max) else { return [] }
        var room = [UInt8](repeating: 0, count: count)
        let raw = file.raw
        let got = unsafe room.withUnsafeMutableBytes { unsafe pread(raw, $0.baseAddress, count, Int(offset)) }
        return Array(room.prefix(max(0, got)))
    }
}
