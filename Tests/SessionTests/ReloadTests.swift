import Foundation
import Messages
import Testing

/// `mount --reload`: another build of a driver, under an interface that notices nothing else.
@Suite(.serialized) struct ReloadTests {
    /// Two stacks on one cable: 10.8.0.1 is the one whose driver is exchanged, `/sock1`.
    private func session(isolated: Bool, _ body: (Dock) throws -> Void) throws {
        let dock = try Dock()
        defer { dock.close() }
        try dock.good("nic", "add", "em-a", "sim:82540em", "--cable", "nic:em-b")
        try dock.good("nic", "add", "em-b", "sim:82540em")
        for (number, nic) in [(1, "em-a"), (2, "em-b")] {
            let sock = "/sock\(number)"
            try dock.good("io-pkt-v6-hc", "-i\(number)", "-ptcpip", "prefix=\(sock),restart=on-failure")
            let options = isolated && number == 1 ? "isolated,nic=\(nic)" : "nic=\(nic)"
            try dock.good("mount", "-Tio-pkt\(number)", "-o", options, try number == 1 ? build("first", dock) : Drivers.path("e1000"))
            try dock.good("ifconfig", "em0", "10.8.0.\(number)/24", sock: sock)
        }
        for line in ["ifconfig em0 10.8.0.3/24 alias", "route add 10.9.0.0/16 10.8.0.2", "arp -s 10.8.0.77 02:00:00:00:00:77", "ifconfig em0 mtu 1400"] {
            try dock.good(line.split(separator: " ").map(String.init), sock: "/sock1")
        }
        #expect(try pings(dock))
        try body(dock)
    }

    /// A copy of the driver, as a build of it is.
    private func build(_ name: String, _ dock: Dock) throws -> String {
        let file = dock.folder.appending(path: "devnp-\(name).so")
        try? FileManager.default.removeItem(at: file)
        try FileManager.default.copyItem(at: URL(filePath: try Drivers.path("e1000")), to: file)
        return file.path()
    }

    private func pings(_ dock: Dock) throws -> Bool {
        try eventually(within: 20) { try dock.run("ping", "-c", "1", "-w", "1", "10.8.0.1", sock: "/sock2").status == 0 }
    }

    private func hardware(_ dock: Dock) throws -> HardwareReport {
        let text = try dock.good("nicinfo", "--json", "em0", sock: "/sock1")
        return try #require(try JSONDecoder().decode([HardwareReport].self, from: Data(text.utf8)).first)
    }

    /// Sends numbered octets until a file is there, then their digest; asks, and compares.
    private static let stream = """
        import hashlib, os, socket, sys, time
        def octets(n): return hashlib.sha256(str(n).encode()).digest() * 512
        if sys.argv[1] == "serve":
            s = socket.create_server(("10.8.0.1", 7000)); c, _ = s.accept(); n, digest = 0, hashlib.sha256()
            while not os.path.exists(sys.argv[2]):
                part = octets(n); n += 1; digest.update(part); c.sendall(part); time.sleep(0.002)
                if n == 1: print("begin", flush=True)
            c.sendall(b"END" + digest.hexdigest().encode()); c.close()
        else:
            c = socket.create_connection(("10.8.0.1", 7000)); digest, kept = hashlib.sha256(), b""
            while part := c.recv(65536):
                kept += part
                if len(kept) > 67: digest.update(kept[:-67]); kept = kept[-67:]
            print("right" if kept == b"END" + digest.hexdigest().encode() else "wrong", flush=True)
        """

