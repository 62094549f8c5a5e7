import Foundation
import Testing

/// What every program does, said in perl, which is installed everywhere.
@Suite(.serialized) struct PerlProgramTests {
    private static func words(_ text: String) -> [String] { ["perl", "-MIO::Socket::INET", "-MSocket", "-e", "$| = 1; alarm 60; \(text)"] }

    private func serve(_ dock: ProgramDock, _ text: String) throws -> Task {
        let task = try dock.dock.start(["drydock", "run"] + Self.words(text), sock: "/sock1")
        let isReady = eventually(within: 20) { task.outcome.out.contains("ready") || !task.isRunning }
        try #require(isReady && task.isRunning, "\(task.outcome.all)")
        return task
    }

    private func ask(_ dock: ProgramDock, _ text: String) throws -> String {
        try dock.dock.good(["drydock", "run"] + Self.words(text), sock: "/sock2", seconds: 60)
    }

    @Test func `a stream is whole to the last octet, and each side knows the other`() throws {
        let dock = try Programs.prepare()
        defer { dock.close() }
        let server = try serve(dock, """
            $l = IO::Socket::INET->new(Listen => 5, LocalPort => 80, ReuseAddr => 1) or die "$@\\n"; print "ready\\n";
            for (1..2) { $c = $l->accept or die "$!"; print $c->peerhost, "\\n"; while ($n = sysread $c, $b, 65536) { syswrite $c, uc $b } close $c }
            """)
        for _ in 1...2 {
            let said = try ask(dock, """
                $s = IO::Socket::INET->new(PeerAddr => "10.8.0.1:80", Timeout => 20) or die "$@\\n"; $host = $s->sockhost;
                $text = "abcdefgh" x 40000; if (!fork) { print $s $text; $s->flush; shutdown $s, 1; exit }
                $got .= $b while sysread $s, $b, 65536; wait;
                print $host, " ", $got eq uc $text ? "equal" : "different: " . length $got, "\\n";
                """)
            #expect(said == "10.8.0.2 equal\n")
        }
        #expect(server.finish(within: 20))
        #expect(server.outcome.status == 0 && server.outcome.out == "ready\n10.8.0.2\n10.8.0.2\n", "\(server.outcome.all)")
    }

    @Test func `refusals and resets are the errors that they are elsewhere`() throws {
        let dock = try Programs.prepare()
        defer { dock.close() }
        #expect(try ask(dock, #"IO::Socket::INET->new(PeerAddr => "10.8.0.1:9") and die "connected"; print $!, "\n";"#) == "Connection refused\n")
        let later = try ask(dock, """
            $s = IO::Socket::INET->new(Proto => "tcp", Type => SOCK_STREAM, Blocking => 0);
            connect $s, sockaddr_in(9, inet_aton "10.8.0.1"); print $!, "\\n"; vec($w, fileno $s, 1) = 1;
            print scalar select(undef, $w, undef, 20), " "; $! = $s->sockopt(SO_ERROR); print $!, "\\n";
            """)
        #expect(later == "Operation now in progress\n1 Connection refused\n")
        let server = try serve(dock, """
            $l = IO::Socket::INET->new(Listen => 5, LocalPort => 81) or die "$@\\n"; print "ready\\n"; $c = $l->accept;
            setsockopt $c, SOL_SOCKET, SO_LINGER, pack "ii", 1, 0; sysread $c, $b, 1; close $c;
            """)
        let reset = try ask(dock, """
            $s = IO::Socket::INET->new(PeerAddr => "10.8.0.1:81") or die "$@\\n"; syswrite $s, "x";
            for (1..2) { $n = sysread $s, $b, 1; print defined $n ? "end" : $!, "\\n" }
            """)
        #expect(reset == "Connection reset by peer\nend\n")
        #expect(server.finish(within: 20))
    }

    @Test func `datagrams go both ways, with their addresses, also after exec`() throws {
        let dock = try Programs.prepare()
        defer { dock.close() }
        let server = try serve(dock, """
            $l = IO::Socket::INET->new(Proto => "udp", LocalPort => 7) or die "$@\\n"; print "ready\\n";
            for (1..3) { $l->recv($b, 2000); $l->send("re:$b") } print $l->peerhost, "\\n";
            """)
        let said = try ask(dock, """
            $^F = 100; $s = IO::Socket::INET->new(Proto => "udp", PeerAddr => "10.8.0.1:7") or die "$@\\n";
            for $t ("a", "b" x 1000) { send $s, $t, 0; $s->recv($b, 2000); print length $b, " ", $s->peerport, "\\n" }
            exec "sh", "-c", "printf again >&" . fileno($s) . "; head -c 8 <&" . fileno($s);
            """)
        #expect(said == "4 7\n1003 7\nre:again")
        #expect(server.finish(within: 20))
        #expect(server.outcome.out == "ready\n10.8.0.2\n", "\(server.outcome.all)")
    }

    @Test func `a program's end is the command's, and what is no network is left alone`() throws {
        let dock = try Programs.prepare()
        defer { dock.close() }
        #expect(try dock.dock.run("drydock", "run", "sh", "-c", "exit 7", sock: "/sock1").status == 7)
        let ended = try dock.dock.run("sh", "-c", "drydock run sh -c 'kill -9 $$'; echo $?", sock: "/sock1")
        #expect(ended.out.contains("137"), "\(ended.all)")
        #expect(try ask(dock, #"socketpair A, B, AF_UNIX, SOCK_STREAM, 0 or die; syswrite A, "x"; sysread B, $b, 1; print "$b\n"; print `echo y`;"#) == "x\ny\n")
    }
}
