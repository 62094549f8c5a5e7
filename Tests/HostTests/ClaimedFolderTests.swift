import Glibc
@testable import Host
import Testing

struct ClaimedFolderTests {
    /// A runtime directory of its own, removed at the end.
    private final class Place {
        let path = "/tmp/drydock-test-\(CurrentProcess.pid)-\(MonotonicClock.now())"
        deinit {
            FileSystem.clear(path)
            FileSystem.removeFolder(path)
        }
        func directory() throws -> RuntimeDirectory { try RuntimeDirectory(path: path) }
    }

    private func refusal(_ body: () throws(FolderRefusal) -> Void) -> FolderRefusal? {
        do { try body() } catch { return error }
        return nil
    }

    private let name = FolderName("em")!

    @Test func `a live folder is refused with its holder, and a let-go one is free`() throws {
        let place = Place(), directory = try place.directory()
        let held = try ClaimedFolder.claim(directory, .nic, name)
        #expect(directory.live(.nic) == [.init(name: name, path: held.path, pid: CurrentProcess.pid, number: nil)])
        #expect(refusal { () throws(FolderRefusal) in _ = try ClaimedFolder.claim(directory, .nic, name) }
            == .inUse(name: name, pid: CurrentProcess.pid, number: nil))
        held.remove()
        #expect(directory.live(.nic).isEmpty)
        #expect(!FileSystem.exists(directory.folder(.nic, name)))
        _ = try ClaimedFolder.claim(directory, .nic, name)
    }

    @Test func `a stale folder is emptied and taken over`() throws {
        let place = Place(), directory = try place.directory()
        do {
            let dropped = try ClaimedFolder.claim(directory, .stack, name, number: 4)
            try FileSystem.makeFolder(dropped.path + "/dev")
            try FileSystem.replace(dropped.path + "/dev/rest", with: [1])
        }
        #expect(directory.live(.stack).isEmpty)
        let taken = try ClaimedFolder.claim(directory, .stack, name, number: 4)
        #expect(FileSystem.names(in: taken.path) == ["lock", "number"])
        #expect(directory.stack(number: 4)?.name == name)
        taken.remove(keeping: ["number"])
        #expect(FileSystem.names(in: directory.folder(.stack, name)) == ["number"])
        #expect(directory.stack(number: 4) == nil)
    }

    @Test func `a number belongs to one live stack`() throws {
        let place = Place(), directory = try place.directory()
        let first = try ClaimedFolder.claim(directory, .stack, name, number: 4)
        #expect(refusal { () throws(FolderRefusal) in _ = try ClaimedFolder.claim(directory, .stack, FolderName("other")!, number: 4) }
            == .numberInUse(number: 4, by: name, pid: CurrentProcess.pid))
        _ = try ClaimedFolder.claim(directory, .stack, FolderName("other")!, number: 5)
        #expect(first.name == name)
    }

    @Test func `a folder that is not ours alone is refused by name`() throws {
        let place = Place(), directory = try place.directory()
        let open = place.path + "/open", link = place.path + "/link", file = place.path + "/file"
        try FileSystem.makeFolder(open)
        unsafe chmod(open, 0o755)
        unsafe symlink(place.path, link)
        try FileSystem.replace(file, with: [])
        #expect(refusal { () throws(FolderRefusal) in _ = try RuntimeDirectory(path: open) } == .openToOthers(path: open, mode: 0o755))
        #expect(refusal { () throws(FolderRefusal) in _ = try RuntimeDirectory(path: link) } == .notAFolder(path: link))
        #expect(refusal { () throws(FolderRefusal) in _ = try RuntimeDirectory(path: file) } == .notAFolder(path: file))
        #expect(refusal { () throws(FolderRefusal) in _ = try RuntimeDirectory(path: "/proc/none/x") }
            == .system(path: "/proc/none/x", SystemError("mkdir", .notFound)))
        #expect(directory.path == place.path)
    }
}
