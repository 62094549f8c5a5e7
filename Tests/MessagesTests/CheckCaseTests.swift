import Testing

@testable import Conformance
@testable import tools

struct CaseListTests {
    @Test func `what the tool lists is what the checker asks`() {
        #expect(CheckCases.all.map(\.name) == Cases.all.map(\.name))
        #expect(CheckCases.all.map(\.meaning) == Cases.all.map(\.meaning))
    }

    @Test func `cases are chosen by name, in the checker's order`() {
        #expect(Cases.named(["link", "sizes"]).map(\.name) == ["sizes", "link"])
        #expect(Cases.named([]).count == Cases.all.count)
    }

    @Test(arguments: [(0, nil), (0x102, "start"), (0x111, "quiesce"), (0x1FF, nil)] as [(UInt32, String?)])
    func `both sides name a callout alike`(word: UInt32, name: String?) {
        #expect(CheckRun.callout(word) == name)
        #expect(calloutName(word) == name)
    }
}
