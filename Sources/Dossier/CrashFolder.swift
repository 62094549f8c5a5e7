internal import FoundationEssentials
internal import Glibc
internal import Host
internal import Messages
internal import Rings

/// Why a part of the dossier has no value.
struct Missing: Error, Equatable {
    let why: String
    init(_ why: String) { self.why = why }
}

/// The files that a crash left, each read once, none believed.
package struct CrashFolder: Sendable {
    package let path: String
    package init(_ path: String) { self.path = path }

    /// Files that the dossier's writer makes.
    package static let text = "dossier.txt", json = "dossier.json", page = "dossier.html", capture = "frames.pcapng"
    /// Files that it reads, beside the tombstone and the recorder.
    package static let core = "core", packedCore = "core.gz", log = "log", plan = "plan.json", census = "census.json", nics = "nics"

    func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Octets of a file, at most `limit`.
    func octets(_ name: String, limit: Int = 4 << 20) throws(Missing) -> [UInt8] {
        // A pipe in the file's place must not make us wait.
        do { return try FileDescriptor.open(file(name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK).readAll(limit: limit) } catch {
            throw Missing(error.number == .notFound ? "\(name) is not in the folder" : "\(name) cannot be read: \(error.number)")
        }
    }

    func value<Value: Decodable>(_ type: Value.Type, _ name: String) throws(Missing) -> Value {
        let octets = try octets(name)
        do { return try JSONDecoder().decode(type, from: Data(octets)) } catch {
            throw Missing("\(name) cannot be understood: it is damaged, or of another build")
        }
    }

    /// The end of the log, in lines.
    func logTail(lines most: Int = 200) throws(Missing) -> [String] {
        let lines = try octets(Self.log, limit: 8 << 20).split(separator: UInt8(ascii: "\n")).suffix(most).map { Self.line($0) }
        guard !lines.isEmpty else { throw Missing("the log is empty") }
        return lines
    }

    /// A line of text, without what would move a terminal's cursor.
    static func line(_ octets: some Collection<UInt8>) -> String { printable(String(decoding: octets.prefix(2000), as: UTF8.self)) }

    static func printable(_ text: String) -> String {
        func isControl(_ scalar: Unicode.Scalar) -> Bool { scalar.value < 0x20 && scalar.value != 9 || (0x7f..<0xa0).contains(scalar.value) }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { isControl($0) ? "\u{fffd}" : $0 }))
    }
}

extension Dossier.Part {
    /// The value, or why there is none.
    init(_ make: () throws(Missing) -> Value) {
        do throws(Missing) { self = .known(try make()) } catch { self = .missing(error.why) }
    }
}
