internal import Conformance
internal import Glibc
internal import netd
internal import nicd
internal import supervisor
internal import tools

/// The last part of a path.
func lastComponent(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }

/// One program with many names. The processes that it starts itself come first: they are the ones that must be quick.
func run(_ words: [String]) -> Int32 {
    let name = words.first.map(lastComponent) ?? "drydock"
    let rest = Array(words.dropFirst())
    if isSupervisor { return supervisorMain(arguments: rest) }
    switch name {
    case "drydock-netd": return netdMain(arguments: rest)
    case "drydock-driverhost": return driverHostMain(arguments: rest)
    case "drydock-guard": return guardianMain()
    case "drydock-nicd": return nicdMain(arguments: words)
    case "drydock-switchd": return switchdMain(arguments: words)
    case "drydock-check": return checkMain(arguments: rest)
    case "drydock-supervisor": return supervisorMain(arguments: rest)
    default: break
    }
    if isStackCommand(name) { return stackCommandMain(name: name, arguments: rest) }
    if name == "drydock", let first = rest.first, isStackCommand(first) {
        return stackCommandMain(name: first, arguments: Array(rest.dropFirst()))
    }
    return toolsMain(name: isTool(name) ? name : "drydock", arguments: rest)
}

exit(run(CommandLine.arguments))
