import Foundation
import Testing

/// docs/DRIVER.md, tried as a new user would, command by command.
@Suite(.serialized) struct DriverGuideTests {
    let dock: Dock
    init() throws { dock = try Dock() }

    @Test func `a driver in a day works as it is written`() throws {
        defer { dock.close() }
        let place = dock.folder.appending(path: "guide")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        let walk = try Walkthrough(Dock.package.appending(path: "docs/DRIVER.md"))
        #expect(walk.steps.count > 40)
        try walk.run(in: dock, folder: place, seconds: 1800)
    }
}
