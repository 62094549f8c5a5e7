public import Host
public import Messages

/// What a NIC process is started with.
public struct NICBoot: Codable, Equatable, Sendable {
    public var name: String
    /// `sim:82540em,mac=02:00:00:00:00:01`, `qemu:e1000`.
    public var model: String
    /// As `CableSpecification` reads it; nil: nothing is plugged in.
    public var cable: String?
    /// Everything on the cable is written to this file.
    public var capture: String?

    public init(name: String, model: String, cable: String? = nil, capture: String? = nil) {
        (self.name, self.model, self.cable, self.capture) = (name, model, cable, capture)
    }
}

/// Starting processes of the bus: NICs and switches. They are daemons: sessions of their own that outlive who starts them.
public enum NICStarter {
    /// `argv[0]` of a NIC process and of a switch process, and the word without which they refuse to start.
    public static let nicProgram = "drydock-nicd", switchProgram = "drydock-switchd", privateWord = "--started-by-drydock"
    /// The descriptor on which a started process says how it went.
    public static let readyDescriptor: Int32 = 3

    /// What a started process says.
    public enum Outcome: Codable, Equatable, Sendable {
        case ready
        case failed(Failure)
    }

    /// Adds a NIC: starts its process and waits until it answers.
    ///
    /// - Parameter program: the `drydock` executable.
    /// - Throws: a sentence; then nothing is left of it.
    public static func start(_ boot: NICBoot, program: String = Spawn.ourselves, timeout: Duration = .seconds(10)) throws(Failure) {
        try start(nicProgram, boot, what: "NIC \(boot.name)", program: program, timeout: timeout)
        // Ready means ready: the socket answers.
        do { _ = try NICBus(RuntimeDirectory()).identify(boot.name) } catch let error as FolderRefusal {
            throw Failure(error, starting: "nic")
        } catch { throw (error as? Failure) ?? Failure(.io, what: "NIC \(boot.name)", why: "it does not answer") }
    }

    /// Starts the switch `name` without waiting for it. A second one of the name ends by itself at once.
    ///
    /// - Returns: what is over at once, the switch being a daemon: to be reaped by who goes on living.
    public static func startSwitch(_ name: String, program: String = Spawn.ourselves) throws(SystemError) -> ProcessHandle {
        try Spawn.start(program, arguments: [switchProgram, privateWord, name], descriptors: [-1, -1, -1])
    }

    private static func start(_ called: String, _ boot: NICBoot, what: String, program: String, timeout: Duration) throws(Failure) {
        let body: [UInt8]
        do { body = try Body.encode(boot) } catch {
            throw Failure(.invalid, what: what, why: "it cannot be described to its process", fix: "use plain names")
        }
        let failure: Failure?
        do throws(SystemError) {
            let arguments = [called, privateWord, String(decoding: body, as: UTF8.self)]
            let pipe = try FileDescriptor.pipe()
            let child = try Spawn.start(program, arguments: arguments, descriptors: [-1, -1, -1, pipe.second.raw])
            let outcome = try pipe.first.duplicate()
            _ = consume pipe // Otherwise our copy of the writing end would hide the child's end.
            failure = hear(outcome, what, timeout)
            // It went on as a daemon, and this one is over. A daemon that nobody listens to ends by itself.
            reap(child)
        } catch { throw Failure(error, what: what, fix: "see that \(program) can be executed") }
        if let failure { throw failure }
    }

    private static func reap(_ child: borrowing ProcessHandle) {
        if !child.waitForEnd(Deadline(in: .milliseconds(500))) { try? child.signal(.kill) }
        _ = child.waitForEnd(Deadline(in: .seconds(2)))
        _ = child.reap()
    }

    private static func hear(_ pipe: borrowing FileDescriptor, _ what: String, _ timeout: Duration) -> Failure? {
        let deadline = Deadline(in: timeout)
        var octets: [UInt8] = []
        while octets.last != UInt8(ascii: "\n"), octets.count < 65536 {
            guard Poll.readable(pipe.raw, deadline) else {
                return Failure(.timedOut, what: what, why: "its process did not get ready within \(timeout)", fix: "try again when the machine is less busy")
            }
            let part: [UInt8]
            do { part = try pipe.readAll(limit: 65536) } catch { return Failure(error, what: what) }
            guard !part.isEmpty else {
                return Failure(.io, what: what, why: "its process ended while starting", fix: "see that this program is complete, and its log")
            }
            octets += part
        }
        guard let said = try? Body.decode(Outcome.self, octets) else {
            return Failure(.protocolError, what: what, why: "its process said what cannot be understood", fix: "use the same build everywhere")
        }
        if case .failed(let failure) = said { return failure }
        return nil
    }
}
