import Foundation
import Testing

/// Sockets belong to the user who started the stack.
@Suite(.serialized) struct OtherUserTests {
    /// Finds every socket below a folder, and every abstract name of programs' sockets, becomes user `uid`, and knocks at each: what
    /// `connect` says, or else whether the other end hangs up ("closed") or waits for a question ("kept").
    private static let knock = """
        import errno, os, socket, stat, sys
        folder, uid = sys.argv[1], int(sys.argv[2])
        places = [os.path.join(at, name) for at, _, names in os.walk(folder) for name in names
                  if stat.S_ISSOCK(os.lstat(os.path.join(at, name)).st_mode)]
        with open("/proc/net/unix") as file:
            hidden = ["\\0" + word[1:] for word in (line.split()[-1] for line in file) if word.startswith("@drydock")]
        if uid:
            os.setgroups([])
            os.setgid(uid)
            os.setuid(uid)
        def at(place, kind):
            with socket.socket(socket.AF_UNIX, kind) as end:
                end.settimeout(0.5)
                try:
                    end.connect(place)
                    return "kept" if end.recv(1) else "closed"
                except TimeoutError:
                    return "kept"
                except OSError as why:
                    return errno.errorcode[why.errno]
        for sort, found in ("place", places), ("name", hidden):
            for place in found:
                print(sort, *sorted({at(place, kind) for kind in (socket.SOCK_SEQPACKET, socket.SOCK_STREAM, socket.SOCK_DGRAM)}))
        """

    /// What each socket said, by sort.
    private func knock(_ dock: ProgramDock, uid: Int) throws -> [(sort: String, said: Set<String>)] {
        try dock.dock.good("python3", try dock.file("knock.py", Self.knock), dock.dock.folder.path(), "\(uid)", seconds: 60)
            .split(separator: "\n").map { line in
                let words = line.split(separator: " ").map(String.init)
                return (words[0], Set(words.dropFirst()))
            }
    }

    @Test(.programs("python3"), .enabled(if: getuid() == 0, "not root: another user cannot be played"))
    func `another user neither uses nor observes a stack's sockets, not even where its folder was opened`() throws {
        let dock = try Programs.prepare()
        defer { dock.close() }
        try dock.file("page", "whole\n")
        _ = try dock.serve("python3", "-m", "http.server", "--directory", dock.folder.path(), "8000", port: 8000)
        let own = try knock(dock, uid: 0)
        #expect(own.contains { $0.sort == "place" && $0.said.contains("kept") }, "who may ask is waited for")
        #expect(own.contains { $0.sort == "name" })
        let closed = try knock(dock, uid: 65534)
        #expect(closed.count >= own.count && closed.allSatisfy { $0.said.isDisjoint(with: ["kept", "closed"]) })
        #expect(closed.filter { $0.sort == "place" }.allSatisfy { $0.said == ["EACCES"] })
        try dock.dock.good("chmod", "-R", "a+rwX", dock.dock.folder.path())
        let opened = try knock(dock, uid: 65534)
        #expect(opened.contains { $0.said.contains("closed") }, "the caller's identity is looked at as well")
        #expect(opened.allSatisfy { !$0.said.contains("kept") })
        try dock.dock.good("chmod", "-R", "go-rwx", dock.dock.folder.path())
        let fetch = "import urllib.request as r; print(r.urlopen('http://\(ProgramDock.server):8000/page', timeout=20).read().decode(), end='')"
        #expect(try dock.ask("python3", "-c", fetch) == "whole\n")
    }
}
