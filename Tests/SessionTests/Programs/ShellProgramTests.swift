import Foundation
import Testing

/// ssh and what goes through it.
@Suite(.serialized) struct ShellProgramTests {
    /// A server that lets this user in with a key of the test's own.
    private func sshd(_ dock: ProgramDock) throws -> (task: Task, client: [String]) {
        let place = dock.folder.path()
        for name in ["host", "user"] { try dock.dock.good("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "\(place)/\(name)") }
        try FileManager.default.createDirectory(atPath: "/run/sshd", withIntermediateDirectories: true)
        let configuration = try dock.file("sshd_config", """
            Port 2222
            ListenAddress 10.8.0.1
            HostKey \(place)/host
            AuthorizedKeysFile \(place)/user.pub
            PidFile \(place)/pid
            StrictModes no
            UsePAM no
            PermitRootLogin yes
            PasswordAuthentication no
            """)
        let task = try dock.serve("/usr/sbin/sshd", "-D", "-e", "-f", configuration, port: 2222)
        return (task, ["ssh", "-F", "none", "-p", "2222", "-i", "\(place)/user", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
                       "-o", "BatchMode=yes", "-o", "LogLevel=ERROR"])
    }

    @Test(.programs("ssh", "/usr/sbin/sshd"), .enabled(if: getuid() == 0, "not root: sshd gives its sessions to users"))
    func `ssh runs a command, and both ends have their right names`() throws {
        let dock = try Programs.prepare()
        defer { dock.close() }
        let (_, ssh) = try sshd(dock)
        let said = try dock.dock.good(["drydock", "run", "--"] + ssh + ["root@10.8.0.1", "echo $SSH_CONNECTION; head -c 2000000 /dev/zero | wc -c"], sock: "/sock2", seconds: 60)
        let lines = said.split(separator: "\n").map(String.init)
        try #require(lines.count == 2, "\(said)")
        #expect(lines[0].hasPrefix("10.8.0.2 ") && lines[0].hasSuffix(" 10.8.0.1 2222"), "\(lines[0])")
        #expect(lines[1] == "2000000")
    }

    @Test(.programs("ssh", "/usr/sbin/sshd", "rsync"), .enabled(if: getuid() == 0, "not root: sshd gives its sessions to users"))
    func `rsync copies over ssh, there and back`() throws {
        let dock = try Programs.prepare()
        defer { dock.close() }
        let (_, ssh) = try sshd(dock), place = dock.folder.path()
        try FileManager.default.createDirectory(atPath: "\(place)/from", withIntermediateDirectories: true)
        let noise = try dock.noise("from/noise", octets: 2_000_000)
        try dock.ask("rsync", "-a", "-e", ssh.joined(separator: " "), "\(place)/from/", "root@10.8.0.1:\(place)/to/")
        #expect(try Data(contentsOf: dock.folder.appending(path: "to/noise")) == noise)
        try dock.ask("rsync", "-a", "-e", ssh.joined(separator: " "), "root@10.8.0.1:\(place)/to/", "\(place)/back/")
        #expect(try Data(contentsOf: dock.folder.appending(path: "back/noise")) == noise)
    }
}
