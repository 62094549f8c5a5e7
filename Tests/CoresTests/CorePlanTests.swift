@testable import Cores
import Testing

struct CorePlanTests {
    static func mapping(_ low: UInt64, pages: UInt64, _ change: (inout Mapping) -> Void = { _ in }) -> Mapping {
        var mapping = Mapping(range: low..<low + pages * 4096)
        mapping.isWritable = true
        change(&mapping)
        return mapping
    }

    static let own = PageMap(entries: [1 << 63]), ofAFile = PageMap(entries: [1 << 63 | 1 << 61])

    static func contents(_ pages: PageMap = own, _ change: (inout Mapping) -> Void = { _ in }) -> CorePlan.Contents {
        CorePlan.contents(of: mapping(0x1000, pages: 1, change), pages, omitting: ["drydock-packets"])
    }

    @Test func `memory of its own is stored, and what cannot be read is not`() {
        #expect(Self.contents() == .everything)
        #expect(Self.contents { $0.isReadable = false } == .nothing)
        for name in ["[vvar]", "[vvar_vclock]", "[vsyscall]"] { #expect(Self.contents { $0.path = name } == .nothing) }
        #expect(Self.contents { $0.path = "[vdso]" } == .everything)
        #expect(Self.contents { $0.range = 0..<(1 << 44) } == .nothing, "address space that was taken in advance")
    }

    @Test func `of a file the first page tells which it was, and changed pages are stored`() {
        func file(_ pages: PageMap, offset: UInt64 = 0) -> CorePlan.Contents {
            Self.contents(pages) { ($0.inode, $0.path, $0.offset) = (7, "/lib/x.so", offset) }
        }
        #expect(file(Self.ofAFile) == .firstPage)
        #expect(file(Self.ofAFile, offset: 4096) == .nothing)
        #expect(file(Self.own, offset: 4096) == .everything)
    }

    @Test func `shared memory is stored but for what is left out by name, and a device is not looked at`() {
        func shared(_ path: String) -> CorePlan.Contents { Self.contents { ($0.inode, $0.path, $0.isShared) = (7, path, true) } }
        #expect(shared("/memfd:drydock-crash-note (deleted)") == .everything)
        #expect(shared("/memfd:drydock-packets (deleted)") == .nothing)
        #expect(shared("/dev/vfio/12") == .nothing)
        #expect(shared("/sys/bus/pci/devices/0000:00:03.0/resource0") == .nothing)
        #expect(shared("/home/u/file") == .nothing)
    }

    private func plan(_ mappings: [Mapping], stacks: [UInt64] = [], most: UInt64 = .max) -> CorePlan {
        CorePlan(
            mappings.map { ($0, PageMap(entries: .init(repeating: 1 << 63, count: Int($0.octets / 4096))), .everything) },
            head: 100, stacks: stacks, most: most)
    }

    @Test func `memory lies behind the head, page by page, in order of address`() {
        let plan = plan([Self.mapping(0x10000, pages: 2), Self.mapping(0x20000, pages: 1)])
        #expect(plan.segments.map(\.offset) == [4096, 3 * 4096])
        #expect(plan.length == 4 * 4096 && plan.shortened == 0)
    }

    @Test func `what does not fit is left out in a fixed order, and stacks stay`() {
        let mappings = [
            Self.mapping(0x10000, pages: 4), Self.mapping(0x20000, pages: 2) { $0.path = "[heap]" },
            Self.mapping(0x30000, pages: 2) { ($0.inode, $0.isShared) = (9, true) }, Self.mapping(0x40000, pages: 3),
        ]
        let stacks: [UInt64] = [0x40010]
        func stored(_ pages: UInt64) -> [UInt64] { plan(mappings, stacks: stacks, most: pages * 4096).segments.map { $0.stored / 4096 } }
        #expect(stored(11) == [4, 2, 2, 3])
        #expect(stored(10) == [4, 2, 1, 3])
        #expect(stored(7) == [2, 2, 0, 3])
        #expect(stored(3) == [0, 0, 0, 3])
        #expect(stored(1) == [0, 0, 0, 1])
        let cut = plan(mappings, stacks: stacks, most: 7 * 4096)
        #expect(cut.shortened == 2)
        let expected: [CorePlan.Left] = [.init(kind: "memory without a name", octets: 8192), .init(kind: "shared memory", octets: 8192)]
        #expect(cut.left == expected)
        let kinds = plan(mappings, stacks: stacks, most: 4096).left.map(\.kind)
        #expect(kinds == ["stacks", "the heap", "memory without a name", "shared memory"])
        #expect(plan(mappings, stacks: stacks).left.isEmpty)
        #expect(plan(mappings, stacks: stacks, most: 0).segments.allSatisfy { $0.offset == 4096 }, "none begins where the file does")
    }

    @Test func `pages without contents cost nothing of the limit`() {
        let sparse = (Self.mapping(0x10000, pages: 100), PageMap(entries: .init(repeating: 0, count: 99) + [1 << 63]), CorePlan.Contents.everything)
        let plan = CorePlan([sparse], head: 0, stacks: [], most: 4096)
        #expect(plan.segments[0].stored == 100 * 4096 && plan.shortened == 0)
    }

    @Test func `shared memory that is mapped twice is stored once`() {
        let twice = [0x10000, 0x90000].map { Self.mapping($0, pages: 2) { ($0.inode, $0.isShared, $0.path) = (9, true, "/memfd:x") } }
        let plan = plan(twice)
        #expect(plan.segments[0].offset == plan.segments[1].offset && plan.segments[1].isRepeated && !plan.segments[0].isRepeated)
        #expect(plan.length == 3 * 4096)
    }
}
