internal import Host

/// Where the driver kit lies: a source tree with the kit, the templates and the driver that they are made from.
struct DriverKitFolder {
    var path: String

    /// Files that make the difference between a kit and any folder.
    private static let marks = ["Drivers/Sources/DriverKit/NetDriver.swift", "Drivers/Templates/swift/Package.swift", "docs/ABC.md"]
    /// Where this program was built.
    private static let origin = Paths.folder(of: Paths.folder(of: Paths.folder(of: #filePath)))

    /// `given`, or `DRYDOCK_KIT`, or what lies beside or above the program, or the sources that it was built from.
    static func find(_ given: String?, _ world: World) throws(ToolFailure) -> DriverKitFolder {
        if let given { return try exactly(Paths.absolute(given), "--kit \(given)") }
        if let named = world.variable("DRYDOCK_KIT") { return try exactly(Paths.absolute(named), "DRYDOCK_KIT=\(named)") }
        let program = Paths.ourselves ?? "/"
        let installed = Paths.folder(of: Paths.folder(of: program)) + "/share/drydock"
        for candidate in [DemoDrivers.sourceFolder(program), installed, origin] {
            if let candidate, missing(candidate) == nil { return DriverKitFolder(path: candidate) }
        }
        throw ToolFailure("the driver kit", "it is neither above \(program), nor at \(origin)",
                          "get Drydock's sources and name their folder: --kit FOLDER, or DRYDOCK_KIT")
    }

    private static func exactly(_ path: String, _ said: String) throws(ToolFailure) -> DriverKitFolder {
        if let missing = missing(path) { throw ToolFailure(said, "it is no driver kit: it has no \(missing)", "name the folder of Drydock's sources") }
        return DriverKitFolder(path: path)
    }

    private static func missing(_ path: String) -> String? { marks.first { !FileSystem.exists("\(path)/\($0)") } }
}
