import Foundation
import Messages
import Testing

/// `mount -o isolated`: the driver in a process of its own, which may die as often as it likes.
@Suite(.serialized) struct IsolatedDriverTests {
    /// A stack at 10.5.0.1 with an isolated e1000 and a peer at 10.5.0.9.
    func session(
        _ options: String = "", isolated: String = "isolated", driver: String = "e1000", on hardware: String = "sim:82540em", _ body: (Dock) throws -> Void
    ) throws {
        let dock = try Dock()
        defer { dock.close() }
        try dock.good("nic", "add", "em-i", hardware, "--cable", "peer:10.5.0.9/24")
        try dock.good("io-pkt-v6-hc", "-i3", "-ptcpip", "prefix=/iso")
        try dock.good("mount", "-Tio-pkt3", "-o", "\(isolated),nic=em-i\(options.isEmpty ? "" : ",\(options)")", try Drivers.path(driver), sock: "/iso")
        try dock.good("ifconfig", "em0", "10.5.0.1/24", sock: "/iso")
        try dock.good("if_up", "-l", "em0", sock: "/iso")
        try body(dock)
    }

    func hardware(_ dock: Dock, sock: String = "/iso") throws -> HardwareReport {
        let text = try dock.good("nicinfo", "--json", "em0", sock: sock)
        return try #require(try JSONDecoder().decode([HardwareReport].self, from: Data(text.utf8)).first)
    }

    /// The present process of the driver, in what `nicinfo --json` says.
    static func pid(_ report: String) throws -> Int32? {
        try JSONDecoder().decode([HardwareReport].self, from: Data(report.utf8)).first?.isolation?.pid
    }

    func log(_ dock: Dock, _ name: String = "iso") throws -> String {
        try String(contentsOf: dock.folder.appending(path: "stack/\(name)/log"), encoding: .utf8)
    }

    /// Slots by owner, as `netstat -m` tells them.
    func slots(_ dock: Dock) throws -> String { try dock.good("netstat", "-m", sock: "/iso") }

    func descriptors(_ pid: Int32) -> Int { (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd"))?.count ?? -1 }

    /// Kills the present process of the driver, and waits until another drives.
    func kill(_ dock: Dock, sock: String = "/iso") throws {
        let isolation = try #require(try hardware(dock, sock: sock).isolation), pid = try #require(isolation.pid)
        Foundation.kill(pid, SIGKILL)
        #expect(try eventually(within: 10) {
            let now = try hardware(dock, sock: sock)
            return now.isolation?.restarts == isolation.restarts + 1 && now.isolation?.pid != nil && now.media.linkUp
        }, "another process drives")
    }

    @Test func `what an isolated driver does to its device is traced by name while it runs, of each of its processes`() throws {
        struct Event: Decodable { var register: String?, process: Int32?, interface: String }
        try session { dock in
            func seen() throws -> Set<Int32> {
                _ = try dock.run("ping", "-c", "3", "-i", "0.02", "-w", "5", "10.5.0.9", sock: "/iso")
                let lines = try dock.good("drydock", "trace", "em0", "--register", "TDT", "--json", sock: "/iso").split(separator: "\n")
                let events = try lines.map { try JSONDecoder().decode(Event.self, from: Data($0.utf8)) }
                #expect(!events.isEmpty && events.allSatisfy { $0.register == "TDT" && $0.interface == "em0" })
                return Set(events.compactMap(\.process))
            }
            let first = try #require(try hardware(dock).isolation?.pid)
            #expect(try seen() == [first])
            try kill(dock)
            let second = try #require(try hardware(dock).isolation?.pid)
            #expect(first != second)
            #expect(try eventually { try seen() == [second] })
        }
    }

