import Cores
import Testing

struct CoreRotationTests {
    static let folder = ["io.core", "io.1.core", "io.2.core.gz", "io.02.core", "other.core", "io.core.txt", "io.x.core", "io"]

    @Test func `without rotation the newest takes the place of all before it`() {
        let moves = CoreRotation(program: "io", mostOlder: nil).moves(among: Self.folder)
        #expect(moves.removed == ["io.2.core.gz", "io.1.core", "io.core"] && moves.renamed.isEmpty)
    }

    @Test func `with it each becomes one older, the oldest first, and too many go`() {
        let moves = CoreRotation(program: "io", mostOlder: 2).moves(among: Self.folder)
        #expect(moves.removed == ["io.2.core.gz"])
        #expect(moves.renamed.map(\.from) == ["io.1.core", "io.core"] && moves.renamed.map(\.to) == ["io.2.core", "io.1.core"])
        #expect(CoreRotation(program: "io", mostOlder: 9).moves(among: Self.folder).renamed.first?.to == "io.3.core.gz")
    }

    @Test func `what is no core of this program is left alone`() {
        let moves = CoreRotation(program: "none", mostOlder: 3).moves(among: Self.folder)
        #expect(moves.removed.isEmpty && moves.renamed.isEmpty)
    }
}
