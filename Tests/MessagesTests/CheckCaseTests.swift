import Messages
import Testing

struct CheckCaseTests {
    @Test func `cases are chosen by name, in the checker's order`() {
        #expect(CheckCase.named(["link", "sizes"]) == [.sizes, .link])
        #expect(CheckCase.named([]) == CheckCase.allCases)
    }

    @Test(arguments: [(0, nil), (0x102, .start), (0x111, .quiesce), (0x1FF, nil)] as [(UInt32, Callout?)])
    func `a callout is told from the crash note's word`(word: UInt32, callout: Callout?) {
        #expect(Callout(noted: word) == callout)
    }
}
