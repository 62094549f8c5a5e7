@testable import Bus
import Testing

@Suite struct InterruptLinesTests {
    @Test func `a level signals once until it is unmasked`() {
        var lines = InterruptLines()
        do { let signalled = lines.change(vector: 0, asserted: true); #expect(!signalled) }
        let late = lines.choose(.line, vectors: 1)
        #expect(late, "the line was asserted before")
        do { let signalled = lines.change(vector: 0, asserted: true); #expect(!signalled) }
        let again = lines.unmask()
        #expect(again, "still asserted")
        do { let signalled = lines.change(vector: 0, asserted: false); #expect(!signalled) }
        do { let signalled = lines.unmask(); #expect(!signalled) }
        let fresh = lines.change(vector: 0, asserted: true)
        #expect(fresh)
        do { let signalled = lines.change(vector: 1, asserted: true); #expect(!signalled, "a line is vector 0") }
    }

    @Test(arguments: [InterruptMode.msi, .msix]) func `messages signal each time, and a vector that was not granted never`(mode: InterruptMode) {
        var lines = InterruptLines()
        do { let signalled = lines.choose(mode, vectors: 2); #expect(!signalled) }
        for _ in 0..<3 {
            let signalled = lines.change(vector: 1, asserted: true)
            #expect(signalled)
        }
        do { let signalled = lines.change(vector: 2, asserted: true); #expect(!signalled) }
        do { let signalled = lines.change(vector: -1, asserted: true); #expect(!signalled) }
        do { let signalled = lines.unmask(); #expect(!signalled) }
        do { let signalled = lines.choose(.none, vectors: 0); #expect(!signalled) }
        do { let signalled = lines.change(vector: 1, asserted: true); #expect(!signalled) }
    }

    @Test func `a message leaves no line asserted behind it`() {
        var lines = InterruptLines()
        _ = lines.choose(.msi, vectors: 1)
        _ = lines.change(vector: 0, asserted: true)
        let signalled = lines.choose(.line, vectors: 1)
        #expect(!signalled)
    }
}
