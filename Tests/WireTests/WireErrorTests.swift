import Testing
import Wire

@Suite struct WireErrorTests {
    @Test func `each error has its own words and a dense index`() {
        #expect(Set(WireError.allCases.map(\.description)).count == WireError.allCases.count)
        #expect(WireError.allCases.map { Int($0.rawValue) } == Array(0..<WireError.allCases.count))
    }
}
