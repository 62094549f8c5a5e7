import Host
import Testing

struct FolderNameTests {
    @Test(arguments: [("/sock2", "sock2"), ("/a/b", "a%b"), ("", "default"), ("/Alt_1.x-y", "Alt_1.x-y")])
    func `a prefix has one folder, and the folder tells the prefix`(prefix: String, folder: String) {
        #expect(FolderName(prefix: prefix)?.text == folder)
        #expect(FolderName(prefix: prefix)?.prefix == prefix)
    }

    @Test(arguments: [
        "sock2", "/", "//", "/a//b", "/a/", "/..", "/.", "/.hidden", "/a/../b", "/a%b", "/a b", "/a\nb", "/default", "/é",
        "/" + String(repeating: "a", count: 65),
    ])
    func `what is no prefix is refused`(prefix: String) { #expect(FolderName(prefix: prefix) == nil) }
}
