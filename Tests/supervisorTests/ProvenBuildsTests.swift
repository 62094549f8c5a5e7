import Glibc
@testable import Host
import Messages
import Testing
@testable import supervisor

struct ProvenBuildsTests {
    private static let second: UInt64 = 1_000_000_000

    /// A folder for images, and one for what is kept of them.
    private func session(seconds: Int = 10, _ body: (String, inout ProvenBuilds) throws -> Void) throws {
        let base = "/tmp/dd-proven-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        try FileSystem.makeFolders(base)
        defer {
            FileSystem.clear(base)
            FileSystem.removeFolder(base)
        }
        var proven = ProvenBuilds(ProvenStore(folder: base + "/.proven/sock2"), seconds: seconds)
        try body(base, &proven)
    }

    private func image(_ base: String, _ name: String, _ octets: [UInt8]) throws -> ProvenBuilds.Image {
        try FileSystem.replace("\(base)/\(name)", with: octets)
        return ProvenBuilds.Image(name: name, path: "\(base)/\(name)")
    }

    private func look(_ proven: inout ProvenBuilds, _ images: [ProvenBuilds.Image], at second: UInt64, used: Set<String> = []) -> [String] {
        proven.look(at: images, now: (second * Self.second, (1_769_903_999 + second) * Self.second), used: used)
    }

    @Test func `a build is proven when it has run for so long, and told once`() throws {
        try session { base, proven in
            let good = try image(base, "driver-1-devnp-a b-c.so", [1]), bad = try image(base, "driver-2-devnp-a b-c.so", [2])
            #expect(look(&proven, [good], at: 100) == [])
            #expect(look(&proven, [good], at: 109) == [])
            #expect(proven.other(than: [bad], of: "devnp-a b-c.so") == nil)
            let told = look(&proven, [good], at: 112)
            #expect(told == ["devnp-a b-c.so has run for 10 s: this build is kept, for when another one dies again and again"])
            #expect(look(&proven, [good], at: 200) == [])
            let build = try #require(proven.other(than: [bad], of: "devnp-a b-c.so"))
            #expect(build.sentence == "with the build of devnp-a b-c.so of 20260201T000139, which ran for 10 s")
            #expect(FileSystem.text(build.path) == "\u{1}")
            let recovered = ProvenBuilds(proven.store, seconds: 600)
            #expect(recovered.other(than: [bad], of: "devnp-a b-c.so") == build, "it ran as long as it did, whatever is asked for now")
        }
    }

    @Test func `the build that died is not gone back to, nor one of another driver, nor one of which nothing is known`() throws {
        try session { base, proven in
            let one = try image(base, "driver-1-devnp-a.so", [1]), other = try image(base, "driver-2-devnp-b.so", [2])
            _ = look(&proven, [one, other], at: 100)
            #expect(look(&proven, [one, other], at: 120).count == 2)
            #expect(proven.other(than: [try image(base, "driver-7-devnp-a.so", [1])], of: "devnp-a.so") == nil)
            #expect(proven.other(than: [other], of: "devnp-a.so") == nil)
            #expect(proven.other(than: [], of: "devnp-a.so") == nil)
        }
    }

    @Test func `after a death every build begins anew`() throws {
        try session { base, proven in
            let one = try image(base, "driver-1-devnp-a.so", [1])
            _ = look(&proven, [one], at: 100)
            proven.forget()
            #expect(look(&proven, [one], at: 120) == [])
            #expect(look(&proven, [one], at: 140).count == 1)
        }
    }

    @Test func `after the death of an isolated driver's process its build begins anew, and no other does`() throws {
        try session { base, proven in
            let one = try image(base, "isolated-em0.1-devnp-a.so", [1]), other = try image(base, "isolated-em01.2-devnp-b.so", [2])
            _ = look(&proven, [one, other], at: 100)
            proven.forget(isolated: "em0")
            #expect(look(&proven, [one, other], at: 120) == ["devnp-b.so has run for 10 s: this build is kept, for when another one dies again and again"])
            #expect(look(&proven, [one, other], at: 140).first?.hasPrefix("devnp-a.so has run") == true)
        }
    }

    @Test func `the newest proven build is the one, and the oldest go but what the plan names`() throws {
        try session { base, proven in
            var first: String?
            for round in 0..<40 as Range<UInt64> {
                let one = try image(base, "driver-\(round)-devnp-a.so", [UInt8(round)])
                _ = look(&proven, [one], at: 1000 + round * 100)
                let used = Set([first].compactMap { $0 })
                #expect(look(&proven, [one], at: 1050 + round * 100, used: used).count == 1)
                if round == 0 { first = proven.other(than: [try image(base, "driver-99-devnp-a.so", [99])], of: "devnp-a.so")?.path }
            }
            #expect(FileSystem.names(in: proven.folder).count == ProvenBuilds.mostBuilds)
            #expect(FileSystem.exists(try #require(first)))
            let newest = try #require(proven.other(than: [try image(base, "driver-99-devnp-a.so", [99])], of: "devnp-a.so"))
            #expect(try FileSystem.reading(newest.path).readAll(limit: 9) == [39])
            let before = try #require(proven.other(than: [try image(base, "driver-99-devnp-a.so", [39])], of: "devnp-a.so"))
            #expect(try FileSystem.reading(before.path).readAll(limit: 9) == [38])
            proven.remove()
            #expect(!FileSystem.exists(proven.folder))
        }
    }

    @Test(arguments: ["0", "-1", "", "86401", "a", "5/60", "9999999999999999999999"])
    func `a time that is none is refused`(text: String) {
        #expect(ProtocolOption.named("restart_proven")?.accept(text) == nil)
        #expect(ProtocolOption.named("restart_proven")?.accept(nil) == nil)
    }
}
