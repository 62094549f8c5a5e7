import Testing
import Wire

@Suite struct ExerciseTests {
    @Test(arguments: Exercise.parsers.map(\.name))
    func `a parser accepts its vector and survives random octets and flipped bits`(name: String) throws {
        let parser = try #require(Exercise.parsers.first { $0.name == name })
        let vector = try #require(Vectors.all[name])
        _ = try parser.run(vector.raw)
        var generator = SeededGenerator(state: UInt64(name.utf8.reduce(0) { $0 &* 31 &+ Int($1) }))
        var refused = 0
        for round in 0..<10_000 {
            let hostile = round % 2 == 0 ? Self.random(&generator) : Self.flipped(vector, &generator)
            do throws(WireError) { _ = try parser.run(hostile.raw) } catch { refused += 1 }
        }
        #expect(refused > 0 || name == "text" || name == "frame")
    }

    private static func random(_ generator: inout SeededGenerator) -> [UInt8] {
        (0..<Int.random(in: 0...160, using: &generator)).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    /// One to four bits flipped; every third time the end is cut off as well.
    private static func flipped(_ vector: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
        var octets = vector
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            octets[Int.random(in: 0..<octets.count, using: &generator)] ^= 1 << UInt8.random(in: 0...7, using: &generator)
        }
        guard Int.random(in: 0..<3, using: &generator) == 0 else { return octets }
        return Array(octets.prefix(Int.random(in: 0...octets.count, using: &generator)))
    }
}
