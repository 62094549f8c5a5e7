internal import Host
internal import Messages

/// A stack, as a tool talks to it. Every wait is bounded.
final class StackClient {
    let name: FolderName
    private let runtime: RuntimeDirectory
    private var connection: Connection
    private let patience: Duration
    /// The command, for the table of blocked clients.
    private let command = CommandLine.arguments.prefix(3).map { $0.split(separator: "/").last.map(String.init) ?? $0 }.joined(separator: " ")

    /// - Throws: a sentence when there is no such stack, saying what became of it if it died.
    init(_ runtime: RuntimeDirectory, _ name: FolderName, patience: Duration) throws(ToolFailure) {
        (self.runtime, self.name, self.patience) = (runtime, name, patience)
        connection = try Self.connect(runtime, name, patience)
    }

    /// A stack that begins, or that takes a dead one's place, is waited for.
    private static func connect(_ runtime: RuntimeDirectory, _ name: FolderName, _ patience: Duration) throws(ToolFailure) -> Connection {
        let deadline = Deadline(in: patience)
        while true {
            guard let live = runtime.live(.stack, name) else { throw absence(runtime, name) }
            do {
                return try Connection(path: "\(live.path)/dev/socket/2", timeout: patience, table: "\(live.path)/clients")
            } catch {
                switch error {
                case .noServer where !deadline.hasPassed: Pause.milliseconds(2)
                case .noServer:
                    throw ToolFailure(title(name), "the stack (pid \(live.pid)) is starting or ending", "try again, or see: pidin")
                case .timedOut: throw hung(runtime, name, patience)
                default: throw ToolFailure(error.failure("connect", of: title(name)))
                }
            }
        }
    }

    /// After the connection broke: waits for the stack that takes the dead one's place.
    ///
    /// - Returns: why the other died.
    /// - Throws: that, when none does.
    func reconnect() throws(ToolFailure) -> ToolFailure {
        let why = death()
        guard tombstone?.isFollowed == true else { throw why }
        connection = try Self.connect(runtime, name, patience)
        return why
    }

    /// `/sock2`, or words for the stack without a prefix.
    static func title(_ name: FolderName) -> String { name.prefix.isEmpty ? "the default stack" : name.prefix }
    var title: String { Self.title(name) }

    // MARK: asking

    /// - Parameter time: how long the answer may take; nil: what counts as hung.
    func ask(_ request: StackRequest, time: Duration? = nil) throws(ToolFailure) -> StackReply {
        try send(request, time).reply
    }

    /// Opens a socket; its descriptor comes along.
    func openSocket(_ request: SocketRequest) throws(ToolFailure) -> FileDescriptor {
        var answer = try send(.openSocket(request), nil)
        guard case .socket = answer.reply, let descriptor = answer.descriptors.take() else { throw nonsense }
        return descriptor
    }

    /// A request that wants nothing but to be done.
    func order(_ request: StackRequest) throws(ToolFailure) {
        guard case .done = try ask(request) else { throw nonsense }
    }

    private func send(_ request: StackRequest, _ time: Duration?) throws(ToolFailure) -> Answer<StackReply> {
        do throws(ToolFailure) { return try exchange(request, time) } catch {
            // What was only asked can be asked again.
            guard request.isRepeatable, tombstone?.isFollowed == true else { throw error }
            connection = try Self.connect(runtime, name, patience)
            return try exchange(request, time)
        }
    }

    private func exchange(_ request: StackRequest, _ time: Duration?) throws(ToolFailure) -> Answer<StackReply> {
        do {
            return try connection.send(request, timeout: time ?? patience, what: command)
        } catch {
            switch error {
            case .serverDied: throw death()
            case .timedOut(let time): throw Self.hung(runtime, name, time)
            default: throw ToolFailure(error.failure("request", of: title))
            }
        }
    }

    /// An answer to another question than ours.
    var nonsense: ToolFailure {
        ToolFailure(title, "the stack's answer does not fit the question", "restart it with the same build as this tool")
    }

    // MARK: what went wrong

    /// The supervisor writes down why a stack died a moment after the connection broke.
    func death() -> ToolFailure {
        let deadline = Deadline(in: patience)
        repeat {
            if let tombstone { return tombstone.failure(name) }
            Pause.milliseconds(2)
        } while !deadline.hasPassed && runtime.live(.stack, name) != nil
        if let tombstone { return tombstone.failure(name) }
        return ToolFailure(title, "the stack ended while we waited for it", "start it again: \(Self.start(runtime, name))")
    }

    /// Of the stack that we were connected to; that of an earlier one may still lie there.
    private var tombstone: Tombstone? {
        Tombstone.read(runtime.folder(.stack, name)).flatMap { $0.pid == connection.server.pid ? $0 : nil }
    }

    private static func absence(_ runtime: RuntimeDirectory, _ name: FolderName) -> ToolFailure {
        if let tombstone = Tombstone.read(runtime.folder(.stack, name)) { return tombstone.failure(name) }
        let what = name.prefix.isEmpty ? "no default stack" : "no stack at \(name.prefix)"
        let others = runtime.live(.stack).map { $0.name.prefix.isEmpty ? "the default one" : "SOCK=\($0.name.prefix)" }
        let why = others.isEmpty ? "no stack is running" : "running: \(others.joined(separator: ", "))"
        return ToolFailure(what, why, "start one: \(start(runtime, name))")
    }

    private static func hung(_ runtime: RuntimeDirectory, _ name: FolderName, _ time: Duration) -> ToolFailure {
        let pid = runtime.live(.stack, name)?.pid ?? 0
        let sock = name.prefix.isEmpty ? "" : "SOCK=\(name.prefix) "
        return ToolFailure(
            title(name), "the stack (pid \(pid)) did not answer within \(seconds(time)) s",
            "see pidin; to end it: \(sock)slay -f -s KILL io-pkt-v6-hc", exit: Exit.hung)
    }

    private static func seconds(_ time: Duration) -> String {
        let places = time.nanoseconds % 1_000_000_000 == 0 ? 0 : 1
        return Number.fixed(Double(time.nanoseconds) / 1e9, places)
    }

    /// The command that would start such a stack, with a number that is free.
    static func start(_ runtime: RuntimeDirectory, _ name: FolderName) -> String {
        guard !name.prefix.isEmpty else { return "io-pkt-v6-hc -ptcpip" }
        let taken = Set(runtime.live(.stack).compactMap(\.number))
        let wanted = Int(String(name.prefix.reversed().prefix { $0.isNumber }.reversed())) ?? 1
        let number = (wanted...wanted + 1000).first { $0 > 0 && !taken.contains($0) } ?? wanted
        return "io-pkt-v6-hc -i\(number) -ptcpip prefix=\(name.prefix)"
    }
}

extension StackClient {
    func interfaces() throws(ToolFailure) -> [InterfaceReport] {
        guard case .interfaces(let list) = try ask(.interfaces) else { throw nonsense }
        return list
    }

    func interface(_ name: String) throws(ToolFailure) -> InterfaceReport {
        let list = try interfaces()
        guard let found = list.first(where: { $0.name == name }) else {
            throw ToolFailure(name, "no such interface in \(title)", "the interfaces are: \(list.map(\.name).joined(separator: ", "))")
        }
        return found
    }

    func neighbors(_ family: Family) throws(ToolFailure) -> [NeighborReport] {
        guard case .neighbors(let list) = try ask(.neighbors(family)) else { throw nonsense }
        return list
    }

    func routes(_ family: Family?) throws(ToolFailure) -> [RouteReport] {
        guard case .routes(let list) = try ask(.routes(family)) else { throw nonsense }
        return list
    }
}
