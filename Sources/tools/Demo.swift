internal import ArgumentParser

struct Demo: Tool {
    static let configuration = CommandConfiguration(commandName: "demo", abstract: "The whole story.")
    func perform(in world: World) throws(ToolFailure) -> Int32 { 0 }
}
