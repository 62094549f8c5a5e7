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

    @Test func `folders are made for their user alone, and the oldest of them go`() throws {
        let base = "/tmp/dd-crashes-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        defer {
            FileSystem.clear(base)
            FileSystem.removeFolder(base)
        }
        var store = CrashStore(path: base + "/state/crashes")
        store.quota.mostFolders = 2
        for second in 1...3 as ClosedRange<UInt64> {
            let place = try store.make("sock2", pid: 7, at: second * 1_000_000_000)
            try FileSystem.replace(place.core, with: [1, 2, 3])
            #expect(FileSystem.ownership(place.path)?.mode == 0o700 && place.mostCore > 0)
        }
        try FileSystem.replace(store.path + "/notes", with: [1])
        #expect(store.names() == ["sock2-19700101T000002-7", "sock2-19700101T000003-7"])
        var why: SystemError?
        do throws(SystemError) { _ = try store.make("sock2", pid: 7, at: 3_000_000_000) } catch { why = error }
        #expect(why?.number == .exists)
        #expect(FileSystem.exists(store.path + "/notes"), "what is no crash stays")
    }
}
