internal import ArgumentParser
internal import Host

/// `drydock demo`: the article's session, for real, explained step by step.
struct Demo: Tool {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Run the whole story: two stacks, a driver that crashes one of them, and the other untouched.",
        discussion: """
            Needs no root and no hardware, and touches nothing outside a temporary folder of its own. Prints each command
            before it is run, and what it really prints. Ends at the first step that does not go as told.
            The drivers are built first, unless --drivers names a folder with devnp-e1000.so and devnp-e1000-faulty.so.

            Example:
              swift run drydock demo

            Exit status: 0 all went as told; 1 a step did not; 130 interrupted; 64 wrong words.
            """)

    @Option(help: "A folder with built drivers.", completion: .directory) var drivers: String?

    func perform(in world: World) throws(ToolFailure) -> Int32 {
        let interrupts = try world.interrupts()
        let stage = try DemoStage(world, interrupts)
        defer { stage.clear() }
        do {
            try DemoDrivers.provide(drivers, stage)
            for chapter in DemoScript.chapters { try stage.play(chapter) }
        } catch {
            guard !stage.isInterrupted else {
                world.output("\ninterrupted; everything that was started is ended\n")
                return 130
            }
            throw error
        }
        return world.print("\nAll went as told; everything that was started is ended again.\n")
    }
}