    @Test func `an isolated driver moves frames, and is seen`() throws {
        try session { dock in
            let said = try dock.good("ping", "-c", "5", "-i", "0.05", "-w", "5", "10.5.0.9", sock: "/iso")
            #expect(said.contains(" 0% packet loss"), "\(said)")
            let report = try hardware(dock)
            #expect(report.isolation?.restarts == 0 && report.counters["TX_PACKETS"] ?? 0 >= 5)
            let page = try dock.good("nicinfo", "em0", sock: "/iso")
            #expect(page.contains("  Process of the driver ...................... \(report.isolation?.pid ?? 0), 0 restarts"), "\(page)")
            let stack = try dock.instancePids("iso").stack
            let images = try String(contentsOfFile: "/proc/\(stack)/maps", encoding: .utf8)
            #expect(!images.contains("devnp-e1000"), "the driver's code is not in the stack's process")
            try dock.good("ifconfig", "em0", "destroy", sock: "/iso")
            #expect(eventually { dock.processes().count <= 3 }, "no process of the driver is left")
            #expect(try slots(dock).contains("   2048    8192    8192"), "every slot is free")
        }
    }

    @Test(.enabled(if: Namespace.hasQEMU, "\(Namespace.missingQEMU ?? "")"),
          arguments: [("qemu:e1000", "e1000"), ("qemu:e1000e", "e1000e"), ("qemu:virtio-net-pci", "virtio-net"), ("qemu:rtl8139", "rtl8139"), ("qemu:pcnet", "pcnet")])
    func `on QEMU's NICs, too, a driver that is killed comes back`(hardware: String, driver: String) throws {
        try session("name=em", driver: driver, on: hardware) { dock in
            for _ in 0..<2 {
                try kill(dock)
                #expect(eventually(within: 10) { (try? dock.good("ping", "-c", "1", "-w", "2", "10.5.0.9", sock: "/iso")) != nil }, "frames pass again")
            }
            let said = try dock.good("ping", "-c", "5", "-i", "0.05", "-w", "10", "10.5.0.9", sock: "/iso")
            #expect(said.components(separatedBy: " bytes from ").count > 4, "\(said)")
            #expect(eventually(within: 10) { (try? slots(dock).contains("damaged")) == false })
        }
    }

