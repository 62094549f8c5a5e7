internal import Host
internal import Messages

/// What a supervisor is started with by the start command.
struct SupervisorBoot: Codable, Equatable {
    var plan: StackPlan
    /// The runtime directory, absolute or as the starter's folder makes it.
    var directory: String
    /// The program and its first word that become the stack process.
    var program: String
    /// What the instance had when its last supervisor died; nil: it begins anew.
    var steps: [StackRequest]?
    /// By the instance's guardians.
    var takeovers = Takeovers()

    enum Descriptor: Int32, CaseIterable { case null, out, console, boot, ready }

    /// In the environment of a supervisor: its starter's process id. Its arguments are the user's words, so that a process
    /// list shows the command that was typed.
    static let variable = "DRYDOCK_STARTER"

    /// Whether this process was started as a supervisor.
    static var isMeant: Bool { FileSystem.environment(variable) != nil }

    static func receive() throws(Failure) -> SupervisorBoot {
        guard Descriptor.allCases.allSatisfy({ FileDescriptor.isOpen($0.rawValue) }) else { throw byHand }
        do {
            return try Body.decode(SupervisorBoot.self, SharedMemory.octets(of: FileDescriptor(owning: Descriptor.boot.rawValue)))
        } catch { throw byHand }
    }

    static let byHand = Failure(
        .notPermitted, what: "drydock-supervisor", why: "is started by io-pkt-v6-hc and cannot be started by hand",
        fix: "io-pkt-v6-hc -ptcpip prefix=/sock2")
}
