import CFuzzer

/// `fuzz-stack seeds`, or `fuzz-stack stack [libFuzzer's options]`.
@main struct Main {
    static func main() {
        switch CommandLine.arguments.dropFirst().first {
        case "seeds": for seed in StackSeeds.all { print("stack", seed.octets.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()) }
        case "stack": fuzz()
        default:
            print("fuzz-stack: nothing to do; try: fuzz-stack stack -max_total_time=10")
            fatalError()
        }
    }

    private static func fuzz() {
        // libFuzzer reads its options behind the program's name; the word is taken out.
        var arguments = unsafe CommandLine.unsafeArgv
        unsafe arguments[1] = arguments[0]
        unsafe arguments += 1
        var count = CommandLine.argc - 1
        // SAFETY: the argument vector lives as long as the process, and the callback is a plain function.
        _ = unsafe LLVMFuzzerRunDriver(&count, &arguments, runOne)
    }
}

private func runOne(_ octets: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    // SAFETY: libFuzzer hands over `count` octets, which it keeps during the call.
    let input = unsafe [UInt8](UnsafeBufferPointer(start: octets, count: count))
    if let wrong = StackExercise.run(input) { fatalError(wrong) }
    return 0
}