    @Test(.programs("python3"), arguments: [false, true])
    func `a connection goes on over ten reloads, and counters, addresses, routes and neighbours with it`(isolated: Bool) throws {
        try session(isolated: isolated) { dock in
            let program = dock.folder.appending(path: "stream.py").path(), end = dock.folder.appending(path: "end").path()
            try Self.stream.write(toFile: program, atomically: true, encoding: .utf8)
            let server = try dock.start(["drydock", "run", "--by", "notify", "--", "python3", program, "serve", end], sock: "/sock1")
            defer { server.kill() }
            #expect(try eventually(within: 20) { try dock.good("netstat", "-a", "-n", "-p", "tcp", sock: "/sock1").contains("LISTEN") }, "\(server.outcome.all)")
            let client = try dock.start(["drydock", "run", "--by", "notify", "--", "python3", program, "ask"], sock: "/sock2")
            defer { client.kill() }
            #expect(eventually(within: 30) { server.outcome.out.contains("begin") }, "\(server.outcome.all) \(client.outcome.all)")
            let file = try build("second", dock), pid = try dock.instancePids("sock1").stack
            try dock.good("mount", "--reload", "em0", file, sock: "/sock1")
            let plan = try dock.good("drydock", "plan", "/sock1")
            #expect(plan.contains(file) && plan.contains("10.8.0.3/24") && plan.contains("10.9.0.0/16") && plan.contains("02:00:00:00:00:77"), "\(plan)")
            var before = try hardware(dock).counters
            for _ in 1..<10 {
                try dock.good("mount", "-Tio-pkt1", "--reload", "em0", file, sock: "/sock1")
                let now = try hardware(dock).counters
                for (name, count) in before { #expect(now[name] ?? 0 >= count, "\(name)") }
                before = now
            }
            #expect(client.isRunning, "the reloads came while it ran: \(client.outcome.all)")
            try "".write(toFile: end, atomically: true, encoding: .utf8)
            #expect(client.finish(within: 60), "\(client.outcome.all)")
            #expect(client.outcome.out == "right\n", "\(client.outcome.all)")
            #expect(try dock.good("drydock", "plan", "/sock1") == plan)
            #expect(try dock.instancePids("sock1").stack == pid)
            #expect(try dock.good("ifconfig", "em0", sock: "/sock1").contains("mtu 1400"))
            #expect(before["TX_PACKETS"] ?? 0 > 100, "\(before)")
        }
    }

    /// A driver in C that goes wrong before it drives anything.
    private func faulty(_ fault: String, _ dock: Dock) throws -> String {
        try IdleDriver.build(fault, Self.driver, "-D\(fault.uppercased())", in: dock)
    }

    private static let driver = """
        #include "idle.h"
        static int32_t attach(const drydock_services *s, const char *o, void **i, drydock_interface *out) {
        #ifdef CRASHES
            *(volatile int *)16 = 1;
        #endif
        #ifdef FAILS
            return -EIO;
        #endif
            return bring(i, out);
        }
        static int32_t start(void *i) { return -ENXIO; }
        #ifdef OTHER
        #define ABI 99
        #else
        #define ABI DRYDOCK_ABI
        #endif
        DRIVER(ABI, "faulty", "em", start)
        """

    @Test(arguments: [false, true]) func `a driver that does not get as far as driving leaves the previous one, and says why`(isolated: Bool) throws {
        try session(isolated: isolated) { dock in
            let plan = try dock.good("drydock", "plan", "/sock1"), pid = try dock.instancePids("sock1").stack
            // What the user builds over the file changes nothing about what is taken back.
            try "no driver any more".write(toFile: dock.folder.appending(path: "devnp-first.so").path(), atomically: true, encoding: .utf8)
            let cases = [("none", "unable to load"), ("other", "driver variant mismatch"), ("fails", "the previous build drives it again"),
                         ("starts", "it refuses to start")] + (isolated ? [("crashes", "SIGSEGV in its callout attach")] : [])
            for (fault, sentence) in cases {
                let file = try fault == "none" ? "/etc/passwd" : faulty(fault, dock)
                let outcome = try dock.run("mount", "--reload", "em0", file, sock: "/sock1", seconds: 45)
                #expect(outcome.status == 1 && outcome.err.contains(sentence), "\(fault): \(outcome.all)")
                #expect(try pings(dock), "\(fault)")
                #expect(try dock.good("drydock", "plan", "/sock1") == plan, "\(fault)")
            }
            #expect(try dock.instancePids("sock1").stack == pid)
            let none = try dock.run("mount", "--reload", "lo0", try Drivers.path("e1000"), sock: "/sock1")
            #expect(none.status == 1 && none.err.contains("it has no driver"), "\(none.all)")
        }
    }

    @Test func `a driver that takes its stack along as it attaches is not what the next stack begins with`() throws {
        try session(isolated: false) { dock in
            let pid = try dock.instancePids("sock1").stack, file = try faulty("crashes", dock)
            // As an author works: the new build lies where the old one lay.
            let place = dock.folder.appending(path: "devnp-first.so")
            try FileManager.default.removeItem(at: place)
            try FileManager.default.copyItem(at: URL(filePath: file), to: place)
            let outcome = try dock.run("mount", "--reload", "em0", place.path(), sock: "/sock1", seconds: 45)
            #expect(outcome.status != 0 && outcome.err.contains("SIGSEGV"), "\(outcome.all)")
            #expect(eventually(within: 20) { Dock.isGone(pid) })
            #expect(try pings(dock))
            let plan = try dock.good("drydock", "plan", "/sock1")
            #expect(plan.contains("previous-em0.so") && plan.contains("10.8.0.3/24"), "\(plan)")
        }
    }
}
