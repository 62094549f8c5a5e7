internal import ArgumentParser
internal import Faults
internal import Glibc
internal import Host

/// `drydock mutate`: a copy of a driver with faults in its machine code.
struct Mutate: Tool {
    static let configuration = CommandConfiguration(
        commandName: "mutate",
        abstract: "Put faults into a copy of a driver's machine code, by a seed.",
        discussion: """
            Each fault stands for a programmer's mistake:
              source, destination   a wrong register is read, or written
              pointer               a wrong register is the base of an address
              interface             a parameter of a call is not loaded
              loop                  a backward jump's condition is the other way round
              text                  one bit of an instruction is another
              nop                   an instruction is missing
            The same driver, kinds and seed give the same faults, and a smaller count the first of them. Without -o nothing is
            written: it prints what it would change. For x86-64 images with symbols.

            Examples:
              drydock mutate devnp-e1000.so -o devnp-e1000-7.so --seed 7
              drydock mutate devnp-e1000.so --seed 7 --count 20 --kind pointer,nop --json

            Exit status: 0 done; 1 failed; 64 wrong words.
            """)

    @Option(name: .shortAndLong, help: "The copy to write; not the driver itself.", completion: .file()) var output: String?
    @Option(help: "Kinds to choose from, separated by commas: \(MutationKind.allCases.map(\.rawValue).joined(separator: ", ")). Without it all.")
    var kind: String?
    @Option(help: "What the choice begins with.") var seed: UInt64 = 1
    @Option(help: "How many faults, at most 10000.") var count = 1
    @Flag(help: "Print JSON.") var json = false
    @Argument(help: "A driver image.", completion: .file()) var driver: String

    private static let mostOctets = 256 << 20

    func validate() throws {
        guard 1...10_000 ~= count else { throw ValidationError("--count \(count): choose 1 to 10000") }
        _ = try kinds()
    }

    private func kinds() throws -> [MutationKind] {
        guard let kind else { return MutationKind.allCases }
        return try kind.split(separator: ",", omittingEmptySubsequences: false).map { word in
            guard let one = MutationKind(rawValue: String(word)) else {
                throw ValidationError("--kind \(word): choose from \(MutationKind.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            return one
        }
    }

    func perform(in world: World) throws(ToolFailure) -> Int32 {
        var code = try read(), mutator = Mutator(seed: seed)
        let done = mutator.mutate(&code, kinds: (try? kinds()) ?? [], count: count)
        guard done.count == count else {
            throw ToolFailure(driver, "its code has room for \(done.count) such faults, not for \(count)", "ask for fewer, or for more kinds")
        }
        if let output { try write(code.octets, output) }
        return world.print(json ? JSONText.render(done) : done.map(Self.line).joined())
    }

    private func read() throws(ToolFailure) -> MachineCode {
        let octets: [UInt8]
        do { octets = try FileDescriptor.open(driver, O_RDONLY).readAll(limit: Self.mostOctets) } catch {
            throw ToolFailure(driver, "it cannot be read: \(error)", "give a driver image, as in: drydock mutate devnp-e1000.so")
        }
        do { return try MachineCode(octets) } catch {
            throw ToolFailure(driver, error.rawValue, error == .noFunctions ? "build it without stripping" : "give a driver image that was built for x86-64")
        }
    }

    /// Never over what is there: the driver might be named by another path.
    private func write(_ octets: [UInt8], _ path: String) throws(ToolFailure) {
        do {
            let file = try FileDescriptor.open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o755)
            try file.write(octets)
        } catch {
            throw ToolFailure(path, "it cannot be written: \(error)", error.number == .exists ? "remove it first, or choose another name" : "see whether its folder is there")
        }
    }

    private static func line(_ one: Mutation) -> String {
        func octets(_ list: [UInt8]) -> String { list.map { Number.hexadecimal($0, digits: 2) }.joined(separator: " ") }
        return "\(Column.left(one.kind.rawValue, 11)) 0x\(Number.hexadecimal(one.address)) \(one.symbol)+0x\(Number.hexadecimal(one.inside)): \(octets(one.before)) -> \(octets(one.after))\n"
    }
}
