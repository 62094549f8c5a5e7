internal import Glibc

/// Swift's names as they were written, by the runtime that every Swift process has.
package enum Demangling {
    private typealias Function = @convention(c) (
        UnsafePointer<CChar>?, Int, UnsafeMutablePointer<CChar>?, UnsafeMutablePointer<Int>?, UInt32
    ) -> UnsafeMutablePointer<CChar>?

    // SAFETY: the runtime exports it with this signature (SwiftDemangle, stable ABI); it is nil where it does not.
    private static let function: Function? = {
        guard let symbol = unsafe dlsym(nil, "swift_demangle") else { return nil }
        return unsafe unsafeBitCast(symbol, to: Function.self)
    }()

    /// A name for a person; as it is when it is not Swift's.
    package static func name(_ mangled: String) -> String {
        guard ["$s", "$S", "$e", "_T0", "_$s"].contains(where: { mangled.hasPrefix($0) }), mangled.utf8.count < 4096, let function = unsafe function else {
            return mangled
        }
        // SAFETY: the result is NUL-terminated and ours to free.
        guard let text = unsafe function(mangled, mangled.utf8.count, nil, nil, 0) else { return mangled }
        defer { unsafe free(text) }
        return simplified(unsafe String(cString: text))
    }

    /// Without what the compiler adds for itself, and without the modules of well-known types.
    package static func simplified(_ text: String) -> String {
        var plain = text
        // Copies that the optimiser made stand for the function that was written.
        if plain.hasPrefix("generic ") || plain.hasPrefix("function "), let range = plain.firstRange(of: "> of ") {
            plain = String(plain[range.upperBound...])
        }
        if plain.hasPrefix("merged ") { plain = String(plain.dropFirst("merged ".count)) }
        while let start = plain.firstRange(of: "(extension in "), let end = plain[start.upperBound...].firstRange(of: "):") {
            plain.removeSubrange(start.lowerBound..<end.upperBound)
        }
        return plain.replacing("Swift.", with: "").replacing("__C.", with: "")
    }
}
