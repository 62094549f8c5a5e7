import Glibc
import nicd

// Internal processes first: they are started often, by us, and need none of the command-line machinery.
let called = CommandLine.arguments.first?.split(separator: "/").last.map(String.init) ?? "drydock"
switch called {
case "drydock-nicd": exit(nicdMain(arguments: CommandLine.arguments))
case "drydock-switchd": exit(switchdMain(arguments: CommandLine.arguments))
default: print("drydock")
}
