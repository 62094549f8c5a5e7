@testable import Cores
import Testing

struct ELFCoreTests {
    @Test func `what is written is read back`() throws {
        var core = ELFCore()
        core.add(1, [1, 2, 3, 4, 5])
        core.add(0x202, owner: "LINUX", [9])
        let mapping = CorePlanTests.mapping(0x7000, pages: 2) { $0.isExecutable = true }
        let known = [(mapping: mapping, pages: PageMap(unknownPages: 2), contents: CorePlan.Contents.everything)]
        let plan = CorePlan(known, head: core.headOctets(segments: 1), stacks: [], most: .max)
        let head = core.head(plan)
        #expect(UInt64(head.count) == core.headOctets(segments: 1))
        let text = try CoreText(head)
        #expect(text.notes.map(\.owner) == ["CORE", "LINUX"] && text.notes.map(\.contents) == [[1, 2, 3, 4, 5], [9]])
        let load = try #require(text.segments.last)
        #expect(load.type == 1 && load.flags == 7 && load.address == 0x7000 && load.stored == 8192 && load.octets == 8192)
        #expect(load.offset == Int(plan.segments[0].offset) && load.offset % 4096 == 0 && load.offset >= head.count)
    }

    @Test func `a file is named with its addresses and its page`() {
        let mapping = CorePlanTests.mapping(0x7000, pages: 2) { ($0.inode, $0.path, $0.offset) = (3, "/lib/x (deleted)", 0x3000) }
        let octets = ELFCore.files([CorePlanTests.mapping(0x1000, pages: 1), mapping]) { $0.file }
        let words = (0..<5).map { word in octets[(word * 8)..<(word * 8 + 8)].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) } }
        #expect(words == [1, 4096, 0x7000, 0x9000, 3])
        #expect(Array(octets[40...]) == Array("/lib/x".utf8) + [0])
    }
}
