@testable import Cores
import Glibc
import Host
import Testing

struct CrashStoreTests {
    private func quota(_ folders: Int, _ octets: UInt64, core: UInt64 = 10, reserve: UInt64 = 0) -> CrashQuota {
        var quota = CrashQuota()
        (quota.mostFolders, quota.mostOctets, quota.mostCore, quota.reserve) = (folders, octets, core, reserve)
        return quota
    }

    private let three = ["a", "b", "c"].map { CrashQuota.Kept($0, octets: 20) }

    @Test func `the oldest goes when there are too many`() {
        #expect(quota(4, 1000).room(among: three).removed == [])
        #expect(quota(3, 1000).room(among: three).removed == ["a"])
        #expect(quota(1, 1000).room(among: three).removed == ["a", "b", "c"])
        #expect(quota(0, 1000).room(among: three).removed == ["a", "b", "c"])
    }

    @Test func `the oldest go until a core of full size fits`() {
        #expect(quota(9, 70).room(among: three).removed == [])
        #expect(quota(9, 69).room(among: three).removed == ["a"])
        #expect(quota(9, 69, reserve: 30).room(among: three).removed == ["a", "b"])
    }

    @Test func `a core is never larger than the quota`() {
        let room = quota(9, 15, core: 100, reserve: 5).room(among: three)
        #expect(room.removed == ["a", "b", "c"] && room.core == 10)
        #expect(quota(9, 5, core: 100, reserve: 8).room(among: []).core == 0)
    }

    @Test(arguments: [UInt64(0), 7, 64, 200, 1000]) func `whatever is kept, the quota is not exceeded`(most: UInt64) {
        for core in [UInt64(0), 5, 50, 500] {
            let quota = quota(3, most, core: core, reserve: 3), room = quota.room(among: three)
            let left = three.filter { !room.removed.contains($0.name) }.reduce(0) { $0 + $1.octets }
            #expect(left + room.core + min(3, most) <= most, "\(most) \(core)")
        }
    }

    @Test func `a crash is named by instance, time and process`() {
        #expect(CrashStore.name("sock2", pid: 77, at: 1_769_903_999_123_456_789) == "sock2-20260131T235959-77")
        #expect(CrashStore.name("a%b/c", pid: 1, at: 0) == "a_b_c-19700101T000000-1")
        #expect(CrashStore.time(of: "my-own-20260131T235959-77") == "20260131T235959")
        for other in ["notes", "a-b-c", "a-20260131-7", "a-20260131T235959-x", ".turn"] { #expect(CrashStore.time(of: other) == nil) }
    }

    @Test func `the folder is the user's choice, else where state belongs`() {
        func path(_ words: [String: String]) -> String? { CrashStore.standardPath { words[$0] } }
        #expect(path(["DRYDOCK_CRASHES": "/c", "XDG_STATE_HOME": "/s", "HOME": "/h"]) == "/c")
        #expect(path(["XDG_STATE_HOME": "/s", "HOME": "/h"]) == "/s/drydock/crashes")
        #expect(path(["XDG_STATE_HOME": "not/absolute", "HOME": "/h"]) == "/h/.local/state/drydock/crashes")
        #expect(path([:]) == nil)
    }

    @Test func `what is still written stays, and counts as large as it may become`() {
        let open = CrashQuota.Kept("a", octets: 1, isOpen: true), other = CrashQuota.Kept("b", octets: 20)
        #expect(quota(9, 50).room(among: [open, other]) == ([], 10))
        #expect(quota(2, 1000).room(among: [open, other]) == (["b"], 10))
        #expect(quota(1, 1000).room(among: [open, other]) == (["b"], 10), "too many are written at once: none of them goes")
        #expect(quota(9, 15).room(among: [open, other]) == (["b"], 5), "the other one may yet need 10 of the 15")
        #expect(quota(9, 12, reserve: 3).room(among: [open]) == ([], 0))
    }

    private func withStore(_ folders: Int, _ body: (CrashStore) throws -> Void) throws {
        let base = "/tmp/dd-crashes-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        defer {
            FileSystem.clear(base)
            FileSystem.removeFolder(base)
        }
        var store = CrashStore(path: base + "/state/crashes")
        store.quota.mostFolders = folders
        try body(store)
    }

    private func make(_ store: CrashStore, _ second: UInt64, pid: Int32 = 7) throws -> CrashStore.Place {
        try store.make("sock2", pid: pid, at: second * 1_000_000_000)
    }

    @Test func `a folder is made for its user alone, and nothing goes for it`() throws {
        try withStore(2) { store in
            for second in 1...4 as ClosedRange<UInt64> {
                let place = try make(store, second)
                try FileSystem.replace(place.core, with: [1, 2, 3])
                #expect(FileSystem.ownership(place.path)?.mode == 0o700)
            }
            #expect(store.names().count == 4)
            var why: SystemError?
            do throws(SystemError) { _ = try store.make("sock2", pid: 7, at: 3_000_000_000) } catch { why = error }
            #expect(why?.number == .exists)
        }
    }

    @Test func `room is made for a crash when it is asked for, and the oldest go`() throws {
        try withStore(2) { store in
            for second in 1...4 as ClosedRange<UInt64> { try FileSystem.replace(make(store, second).core, with: [1, 2, 3]) }
            try FileSystem.replace(store.path + "/notes", with: [1])
            let place = try make(store, 5)
            #expect(store.names().count == 5)
            #expect(try place.makeRoom() > 0)
            #expect(store.names() == ["sock2-19700101T000004-7", "sock2-19700101T000005-7"])
            #expect(FileSystem.exists(store.path + "/notes"), "what is no crash stays")
        }
    }

    @Test func `over many crashes there are never more than the quota when a core is written`() throws {
        try withStore(5) { store in
            for second in 1...40 as ClosedRange<UInt64> {
                let place = try make(store, second), most = try place.makeRoom()
                #expect(most > 0 && store.names().count <= 5)
                try FileSystem.replace(place.core, with: [1, 2, 3])
            }
            #expect(store.names().first == "sock2-19700101T000036-7" && store.names().count == 5)
        }
    }

    @Test func `who makes room removes no crash that another one still writes`() throws {
        try withStore(1) { store in
            var first: CrashStore.Place? = try make(store, 1)
            let second = try make(store, 2, pid: 8)
            try second.makeRoom()
            #expect(try first.map { try $0.makeRoom() } != nil)
            #expect(store.names() == ["sock2-19700101T000001-7", "sock2-19700101T000002-8"])
            // Written: from now on it is one among the old ones.
            first = nil
            try make(store, 3, pid: 9).makeRoom()
            #expect(store.names() == ["sock2-19700101T000002-8", "sock2-19700101T000003-9"])
        }
    }

    @Test func `who cannot have its turn says so, and writes no core later either`() throws {
        try withStore(1) { store in
            let place = try make(store, 1)
            guard let turn = try FolderLock.take(store.path + "/.turn", Deadline(in: .seconds(1))) else { return #expect(Bool(false), "the lock is taken") }
            #expect(throws: SystemError.self) { try place.makeRoom() }
            #expect(turn.raw >= 0)
            #expect(try place.makeRoom() == 0)
        }
    }
}
