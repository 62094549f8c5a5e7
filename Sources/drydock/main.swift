import Glibc
import nicd
import supervisor

/// One program with many names. The processes that it starts itself come first: they are the ones that must be quick, and
/// need none of the command-line machinery.
func run(_ words: [String]) -> Int32 {
    let name = words.first?.split(separator: "/").last.map(String.init) ?? "drydock"
    let rest = Array(words.dropFirst())
    switch name {
    case "drydock-nicd": return nicdMain(arguments: words)
    case "drydock-switchd": return switchdMain(arguments: words)
    case "drydock-supervisor": return supervisorMain(arguments: rest)
    default: break
    }
    // A supervisor bears the words of the command that started it.
    if isSupervisor { return supervisorMain(arguments: rest) }
    if isStackCommand(name) { return stackCommandMain(name: name, arguments: rest) }
    if name == "drydock", let first = rest.first, isStackCommand(first) {
        return stackCommandMain(name: first, arguments: Array(rest.dropFirst()))
    }
    print("drydock")
    return 0
}

exit(run(CommandLine.arguments))
