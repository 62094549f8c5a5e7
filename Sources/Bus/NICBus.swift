public import Host
public import Messages

/// The bus of simulated hardware: the NIC processes of one runtime directory.
public struct NICBus: Sendable {
    public let directory: RuntimeDirectory

    public init(_ directory: RuntimeDirectory) { self.directory = directory }

    /// A NIC that lives now.
    public struct Slot: Equatable, Sendable {
        public let name: String
        public let pid: Int32
        /// When it was added, in nanoseconds since 1970: what its place on the bus goes by.
        public let added: UInt64
    }

    /// How long a NIC process may take to answer a message.
    public static let patience: Duration = .seconds(1)
    /// How long it may take where hardware is brought up or reset, or memory is pinned. A NIC process gives its own
    /// helpers less (10 s), so that it answers in time whatever the answer is; `mount` waits longer (20 s).
    public static let claimPatience: Duration = .seconds(15)
    /// Interrupt descriptors of a claim.
    public static let mostVectors = 8

    /// The file in a NIC's folder that tells when it was added.
    public static let addedFile = "added"

    /// The NICs in the order in which they were added: a NIC's index does not change while it lives.
    public func slots() -> [Slot] {
        let found = directory.live(.nic).map { live in
            Slot(name: live.name.text, pid: live.pid, added: FileSystem.text("\(live.path)/\(Self.addedFile)", limit: 32).flatMap { UInt64($0) } ?? .max)
        }
        return found.sorted { ($0.added, $0.name) < ($1.added, $1.name) }
    }

    /// Asks a NIC what it is, without claiming it.
    public func identify(_ name: String) throws(Failure) -> NICIdentity {
        let reply = try ask(name, .identify)
        guard case .identity(let identity) = reply else { throw Self.nonsense(name) }
        return identity
    }

    /// Every NIC that answers, in the order in which they were added.
    public func identities() -> [NICIdentity] { slots().compactMap { try? identify($0.name) } }

    /// Sends one request on a connection of its own: for tools. `status`, `plug`, `remove` …
    ///
    /// - Throws: a sentence; `noProcess` when there is no such NIC.
    public func ask(_ name: String, _ request: NICRequest, timeout: Duration = .seconds(5)) throws(Failure) -> NICReply {
        let connection = try connect(name, timeout: timeout)
        do { return try connection.send(request, expecting: NICReply.self, timeout: timeout).reply } catch {
            throw Self.meaning(error, name)
        }
    }

    /// Takes a NIC for a stack.
    ///
    /// - Parameters:
    ///   - stack: for people: `/sock2`.
    ///   - memory: the descriptor of packet memory, sealed against shrinking; stays the caller's.
    ///   - vectors: interrupt descriptors wanted, 1 to ``mostVectors``.
    /// - Throws: a sentence; `busy` when another stack has it.
    public func claim(_ name: String, for stack: String, memory: Int32, vectors: Int = mostVectors) throws(Failure) -> NICDevice {
        let connection = try connect(name, timeout: Self.patience)
        do {
            var answer = try connection.send(
                NICRequest.claim(stack: stack, vectors: vectors), expecting: NICReply.self, descriptors: [memory], timeout: Self.claimPatience)
            guard case .claimed(let claim) = answer.reply else { throw MessageFailure.malformed }
            return try NICDevice(name, connection, claim, &answer.descriptors)
        } catch let error as MessageFailure {
            throw Self.meaning(error, name)
        } catch {
            throw (error as? Failure) ?? Self.nonsense(name)
        }
    }

    /// Takes a NIC for a stack, to hand it over to a process that will drive it.
    ///
    /// - Throws: as ``claim(_:for:memory:vectors:)``.
    public func claimForAnother(_ name: String, for stack: String, memory: Int32) throws(Failure) -> NICHandover {
        let connection = try connect(name, timeout: Self.patience)
        do throws(MessageFailure) {
            var answer = try connection.send(
                NICRequest.claim(stack: stack, vectors: NICHandover.vectors), expecting: NICReply.self, descriptors: [memory], timeout: Self.claimPatience)
            guard case .claimed(let claim) = answer.reply else { throw MessageFailure.malformed }
            return NICHandover(name, connection, claim, &answer.descriptors)
        } catch { throw Self.meaning(error, name) }
    }

    /// Sends a request on a connection of its own; the reply is still to be taken.
    func begin(_ name: String, _ request: NICRequest, _ timeout: Duration) throws(Failure) -> Connection {
        let connection = try connect(name, timeout: timeout)
        do { try connection.ask(request, timeout: timeout) } catch { throw Self.meaning(error, name) }
        return connection
    }

    private func connect(_ name: String, timeout: Duration) throws(Failure) -> Connection {
        guard let folder = FolderName(name) else {
            throw Failure(.invalid, what: "NIC \(name)", why: "that is no name of a NIC", fix: "see the names with: nic list")
        }
        do { return try Connection(path: "\(directory.folder(.nic, folder))/control", timeout: timeout) } catch {
            throw Self.meaning(error, name)
        }
    }

    static func meaning(_ error: MessageFailure, _ name: String) -> Failure {
        guard error != .noServer else {
            return Failure(.noProcess, what: "NIC \(name)", why: "there is none of that name", fix: "see which there are with: nic list; add one with: nic add \(name) sim:82540em")
        }
        return error.failure("NIC \(name)", of: "its process")
    }

    static func nonsense(_ name: String) -> Failure {
        Failure(.protocolError, what: "NIC \(name)", why: "its process answered with what was not asked for", fix: "restart it with the same build")
    }
}