    @Test func `a driver that is killed comes back, and nothing leaks`() throws {
        try session { dock in
            // One round first: what is made once is there.
            try kill(dock)
            // The NIC, the stack's two, the driver's and its spare; and nobody who still explains that death.
            #expect(eventually(within: 20) { hasDossier(dock) })
            #expect(eventually(within: 20) { dock.processes().count == 5 })
            let before = (slots: try slots(dock), descriptors: descriptors(try dock.instancePids("iso").stack), processes: dock.processes().count)
            for _ in 0..<8 {
                let ping = try dock.start(["ping", "-f", "-c", "200", "-w", "3", "10.5.0.9"], sock: "/iso")
                try kill(dock)
                #expect(ping.finish(within: 10))
            }
            let said = try dock.good("ping", "-c", "3", "-i", "0.05", "-w", "5", "10.5.0.9", sock: "/iso")
            #expect(said.contains(" 0% packet loss"), "\(said)")
            // The spare of the last round, and the dossiers, are on their way.
            #expect(try eventually(within: 20) {
                try slots(dock) == before.slots && descriptors(try dock.instancePids("iso").stack) == before.descriptors
                    && dock.processes().count == before.processes
            }, "slots, descriptors and processes are as before: \(before)")
            let log = try log(dock)
            #expect(log.contains("ended (SIGKILL)") && log.contains("em0: link down") && log.contains(" drives it now"))
        }
    }

    private func hasDossier(_ dock: Dock) -> Bool {
        let crashes = (try? FileManager.default.contentsOfDirectory(atPath: dock.crashes.path())) ?? []
        return crashes.contains { FileManager.default.fileExists(atPath: dock.crashes.appending(path: "\($0)/dossier.html").path()) }
    }

    @Test func `without a spare process another one is started`() throws {
        try session(isolated: "isolated=cold") { dock in
            for _ in 0..<2 {
                // The NIC, the stack's two, and the driver's.
                #expect(eventually { dock.processes().count == 4 })
                try kill(dock)
            }
            let said = try dock.good("ping", "-c", "3", "-i", "0.05", "-w", "5", "10.5.0.9", sock: "/iso")
            #expect(said.contains(" 0% packet loss"), "\(said)")
        }
    }

    @Test func `a TCP connection outlives its driver, and its octets are right`() throws {
        let dock = try Dock()
        defer { dock.close() }
        try dock.good("nic", "add", "em-a", "sim:82540em", "--cable", "nic:em-b")
        try dock.good("nic", "add", "em-b", "sim:82540em")
        for (number, nic) in [(1, "em-a"), (2, "em-b")] {
            let sock = "/sock\(number)"
            try dock.good("io-pkt-v6-hc", "-i\(number)", "-ptcpip", "prefix=\(sock)")
            let options = number == 1 ? "isolated,nic=\(nic)" : "nic=\(nic)"
            try dock.good("mount", "-Tio-pkt\(number)", "-o", options, try Drivers.path("e1000"), sock: sock)
            try dock.good("ifconfig", "em0", "10.8.0.\(number)/24", sock: sock)
        }
        #expect(try eventually { try dock.run("ping", "-c", "1", "-w", "1", "10.8.0.1", sock: "/sock2").status == 0 })
        let program = dock.folder.appending(path: "stream.py").path()
        try Self.stream.write(toFile: program, atomically: true, encoding: .utf8)
        let server = try dock.start(["drydock", "run", "--by", "notify", "--", "python3", program, "serve"], sock: "/sock1")
        #expect(try eventually { try dock.good("netstat", "-a", "-n", "-p", "tcp", sock: "/sock1").contains("LISTEN") }, "\(server.outcome.all)")
        let client = try dock.start(["drydock", "run", "--by", "notify", "--", "python3", program, "ask"], sock: "/sock2")
        #expect(eventually { server.outcome.all.contains("begin") }, "\(server.outcome.all) \(client.outcome.all)")
        for _ in 0..<5 {
            try kill(dock, sock: "/sock1")
            Thread.sleep(forTimeInterval: 0.3)
        }
        #expect(client.isRunning, "the kills came while it ran: \(client.outcome.all)")
        #expect(client.finish(within: 60), "\(client.outcome.all)")
        #expect(client.outcome.out == "right\n", "\(client.outcome.all)")
        server.kill()
    }

    /// Sends numbered octets for 6 s and then their digest; asks, and compares.
    static let stream = """
        import hashlib, socket, sys, time
        def octets(n): return hashlib.sha256(str(n).encode()).digest() * 512
        if sys.argv[1] == "serve":
            s = socket.create_server(("10.8.0.1", 7000)); c, _ = s.accept(); print("begin", flush=True)
            end, n, digest = time.monotonic() + 6, 0, hashlib.sha256()
            while time.monotonic() < end:
                part = octets(n); n += 1; digest.update(part); c.sendall(part); time.sleep(0.002)
            c.sendall(b"END" + digest.hexdigest().encode()); c.close()
        else:
            c = socket.create_connection(("10.8.0.1", 7000)); digest, kept = hashlib.sha256(), b""
            while True:
                part = c.recv(65536)
                if not part: break
                kept += part
                if len(kept) > 67: digest.update(kept[:-67]); kept = kept[-67:]
            print("right" if kept == b"END" + digest.hexdigest().encode() else "wrong", flush=True)
        """

    @Test func `a driver that hangs is ended, and another goes on`() throws {
        try session("fault=hang,after=3", driver: "e1000-faulty") { dock in
            _ = try dock.run("ping", "-c", "5", "-i", "0.2", "-w", "5", "10.5.0.9", sock: "/iso")
            #expect(try eventually(within: 10) { try log(dock).contains("was ended: it hangs") })
            #expect(try eventually(within: 10) { try hardware(dock).isolation?.restarts ?? 0 > 0 })
            #expect(try dock.good("ifconfig", "em0", sock: "/iso").contains("10.5.0.1"), "the address is still there")
        }
    }

    @Test func `a driver that faults is named with its callout, and the stack lives`() throws {
        try session("after=3", driver: "e1000-faulty") { dock in
            let stack = try dock.instancePids("iso").stack
            _ = try dock.run("ping", "-c", "5", "-i", "0.2", "-w", "5", "10.5.0.9", sock: "/iso")
            #expect(try eventually(within: 10) { try log(dock).contains("ended (SIGSEGV in its callout return_receive at 0x") })
            #expect(try dock.instancePids("iso").stack == stack)
        }
    }

    @Test func `a link of the host's own is refused by name`() throws {
        let dock = try Dock()
        defer { dock.close() }
        try dock.good("io-pkt-v6-hc", "-i3", "-ptcpip", "prefix=/iso")
        let outcome = try dock.run("mount", "-Tio-pkt3", "-o", "isolated", try Drivers.path("tap"), sock: "/iso")
        #expect(outcome.status == 1 && outcome.err.contains("tap is a link of the host's own"), "\(outcome.all)")
        let none = try dock.run("mount", "-Tio-pkt3", "-o", "isolated", "/etc/passwd", sock: "/iso")
        #expect(none.status == 1 && none.err.contains("unable to load /etc/passwd"), "\(none.all)")
        #expect(eventually { dock.processes().count <= 2 }, "nothing is left of the processes that loaded them")
    }
}

