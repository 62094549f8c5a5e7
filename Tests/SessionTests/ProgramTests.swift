import Foundation
import Testing

/// Programs that know nothing of stacks, between two of them.
@Suite(.serialized) struct ProgramTests {
    /// The library, built once a test run as a user builds it.
    static let library: Result<Void, Problem> = {
        let task = Process()
        task.executableURL = URL(filePath: "/usr/bin/env")
        task.arguments = ["swift", "build", "-c", "release", "--package-path", Dock.package.appending(path: "Programs").path()]
        let log = Pipe()
        (task.standardOutput, task.standardError) = (log, log)
        do { try task.run() } catch { return .failure(Problem("swift build of Programs cannot start: \(error)")) }
        let said = log.fileHandleForReading.readDataToEndOfFile()
        task.waitUntilExit()
        return task.terminationStatus == 0 ? .success(()) : .failure(Problem("Programs does not build: " + String(decoding: said, as: UTF8.self)))
    }()

    /// Two stacks with a cable between them: /one is 10.1.0.1, /two is 10.1.0.2.
    func session(_ body: (Dock) throws -> Void) throws {
        try Self.library.get()
        let dock = try Dock(), driver = try Drivers.path("e1000")
        defer { dock.close() }
        try dock.good("nic", "add", "em-a", "sim:82540em", "--cable", "nic:em-b")
        try dock.good("nic", "add", "em-b", "sim:82540em")
        for (name, nic, number) in [("/one", "em-a", 1), ("/two", "em-b", 2)] {
            try dock.good("io-pkt-v6-hc", "-i\(number)", "-ptcpip", "prefix=\(name)")
            try dock.good("mount", "-T", "io-pkt\(number)", "-o", "nic=\(nic)", driver)
            try dock.good("ifconfig", "em0", "10.1.0.\(number)/24", sock: name)
            try dock.good("if_up", "-l", "em0", sock: name)
        }
        try body(dock)
    }

    private func perl(_ dock: Dock, _ sock: String, _ text: String) throws -> Task {
        try dock.start(["drydock", "run", "perl", "-MIO::Socket::INET", "-MSocket", "-e", "$| = 1; alarm 60; " + text], sock: sock)
    }

    /// Waits for a server to say that it listens.
    private func ready(_ task: Task) throws {
        let isReady = eventually(within: 20) { task.outcome.out.contains("ready") || !task.isRunning }
        try #require(isReady && task.isRunning, "\(task.outcome.all)")
    }

    @Test func `a server of one stack serves clients of the other, to the last octet`() throws {
        try session { dock in
            let server = try perl(dock, "/one", """
                $l = IO::Socket::INET->new(Listen => 5, LocalPort => 80, ReuseAddr => 1) or die "$@\\n"; print "ready\\n";
                for (1..2) { $c = $l->accept or die "$!"; print $c->peerhost, "\\n"; while ($n = sysread $c, $b, 65536) { syswrite $c, uc $b } close $c }
                """)
            try ready(server)
            for _ in 1...2 {
                let client = try perl(dock, "/two", """
                    $s = IO::Socket::INET->new(PeerAddr => "10.1.0.1:80", Timeout => 20) or die "$@\\n"; $host = $s->sockhost;
                    $text = "abcdefgh" x 40000; if (!fork) { print $s $text; $s->flush; shutdown $s, 1; exit }
                    $got .= $b while sysread $s, $b, 65536; wait;
                    print $host, " ", $got eq uc $text ? "equal" : "different: " . length $got, "\\n";
                    """)
                #expect(client.finish(within: 40))
                #expect(client.outcome.status == 0 && client.outcome.out == "10.1.0.2 equal\n", "\(client.outcome.all)")
            }
            #expect(server.finish(within: 20))
            #expect(server.outcome.status == 0 && server.outcome.out == "ready\n10.1.0.2\n10.1.0.2\n", "\(server.outcome.all)")
        }
    }

    @Test func `refusals and resets are the errors that they are elsewhere`() throws {
        try session { dock in
            let refused = try perl(dock, "/two", #"IO::Socket::INET->new(PeerAddr => "10.1.0.1:9") and die "connected"; print $!, "\n";"#)
            #expect(refused.finish(within: 30))
            #expect(refused.outcome.out == "Connection refused\n", "\(refused.outcome.all)")
            let later = try perl(dock, "/two", """
                $s = IO::Socket::INET->new(Proto => "tcp", Type => SOCK_STREAM, Blocking => 0);
                connect $s, sockaddr_in(9, inet_aton "10.1.0.1"); print $!, "\\n"; vec($w, fileno $s, 1) = 1;
                print scalar select(undef, $w, undef, 20), " "; $! = $s->sockopt(SO_ERROR); print $!, "\\n";
                """)
            #expect(later.finish(within: 30))
            #expect(later.outcome.out == "Operation now in progress\n1 Connection refused\n", "\(later.outcome.all)")
            let server = try perl(dock, "/one", """
                $l = IO::Socket::INET->new(Listen => 5, LocalPort => 81) or die "$@\\n"; print "ready\\n"; $c = $l->accept;
                setsockopt $c, SOL_SOCKET, SO_LINGER, pack "ii", 1, 0; sysread $c, $b, 1; close $c;
                """)
            try ready(server)
            let client = try perl(dock, "/two", """
                $s = IO::Socket::INET->new(PeerAddr => "10.1.0.1:81") or die "$@\\n"; syswrite $s, "x";
                $n = sysread $s, $b, 1; print defined $n ? "end" : $!, "\\n"; $n = sysread $s, $b, 1; print defined $n ? "end" : $!, "\\n";
                """)
            #expect(client.finish(within: 30))
            #expect(client.outcome.out == "Connection reset by peer\nend\n", "\(client.outcome.all)")
        }
    }

    @Test func `datagrams go both ways, with their addresses`() throws {
        try session { dock in
            let server = try perl(dock, "/one", """
                $l = IO::Socket::INET->new(Proto => "udp", LocalPort => 7) or die "$@\\n"; print "ready\\n";
                for (1..2) { $l->recv($b, 2000); $l->send("re:$b") } print $l->peerhost, "\\n";
                """)
            try ready(server)
            let client = try perl(dock, "/two", """
                $s = IO::Socket::INET->new(Proto => "udp", PeerAddr => "10.1.0.1:7") or die "$@\\n";
                for $t ("a", "b" x 1000) { send $s, $t, 0; $s->recv($b, 2000); print length $b, " ", $s->peerport, "\\n" }
                """)
            #expect(client.finish(within: 30))
            #expect(client.outcome.out == "4 7\n1003 7\n", "\(client.outcome.all)")
            #expect(server.finish(within: 20))
            #expect(server.outcome.out == "ready\n10.1.0.2\n", "\(server.outcome.all)")
        }
    }

    @Test func `a program's end is the command's, and what is no network is left alone`() throws {
        try session { dock in
            #expect(try dock.run("drydock", "run", "sh", "-c", "exit 7", sock: "/one").status == 7)
            let ended = try dock.run("sh", "-c", "drydock run sh -c 'kill -9 $$'; echo $?", sock: "/one")
            #expect(ended.out == "137\n", "\(ended.all)")
            let unix = try perl(dock, "/one", #"socketpair A, B, AF_UNIX, SOCK_STREAM, 0 or die; syswrite A, "x"; sysread B, $b, 1; print "$b\n"; print `echo y`;"#)
            #expect(unix.finish(within: 20))
            #expect(unix.outcome.out == "x\ny\n", "\(unix.outcome.all)")
        }
    }
}
