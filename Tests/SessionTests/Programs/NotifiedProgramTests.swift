import Foundation
import Testing

/// Programs that no library gets into, on a stack whose cable leads to the Linux kernel.
@Suite(.serialized, .enabled(if: Namespace.isAvailable, "\(Namespace.missing ?? "")"))
struct NotifiedProgramTests {
    /// A stack as 10.2.0.2, the kernel as 10.2.0.1; `folder` holds a file `word` of 200 000 octets.
    func session(_ body: (Dock, URL) throws -> Void) throws {
        try LinuxPeerTests().session("sim:82540em") { dock in
            let folder = dock.folder.appending(path: "www")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try Self.word.write(to: folder.appending(path: "word"))
            try body(dock, folder)
        }
    }

    static let word = Data((0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 7) })

    /// The kernel's side serves `folder` on port 8000.
    func serve(_ folder: URL, _ dock: Dock) throws -> Task {
        let server = try dock.start(["python3", "-u", "-m", "http.server", "--bind", "10.2.0.1", "--directory", folder.path(), "8000"])
        let probe = "import socket; socket.create_connection(('10.2.0.1', 8000), 1)"
        #expect(try eventually { try dock.run("python3", "-c", probe).status == 0 })
        return server
    }

    func notified(_ words: [String]) -> [String] { ["drydock", "run", "--by", "notify", "--"] + words }

    @Test(.programs("busybox", "python3"))
    func `a static busybox fetches a file over the stack`() throws {
        try session { dock, folder in
            let server = try serve(folder, dock)
            defer { server.kill() }
            let copy = folder.appending(path: "copy").path()
            try dock.good(notified(["busybox", "wget", "-q", "-O", copy, "http://10.2.0.1:8000/word"]), sock: "/sock2", seconds: 40)
            #expect(FileManager.default.contents(atPath: copy) == Self.word)
            #expect(server.outcome.all.contains("10.2.0.2 - - "), "who asked is the stack: \(server.outcome.all)")
            let refused = try dock.run(notified(["busybox", "wget", "-q", "-O", "-", "http://10.2.0.1:8001/word"]), sock: "/sock2", seconds: 40)
            #expect(refused.status == 1)
            #expect(refused.all.contains("refused"), "\(refused.all)")
        }
    }

    @Test(.programs("dnsmasq", "python3"))
    func `names are asked for by the C library, whose own sockets no library catches`() throws {
        try session { dock, _ in
            let names = try nameServer(dock)
            defer { names.kill() }
            let line = "import socket; print(sorted(a[4][0] for a in socket.getaddrinfo('host.test', 80, 0, socket.SOCK_STREAM)))"
            let found = try dock.good(["drydock", "run", "--by", "notify", "--dns", "10.2.0.1", "--", "python3", "-c", line], sock: "/sock2", seconds: 40)
            #expect(found == "['10.2.0.1', 'fd02::1']\n")
        }
    }

    func nameServer(_ dock: Dock) throws -> Task {
        // It closes every descriptor at its start, one of which Foundation takes for the process's end: the shell keeps it.
        let command = "dnsmasq --no-daemon --no-resolv --no-hosts --conf-file=/dev/null --listen-address=10.2.0.1 --bind-interfaces "
            + "--user=root --address=/host.test/10.2.0.1 --address=/host.test/fd02::1 --pid-file=; exit $?"
        let names = try dock.start(["sh", "-c", command])
        #expect(eventually { names.outcome.all.contains("started") }, "\(names.outcome.all)")
        return names
    }

    @Test(.programs("go", "dnsmasq", "python3"))
    func `a program in Go serves and fetches, and looks names up itself`() throws {
        try session { dock, folder in
            let program = try goProgram(folder, dock)
            let server = try dock.start(notified([program, "serve", ":8080"]), sock: "/sock2")
            let ask = "import urllib.request as u; print(u.urlopen('http://10.2.0.2:8080/', timeout=5).read().decode(), end='')"
            #expect(try eventually(within: 20) { try dock.run("python3", "-c", ask).status == 0 }, "\(server.outcome.all)")
            for _ in 0..<3 { #expect(try dock.good("python3", "-c", ask) == "you are 10.2.0.1\n") }
            kill(server.pid, SIGTERM)
            #expect(server.finish(within: 10))

            let files = try serve(folder, dock), names = try nameServer(dock)
            defer {
                files.kill()
                names.kill()
            }
            let fetch = ["drydock", "run", "--by", "notify", "--dns", "10.2.0.1", "--", program, "fetch", "http://host.test:8000/word"]
            #expect(try dock.good(fetch, sock: "/sock2", seconds: 40) == "200000\n")
        }
    }

    func goProgram(_ folder: URL, _ dock: Dock) throws -> String {
        let source = folder.appending(path: "main.go"), program = folder.appending(path: "program").path()
        try Self.go.write(to: source, atomically: true, encoding: .utf8)
        try dock.good(["env", "CGO_ENABLED=0", "GO111MODULE=off", "GOFLAGS=", "GOCACHE=\(FileManager.default.temporaryDirectory.path())drydock-go-cache",
                       "go", "build", "-o", program, source.path()], seconds: 400)
        return program
    }

    static let go = """
        package main

        import (
        \t"fmt"
        \t"io"
        \t"net"
        \t"net/http"
        \t"os"
        )

        func main() {
        \tif os.Args[1] == "serve" {
        \t\thttp.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
        \t\t\thost, _, _ := net.SplitHostPort(r.RemoteAddr)
        \t\t\tfmt.Fprintln(w, "you are", host)
        \t\t})
        \t\tfmt.Println(http.ListenAndServe(os.Args[2], nil))
        \t\tos.Exit(1)
        \t}
        \tresponse, err := http.Get(os.Args[2])
        \tif err != nil {
        \t\tfmt.Println(err)
        \t\tos.Exit(1)
        \t}
        \tn, _ := io.Copy(io.Discard, response.Body)
        \tfmt.Println(n)
        }
        """
}
