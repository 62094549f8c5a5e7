internal import ArgumentParser
internal import Host
internal import Messages

/// `sockstat`: which process has which socket of a stack.
struct Sockstat: Tool {
    static let configuration = CommandConfiguration(
        commandName: "sockstat",
        abstract: "Show which process has which socket of a stack.",
        usage: "sockstat [-4] [-6] [-c] [-l] [-p PORTS] [-P PROTOCOLS] [--json]",
        discussion: """
            Sockets that no process holds any more (a connection that still sends what was written) stand under a dash.

            Examples:
              SOCK=/sock2 sockstat
              sockstat -4l
              sockstat -c -p 80,443

            Exit status: 0 done; 1 failed; 3 the stack does not answer; 64 wrong words.
            """)

    @Flag(name: .customShort("4"), help: "Only IPv4.") var inet = false
    @Flag(name: .customShort("6"), help: "Only IPv6.") var inet6 = false
    @Flag(name: .customShort("c"), help: "Only those that are connected.") var connected = false
    @Flag(name: .customShort("l"), help: "Only those that wait to be spoken to.") var listening = false
    @Option(name: .customShort("p"), help: "Only these local or remote ports: 22,80.") var ports: String?
    @Option(name: .customShort("P"), help: "Only these protocols: tcp,udp.") var protocols: String?
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
        for word in (ports ?? "").split(separator: ",") where UInt16(word) == nil { throw ValidationError("-p \(word): a port is 0 to 65535") }
    }

    /// A row: a socket with the process that has it.
    struct Row: Encodable {
        var user: String
        var command: String
        var socket: SocketReport
    }

    func perform(in world: World) throws(ToolFailure) -> Int32 {
        let stack = try world.stack()
        guard case .sockets(let list) = try stack.ask(.sockets) else { throw stack.nonsense }
        let rows = list.filter(isWanted).map { Row(user: Self.user($0.pid), command: Self.command($0.pid), socket: $0) }
        return world.print(json ? JSONText.render(rows) : Self.table(rows))
    }

    private func isWanted(_ socket: SocketReport) -> Bool {
        if inet != inet6, socket.protocol.hasSuffix("6") != inet6 { return false }
        if connected != listening, (socket.remote != nil) != connected { return false }
        if let ports {
            let wanted = ports.split(separator: ",").compactMap { UInt16($0) }
            guard wanted.contains(socket.local.port) || socket.remote.map({ wanted.contains($0.port) }) == true else { return false }
        }
        guard let protocols else { return true }
        return protocols.split(separator: ",").contains { $0 == socket.protocol || $0 + "6" == socket.protocol }
    }

    static func table(_ rows: [Row]) -> String {
        line("USER", "COMMAND", "PID", "PROTO", "LOCAL ADDRESS", "FOREIGN ADDRESS") + rows.map { row in
            let socket = row.socket, version = socket.protocol.hasSuffix("6") ? "" : "4"
            return line(
                row.user, row.command, socket.pid == 0 ? "-" : "\(socket.pid)", socket.protocol + version, place(socket.local),
                socket.remote.map(place) ?? "*:*")
        }.joined()
    }

    private static func line(_ user: String, _ command: String, _ pid: String, _ proto: String, _ local: String, _ remote: String) -> String {
        Column.line([
            Column.left(user, 8), Column.left(command, 15), Column.left(pid, 7), Column.left(proto, 6), Column.left(local, 25), remote,
        ])
    }

    /// `10.1.0.2:80`, `*:80`.
    private static func place(_ address: SocketAddress) -> String {
        let host = ["", "0.0.0.0", "::"].contains(address.address) ? "*" : address.address
        return "\(host):\(address.port == 0 ? "*" : "\(address.port)")"
    }

    private static func command(_ pid: Int32) -> String {
        guard pid > 0, let text = FileSystem.text("/proc/\(pid)/comm", limit: 64) else { return "-" }
        return text.filter { $0 != "\n" }
    }

    /// The owner of a process: ours, as only ours may speak to a stack of ours, or root's.
    private static func user(_ pid: Int32) -> String {
        guard pid > 0, let status = FileSystem.text("/proc/\(pid)/status", limit: 4096),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix("Uid:") }),
            let number = line.split(whereSeparator: { $0 == "\t" || $0 == " " }).dropFirst().first
        else { return "-" }
        let accounts = FileSystem.text("/etc/passwd", limit: 1 << 20) ?? ""
        let mine = accounts.split(separator: "\n").first { $0.split(separator: ":", omittingEmptySubsequences: false).dropFirst(2).first == number }
        return mine.map { String($0.prefix { $0 != ":" }) } ?? String(number)
    }
}
