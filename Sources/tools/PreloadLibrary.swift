internal import Host

extension PreloadLibrary {
    /// DRYDOCK_PRELOAD, else beside this program, where it is installed, or in the source tree above this program.
    static func find(in world: World) -> PreloadLibrary {
        if let given = world.variable("DRYDOCK_PRELOAD") {
            let path = Paths.absolute(given)
            return PreloadLibrary(path: FileSystem.exists(path) ? path : nil, named: given)
        }
        let folders = folders(Paths.ourselves)
        let found = folders.first { FileSystem.exists("\($0)/\(name)") }
        return PreloadLibrary(path: found.map { "\($0)/\(name)" }, folders: folders)
    }

    static func folders(_ program: String?) -> [String] {
        var all: [String] = []
        if let program {
            let beside = Paths.folder(of: program)
            all += [beside, Paths.folder(of: beside) + "/lib/drydock"]
        }
        all.append("/usr/local/lib/drydock")
        if let program, let root = DemoDrivers.sourceFolder(program) { all.append("\(root)/Programs/.build/release") }
        return all
    }
}
