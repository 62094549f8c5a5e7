import CFuzzer
import Wire

/// `fuzz-wire list`, `fuzz-wire seeds`, or `fuzz-wire PARSER [libFuzzer's options]`.
@main struct Main {
    static func main() {
        switch CommandLine.arguments.dropFirst().first {
        case "list": Exercise.parsers.forEach { print($0.name) }
        case "seeds": printSeeds()
        case let name?: fuzz(name)
        case nil: refuse("no parser named")
        }
    }

    /// One line a parser: its name and an accepted input in hexadecimal, for the script to turn into a corpus.
    private static func printSeeds() {
        for (name, vector) in Vectors.all.sorted(by: { $0.key < $1.key }) {
            print(name, vector.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())
        }
    }

    private static func fuzz(_ name: String) {
        guard let index = Exercise.parsers.firstIndex(where: { $0.name == name }) else { return refuse("no parser \(name)") }
        // SAFETY: set before the fuzzer starts; one thread.
        unsafe chosen = index
        // libFuzzer reads its options behind the program's name; the parser's name is taken out.
        var arguments = unsafe CommandLine.unsafeArgv
        unsafe arguments[1] = arguments[0]
        unsafe arguments += 1
        var count = CommandLine.argc - 1
        // SAFETY: the argument vector lives as long as the process, and the callback is a plain function.
        _ = unsafe LLVMFuzzerRunDriver(&count, &arguments, runOne)
    }

    private static func refuse(_ reason: String) {
        print("fuzz-wire: \(reason); try: fuzz-wire list")
        fatalError()
    }
}

/// The parser under test; set once, before the fuzzer starts its one thread.
nonisolated(unsafe) private var chosen = 0

/// Parses one input from a fresh allocation of exactly its length, so that the sanitizer sees a load past the end.
private func runOne(_ octets: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    // SAFETY: libFuzzer hands over `count` octets, which it has allocated apart and keeps during the call.
    let input = unsafe UnsafeRawBufferPointer(start: octets, count: count)
    let parser = unsafe Exercise.parsers[chosen]
    do throws(WireError) {
        unsafe sink = try parser.run(input.bytes)
    } catch {
        unsafe sink = Int(error.rawValue)
    }
    return 0
}

/// Where results go, so that no accessor is optimised away.
nonisolated(unsafe) private var sink = 0
