internal import FoundationEssentials
internal import Glibc
internal import Host
internal import Messages
internal import Rings
internal import Symbols

/// Why a part of the dossier has no value.
package struct Missing: Error, Equatable {
    package let why: String
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

    package func file(_ name: String) -> String { "\(path)/\(name)" }

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

    static func line(_ octets: some Collection<UInt8>) -> String { Printable.line(octets) }
    static func printable(_ text: String) -> String { Printable.text(text) }
}

extension Dossier.Part {
    /// The value, or why there is none.
    init(_ make: () throws(Missing) -> Value) {
        do throws(Missing) { self = .known(try make()) } catch { self = .missing(error.why) }
    }
}
