import Foundation
import Testing

/// The driver images, built once a test run as an author builds them.
enum Drivers {
    private static let built: Result<URL, Problem> = {
        let task = Process()
        task.executableURL = URL(filePath: "/usr/bin/env")
        task.arguments = ["swift", "build", "-c", "release", "--package-path", Dock.package.appending(path: "Drivers").path()]
        let log = Pipe()
        (task.standardOutput, task.standardError) = (log, log)
        do { try task.run() } catch { return .failure(Problem("swift build of Drivers cannot start: \(error)")) }
        let said = log.fileHandleForReading.readDataToEndOfFile()
        task.waitUntilExit()
        guard task.terminationStatus == 0 else { return .failure(Problem("Drivers do not build: " + String(decoding: said, as: UTF8.self))) }
        return .success(Dock.package.appending(path: "Drivers/.build/release"))
    }()

    /// The path of `devnp-NAME.so`.
    static func path(_ name: String) throws -> String {
        let folder = try built.get()
        for candidate in ["devnp-\(name).so", "libdevnp-\(name).so"] {
            let file = folder.appending(path: candidate).resolvingSymlinksInPath()
            if FileManager.default.fileExists(atPath: file.path()) { return file.path() }
        }
        throw Problem("no driver named \(name) in \(folder.path())")
    }
}
