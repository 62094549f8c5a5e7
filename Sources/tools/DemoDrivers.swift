internal import Glibc
internal import Host

/// Where the demo's drivers come from.
enum DemoDrivers {
    static let names = ["e1000", "e1000-faulty"]

    /// Puts `devnp-NAME.so` into the stage's folder: from `given`, from beside an installed program, or built for the purpose.
    static func provide(_ given: String?, _ stage: DemoStage) throws(ToolFailure) {
        if let given {
            guard let missing = link(from: Paths.absolute(given), stage.drivers) else { return }
            throw ToolFailure("--drivers \(given)", "there is no devnp-\(missing).so", "build it: swift build -c release --package-path Drivers")
        }
        guard let program = Paths.ourselves else { throw ToolFailure("/proc/self/exe", "cannot be read", "mount /proc") }
        let installed = Paths.folder(of: Paths.folder(of: program)) + "/lib/drydock"
        if link(from: installed, stage.drivers) == nil { return }
        guard let root = sourceFolder(program) else {
            throw ToolFailure("drivers", "there are none beside \(program), and no sources above it", "give a folder: drydock demo --drivers FOLDER")
        }
        try build(root, stage)
    }

    /// The folder above the program that has the drivers' package.
    static func sourceFolder(_ program: String) -> String? {
        var folder = Paths.folder(of: program)
        while folder != "/", folder != "." {
            if FileSystem.exists("\(folder)/Drivers/Package.swift") { return folder }
            folder = Paths.folder(of: folder)
        }
        return nil
    }

    private static func build(_ root: String, _ stage: DemoStage) throws(ToolFailure) {
        stage.world.output("The drivers are built first, as every driver is: images without a runtime of their own.\n\n")
        let words = ["swift", "build", "-c", "release", "--package-path", "\(root)/Drivers"]
        let outcome = try stage.runProgram(words, time: .seconds(900))
        guard outcome.ending == .exited(0) else {
            throw ToolFailure("the drivers", "they cannot be built", "see the messages above")
        }
        guard let missing = link(from: "\(root)/Drivers/.build/release", stage.drivers) else { return }
        throw ToolFailure("the drivers", "the build made no devnp-\(missing).so", "see Drivers/Package.swift")
    }

    /// Links the drivers; SwiftPM puts `lib` before their names.
    ///
    /// - Returns: the first that is missing; nil: all are there.
    private static func link(from folder: String, _ target: String) -> String? {
        for name in names {
            let candidates = ["\(folder)/devnp-\(name).so", "\(folder)/libdevnp-\(name).so"]
            guard let found = candidates.first(where: FileSystem.exists) else { return name }
            let path = "\(target)/devnp-\(name).so"
            FileSystem.remove(path)
            guard unsafe symlink(found, path) == 0 else { return name }
        }
        return nil
    }
}