/// A driver that tries to get out: in its constructor, before anybody has called it, and in its callouts.
extension IsolatedDriverTests {
    static let escape = """
        #define _GNU_SOURCE
        #include "idle.h"
        #include <fcntl.h>
        #include <signal.h>
        #include <stdio.h>
        #include <sys/mman.h>
        #include <sys/ptrace.h>
        #include <sys/socket.h>
        #include <sys/syscall.h>
        #include <sys/un.h>
        #include <unistd.h>
        static char said[2][1024];
        static void note(int when, const char *what, long result) {
            size_t used = strlen(said[when]);
            snprintf(said[when] + used, sizeof said[when] - used, "%s=%s ", what, result < 0 ? strerror(errno) : "DONE");
        }
        static void try_all(int when, long parent) {
            note(when, "read", open("/etc/passwd", O_RDONLY));
            note(when, "write", open("/tmp/drydock-escaped", O_RDWR | O_CREAT, 0600));
            note(when, "socket", socket(AF_INET, SOCK_DGRAM, 0));
            note(when, "unix", socket(AF_UNIX, SOCK_STREAM, 0));
            long child = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
            if (child == 0) _exit(0);
            note(when, "fork", child);
            note(when, "kill", kill((pid_t)parent, SIGKILL));
            note(when, "ptrace", ptrace(PTRACE_ATTACH, (pid_t)parent, 0, 0));
            note(when, "execve", execl("/bin/true", "true", (char *)0));
            if (when) {
                void *code = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
                note(when, "code", mprotect(code, 4096, PROT_READ | PROT_EXEC));
            }
        }
        __attribute__((constructor)) static void early(void) { try_all(0, PARENT); }
        static int32_t attach(const drydock_services *s, const char *o, void **i, drydock_interface *out) {
            try_all(1, PARENT);
            s->log(s->host, DRYDOCK_LOG_NOTICE, said[0]);
            s->log(s->host, DRYDOCK_LOG_NOTICE, said[1]);
            return bring(i, out);
        }
        DRIVER(DRYDOCK_ABI, "escape", "esc", one)
        """

    @Test func `a driver that tries to get out is refused, and told of`() throws {
        let dock = try Dock()
        defer { dock.close() }
        try dock.good("nic", "add", "em-i", "sim:82540em", "--cable", "peer:10.5.0.9/24")
        try dock.good("io-pkt-v6-hc", "-i3", "-ptcpip", "prefix=/iso")
        let stack = try dock.instancePids("iso").stack
        let image = try IdleDriver.build("escape", Self.escape, "-DPARENT=\(stack)", in: dock)
        try dock.good("mount", "-Tio-pkt3", "-o", "isolated,nic=em-i", image, sock: "/iso")
        #expect(try dock.instancePids("iso").stack == stack)
        // What is refused is told when the stack looks next.
        let calls = ["socket", "clone", "kill", "ptrace", "execve", "mprotect", "openat"]
        _ = try eventually(within: 10) { let told = try self.log(dock); return calls.allSatisfy { told.contains("the driver was refused \($0)") } }
        let log = try log(dock)
        let said = log.split(separator: "\n").filter { $0.contains("read=") }
        #expect(said.count == 2, "\(log)")
        for line in said { #expect(!line.contains("DONE"), "\(line)") }
        #expect(said.last?.contains("code=Operation not permitted") == true)
        #expect(!FileManager.default.fileExists(atPath: "/tmp/drydock-escaped"))
        for call in calls {
            #expect(log.contains("the driver was refused \(call)"), "\(call): \(log)")
        }
        let page = try dock.good("nicinfo", "esc0", sock: "/iso")
        #expect(page.contains("Confined by") && page.contains("seccomp"), "\(page)")
    }
}
