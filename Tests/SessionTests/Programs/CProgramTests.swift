import Foundation
import Testing

/// What programs in C do with descriptors and no script language does for them.
@Suite(.serialized, .programs("gcc", "python3")) struct CProgramTests {
    /// Sends back what comes, by TCP and UDP.
    private static let echo = """
        import socket, sys, threading
        def datagrams():
            u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind((sys.argv[1], int(sys.argv[2])))
            while True:
                octets, peer = u.recvfrom(2000); u.sendto(octets, peer)
        def answer(connection):
            while octets := connection.recv(65536): connection.sendall(octets)
        threading.Thread(target=datagrams, daemon=True).start()
        listener = socket.create_server((sys.argv[1], int(sys.argv[2])))
        while True: threading.Thread(target=answer, args=(listener.accept()[0],), daemon=True).start()
        """

    @Test func `sockets are descriptors in C, too: io_uring, vfork, exec, close-on-exec, closefrom, passing, many messages at once`() throws {
        let dock = try Programs.prepare()
        defer { dock.close() }
        let source = try dock.file("calls.c", callsSource), program = dock.folder.appending(path: "calls").path()
        try dock.dock.good("gcc", "-O1", "-o", program, source)
        _ = try dock.serve("python3", try dock.file("echo.py", Self.echo), ProgramDock.server, "7300", port: 7300)
        for way in ["preload", "notify"] {
            for part in Self.parts {
                let words = ["drydock", "run", "--by", way, "--", program, ProgramDock.server, "7300", part]
                let outcome = try dock.dock.run(words, sock: "/sock2", seconds: 40)
                #expect(outcome.status == 0 && outcome.out.hasSuffix("ok\n"), "\(part) by \(way): \(outcome.all)")
                if part == "borrowed" { #expect(outcome.out == "echo\nok\n") }
            }
        }
    }

    /// A kernel may be told to have no io_uring; then there is nothing to ask.
    private static var parts: [String] {
        let word = (try? String(contentsOfFile: "/proc/sys/kernel/io_uring_disabled", encoding: .utf8)) ?? "0"
        return ["borrowed", "exec", "passed", "many"] + (word.hasPrefix("0") ? ["rings"] : [])
    }
}
