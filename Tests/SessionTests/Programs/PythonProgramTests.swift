import Foundation
import Testing

/// What the socket interface promises, asked for by Python.
@Suite(.serialized, .programs("python3")) struct PythonProgramTests {
    /// Runs a server and a client of one script; the client's last line must be `ok`.
    private func talk(_ script: String, port: UInt16) throws {
        let dock = try Programs.prepare()
        defer { dock.close() }
        let path = try dock.file("script.py", Self.frame + script)
        let server = try dock.serve("python3", path, "server", port: port)
        let client = try dock.attempt("python3", path, "client")
        #expect(client.status == 0 && client.out.hasSuffix("ok\n"), "client: \(client.all)\nserver: \(server.outcome.all)")
    }

    /// Every script has a `server()` and a `client()`.
    private static let frame = """
        import sys, socket, os, select, struct, threading, time, array, asyncio, errno
        HOST = '10.8.0.1'
        def main():
            globals()[sys.argv[1]]()
            print('ok')

        """

    @Test func `asyncio serves fifty clients at once, and a refused connection is refused`() throws {
        try talk("""
            PORT = 7100
            def server():
                async def answer(reader, writer):
                    writer.write((await reader.read()).upper()); await writer.drain(); writer.close()
                async def run():
                    await (await asyncio.start_server(answer, HOST, PORT)).serve_forever()
                asyncio.run(run())
            def client():
                async def one(i):
                    reader, writer = await asyncio.open_connection(HOST, PORT)
                    writer.write(b'abc%d' % i * 1000); writer.write_eof()
                    got = await reader.read(); writer.close()
                    assert got == b'ABC%d' % i * 1000
                async def run():
                    await asyncio.gather(*[one(i) for i in range(50)])
                    try: await asyncio.open_connection(HOST, 7199); assert False
                    except ConnectionRefusedError: pass
                asyncio.run(run())
            main()
            """, port: 7100)
    }

    @Test func `descriptors are real: dup, fork, passing, poll, splice and peeking work`() throws {
        try talk("""
            PORT = 7101
            def server():
                s = socket.create_server((HOST, PORT)); 
                while True:
                    c, peer = s.accept()
                    assert peer[0] == '10.8.0.2' and c.getsockname() == (HOST, PORT)
                    if os.fork() == 0:
                        os.dup2(c.fileno(), 0); os.dup2(c.fileno(), 1); os.execvp('cat', ['cat'])
                    c.close()
            def client():
                c = socket.create_connection((HOST, PORT))
                c.sendall(b'hello world')
                assert c.recv(5, socket.MSG_PEEK) == b'hello'
                assert c.recv(11, socket.MSG_WAITALL) == b'hello world'
                try: c.recv(1, socket.MSG_DONTWAIT); assert False
                except BlockingIOError: pass
                assert select.select([c], [c], [], 0) == ([], [c], [])
                e = select.epoll(); e.register(c, select.EPOLLIN | select.EPOLLRDHUP)
                c.sendall(b'x'); assert e.poll(5)[0][1] == select.EPOLLIN; assert c.recv(9) == b'x'
                a, b = socket.socketpair()
                socket.send_fds(a, [b'.'], [c.fileno()]); fds = socket.recv_fds(b, 1, 1)[1]
                d = socket.socket(fileno=fds[0])
                assert d.family == socket.AF_INET and d.getpeername() == (HOST, PORT)
                os.write(d.fileno(), b'passed'); assert c.recv(6, socket.MSG_WAITALL) == b'passed'
                r, w = os.pipe(); os.write(w, b'spliced'); os.splice(r, c.fileno(), 7)
                assert c.recv(7, socket.MSG_WAITALL) == b'spliced'
                with open('/tmp/dd-send-%d' % os.getpid(), 'w+b') as f:
                    os.unlink(f.name); f.write(b'z' * 100000); f.flush()
                    threading.Thread(target=lambda: os.sendfile(c.fileno(), f.fileno(), 0, 100000)).start()
                    got = b''
                    while len(got) < 100000: got += c.recv(65536)
                    assert got == b'z' * 100000
                c.settimeout(0.2)
                try: c.recv(1); assert False
                except TimeoutError: pass
                c.setblocking(True); c.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack('ll', 0, 200000))
                try: c.recv(1); assert False
                except BlockingIOError: pass
                d.shutdown(socket.SHUT_WR)
                c.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack('ll', 5, 0))
                assert c.recv(1) == b''
            main()
            """, port: 7101)
    }

    @Test func `a connection that is reset says so, and one that is not there too`() throws {
        try talk("""
            PORT = 7102
            def server():
                s = socket.create_server((HOST, PORT))
                while True:
                    c, _ = s.accept(); c.recv(1)
                    c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0)); c.close()
            def client():
                c = socket.create_connection((HOST, PORT)); c.sendall(b'x')
                try: c.recv(1); assert False
                except ConnectionResetError: pass
                n = socket.socket(); n.setblocking(False)
                assert n.connect_ex((HOST, 7198)) == errno.EINPROGRESS
                assert select.select([], [n], [], 5)[1] == [n]
                assert n.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == errno.ECONNREFUSED
                n = socket.socket(); n.setblocking(False)
                assert n.connect_ex((HOST, PORT)) == errno.EINPROGRESS
                assert select.select([], [n], [], 5)[1] == [n]
                assert n.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0
                assert n.getpeername() == (HOST, PORT)
                try: socket.create_connection(('10.8.0.77', 1), timeout=8); assert False
                except OSError as e: assert e.errno == errno.EHOSTUNREACH or isinstance(e, TimeoutError), e
                u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.connect((HOST, 7197)); u.send(b'x'); u.settimeout(5)
                try: u.recv(1); assert False
                except ConnectionRefusedError: pass
            main()
            """, port: 7102)
    }

    @Test func `datagrams have their addresses, and are cut, peeked and counted as Linux does`() throws {
        try talk("""
            PORT = 7103
            def server():
                t = socket.create_server((HOST, PORT))
                u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(('0.0.0.0', PORT))
                u.setsockopt(socket.IPPROTO_IP, 8, 1) # IP_PKTINFO
                while True:
                    data, anc, flags, peer = u.recvmsg(2000, 100)
                    own = [socket.inet_ntoa(d[8:12]) for l, t, d in anc if (l, t) == (0, 8)]
                    u.sendto(data + b' to ' + own[0].encode(), peer)
            def client():
                u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.settimeout(5)
                u.sendto(b'one', (HOST, PORT))
                data, peer = u.recvfrom(100)
                assert data == b'one to 10.8.0.1' and peer == (HOST, PORT), (data, peer)
                u.sendto(b'two', (HOST, PORT))
                assert u.recvfrom(3, socket.MSG_PEEK) == (b'two', (HOST, PORT))
                assert u.recvmsg(3)[0::2] == (b'two', socket.MSG_TRUNC)
                u.connect((HOST, PORT)); u.send(b'three'); assert u.recv(100) == b'three to 10.8.0.1'
                u.setblocking(True); os.write(u.fileno(), b'four'); assert os.read(u.fileno(), 100) == b'four to 10.8.0.1'
                assert u.getpeername() == (HOST, PORT) and u.getsockname()[0] == '10.8.0.2'
                big = b'b' * 1400
                u.send(big); assert u.recv(2000) == big + b' to 10.8.0.1'
            main()
            """, port: 7103)
    }
}
