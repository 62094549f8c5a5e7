import Foundation
import Testing

/// A stack dies under the programs that run on it: each of their calls ends at once, and a new socket is good again.
@Suite(.serialized, .programs("gcc", "python3")) struct StackDeathTests {
    /// One thread a call that waits; each says how it ended. Nobody answers 10.8.0.77.
    private static let victim = """
        import errno, os, select, socket, sys, threading
        HOST, PEER, PORT = '10.8.0.1', '10.8.0.2', 7400
        ready, done = threading.Semaphore(0), []
        def way(name):
            def wrap(work):
                def run():
                    try: said = work()
                    except OSError as e: said = errno.errorcode.get(e.errno, str(e))
                    os.write(1, f'{name} {said}\\n'.encode())
                done.append(threading.Thread(target=run, daemon=True)); done[-1].start(); return work
            return wrap
        def stream():
            s = socket.create_connection((PEER, PORT)); s.sendall(b'x'); assert s.recv(1) == b'x'
            return s
        def error(s): return errno.errorcode.get(s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR), 'none')
        @way('recv')
        def _():
            s = stream(); ready.release(); got = s.recv(1); return 'end ' + error(s)
        @way('poll')
        def _():
            s = stream(); p = select.poll(); p.register(s, select.POLLIN); ready.release()
            return 'told' if p.poll()[0][1] & (select.POLLHUP | select.POLLERR) else 'not told'
        @way('epoll')
        def _():
            s = stream(); p = select.epoll(); p.register(s, select.EPOLLIN); ready.release()
            return 'told' if p.poll()[0][1] & (select.EPOLLHUP | select.EPOLLERR) else 'not told'
        @way('accept')
        def _():
            s = socket.create_server((HOST, 7401)); ready.release(); s.accept(); return 'accepted'
        @way('connect')
        def _():
            s = socket.socket(); ready.release(); s.connect(('10.8.0.77', 1)); return 'connected'
        @way('begun')
        def _():
            s = socket.socket(); s.setblocking(False); assert s.connect_ex(('10.8.0.77', 2)) == errno.EINPROGRESS
            p = select.poll(); p.register(s, select.POLLOUT); ready.release(); p.poll(); return error(s)
        @way('recvfrom')
        def _():
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind((HOST, 7402)); ready.release(); s.recvfrom(100); return 'received'
        @way('send')
        def _():
            s = stream(); p = select.poll(); p.register(s, 0); ready.release(); p.poll(); s.send(b'y'); return 'sent'
        for _ in done: assert ready.acquire(timeout=30), 'not begun'
        print('waiting', flush=True)
        for one in done: one.join(60)
        print('all' if not any(one.is_alive() for one in done) else 'some hang', flush=True)
        """

    /// Answers each connection with its process id and the octet that it got; makes its socket anew when it is told to.
    private static let server = """
        #include <arpa/inet.h>
        #include <stdio.h>
        #include <string.h>
        #include <sys/socket.h>
        #include <unistd.h>
        static int listening(void) {
            struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(7403)};
            inet_pton(AF_INET, "10.8.0.1", &here.sin_addr);
            for (int tries = 0; tries < 3000; tries++, usleep(10000)) {
                int made = socket(AF_INET, SOCK_STREAM, 0);
                if (made >= 0 && bind(made, (void *)&here, sizeof here) == 0 && listen(made, 5) == 0) return made;
                if (made >= 0) close(made);
            }
            return -1;
        }
        int main(void) {
            for (int listener = listening(); listener >= 0;) {
                int one = accept(listener, 0, 0);
                if (one < 0) { close(listener); listener = listening(); continue; }
                char octet = 0, text[40];
                if (recv(one, &octet, 1, 0) == 1) {
                    int length = snprintf(text, sizeof text, "%d %c", (int)getpid(), octet);
                    send(one, text, (size_t)length, MSG_NOSIGNAL);
                }
                close(one);
            }
            return 1;
        }
        """

    private static let echo = """
        import socket, threading
        def answer(c):
            while octets := c.recv(100): c.sendall(octets)
        s = socket.create_server(('10.8.0.2', 7400))
        while True: threading.Thread(target=answer, args=(s.accept()[0],), daemon=True).start()
        """

    private static let asking = "import socket; c = socket.create_connection(('10.8.0.1', 7403), 2); c.settimeout(2); c.sendall(b'q'); print(c.recv(40).decode())"

    @Test(arguments: [("preload", SIGSEGV), ("notify", SIGKILL)])
    func `calls that wait end with an error that is theirs, and a server that makes its socket anew is found again`(way: String, signal: Int32) throws {
        let dock = try Programs.prepare(options: "restart=on-failure")
        defer { dock.close() }
        func run(_ words: String...) -> [String] { ["drydock", "run", "--by", way, "--"] + words }
        let program = dock.folder.appending(path: "server").path()
        try dock.dock.good("gcc", "-O1", "-o", program, try dock.file("server.c", Self.server))
        let echo = try dock.dock.start(run("python3", try dock.file("echo.py", Self.echo)), sock: "/sock2")
        let server = try dock.dock.start(run(program), sock: "/sock1")
        defer { for each in [echo, server] { each.kill() } }
        try dock.dock.good("arp", "-s", "10.8.0.77", "02:00:00:00:00:77", sock: "/sock1")
        let before = try #require(answer(dock), "the server answers")
        #expect(try eventually(within: 20) { try dock.dock.good("netstat", "-a", "-n", "-p", "tcp", sock: "/sock2").contains(".7400") })
        let victim = try dock.dock.start(run("python3", try dock.file("victim.py", Self.victim)), sock: "/sock1")
        #expect(eventually(within: 40) { victim.outcome.out.contains("waiting") }, "\(victim.outcome.all)")
        let stack = try dock.dock.instancePids("sock1").stack
        #expect(kill(stack, signal) == 0)
        #expect(victim.finish(within: 70), "\(victim.outcome.all)")
        let said = Set(victim.outcome.out.split(separator: "\n").map(String.init))
        // Without the library the read itself is the kernel's, which knows an end and no reset; the socket's error is right.
        let ends = way == "preload" ? ["recv ECONNRESET", "send ECONNRESET"] : ["recv end ECONNRESET", "send EPIPE"]
        for one in ends + ["poll told", "epoll told", "accept ENETDOWN", "connect ENETDOWN", "begun ECONNRESET", "recvfrom ENETDOWN", "all"] {
            #expect(said.contains(one), "\(one): \(victim.outcome.all)")
        }
        #expect(eventually(within: 30) { answer(dock) == before }, "the same process serves again")
        #expect(try dock.dock.instancePids("sock1").stack != stack)
    }

    private func answer(_ dock: ProgramDock) -> String? {
        var said: String?
        _ = eventually(within: 30) {
            let outcome = try? dock.attempt("python3", "-c", Self.asking)
            said = outcome.flatMap { $0.status == 0 && $0.out.hasSuffix(" q\n") ? $0.out : nil }
            return said != nil
        }
        return said
    }
}
