@testable import Cores
import Testing

struct MappingTests {
    static let text = """
        55d0c0a00000-55d0c0a01000 r--p 00000000 fe:01 1234                       /usr/bin/a program
        55d0c0a01000-55d0c0a03000 r-xp 00001000 fe:01 1234                       /usr/bin/a program
        55d0c1000000-55d0c1021000 rw-p 00000000 00:00 0                          [heap]
        7f0000000000-7f0000400000 rw-s 00000000 00:01 77                         /memfd:drydock-packets (deleted)
        7f0000500000-7f0000501000 ---p 00000000 00:00 0
        this line says nothing
        7ffd00000000-7ffd00021000 rw-p 00000000 00:00 0                          [stack]
        ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]

        """

    @Test func `every line that makes sense is a mapping, with its name as it is`() throws {
        let all = Mapping.all(Array(Self.text.utf8))
        #expect(all.count == 7)
        #expect(all[1].range == 0x55d0_c0a0_1000..<0x55d0_c0a0_3000 && all[1].isExecutable && !all[1].isWritable && all[1].offset == 0x1000)
        #expect(all[0].path == "/usr/bin/a program" && all[0].inode == 1234 && all[0].device == "fe:01")
        #expect(all[2].path == "[heap]" && all[2].file == nil)
        #expect(all[3].isShared && all[3].memoryName == "drydock-packets" && all[3].file == "/memfd:drydock-packets")
        #expect(all[4].path == "" && !all[4].isReadable)
        #expect(all[6].range.upperBound == 0xffff_ffff_ff60_1000)
    }

    @Test func `no prefix of a map traps`() {
        let octets = Array(Self.text.utf8)
        for length in octets.indices { #expect(Mapping.all(Array(octets[..<length])).count <= 7) }
    }

    @Test func `a page map tells which pages have contents, and whether any is the process's own`() {
        let map = PageMap(entries: [0, 1 << 63 | 1 << 61, 1 << 62 | 1 << 61])
        #expect(map.populated == 2 && !map.isPrivate && map.present == [false, true, true])
        #expect(PageMap(entries: [1 << 63]).isPrivate)
        #expect(PageMap(unknownPages: 3).isPrivate)
    }
}
