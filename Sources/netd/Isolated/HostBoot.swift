import CLinux
import Glibc
import Host
import Messages
import Rings

/// What a driver host says of its image when it has loaded it, or why it could not.
struct HostHello: Codable, Equatable {
    var name = "", prefix = "", version = "", help = ""
    var contract: UInt32 = 0
    var needsNoDevice = false
    /// How it is confined, for people: `seccomp, landlock, user, mount, network`.
    var confinement = ""
    var failure: Failure?
}

/// What `attach` is asked with. The claim's connection and its other descriptors travel along.
struct HostAttach: Codable {
    var options: String
    var identity: NICIdentity
    var claim: NICClaim
    /// What its own flight recorder calls the device; nil: nothing is recorded.
    var recordedAs: String?
    /// The part of packet memory that rings are made of, octets.
    var arena: DMAArena.Piece
}

/// What an attached instance is, beside its `drydock_interface`.
struct HostAttached: Codable {
    var interface: [UInt8] = []
    var interruptKind: UInt32?
    var vectors = 0
    /// What the driver logged last, when it failed.
    var said: String?
}

/// What a driver host is started with: words in its arguments, and descriptors.
struct HostBoot: ~Copyable {
    static let processName = "drydock-driverhost", argument = "--started-by-drydock"

    enum Descriptor: Int32, CaseIterable { case null, null1, null2, socket, rings, hostBell, stackBell, note, packetMemory, image, faultBell, recorder }

    /// The image's name, for people.
    let path: String
    /// The image: a copy that nobody can change.
    let image: FileDescriptor
    let channel: HostChannel
    let rings: SharedMemory
    let hostBell: EventCounter, stackBell: EventCounter
    let note: CrashNote
    let memory: PacketMemory
    /// Its own flight recorder, which nobody else writes.
    let recorder: SharedMemory

    /// Takes over what the stack handed down.
    ///
    /// - Throws: a sentence for a user who started the process by hand.
    static func receive(_ arguments: [String]) throws(Failure) -> HostBoot {
        guard arguments.count == 3, arguments[0] == argument, let parent = Int32(arguments[2]),
            Descriptor.allCases.allSatisfy({ FileDescriptor.isOpen($0.rawValue) })
        else {
            throw Failure(.notPermitted, what: processName, why: "is started by a stack and cannot be started by hand", fix: "mount -o isolated …")
        }
        do throws(SystemError) {
            guard Spawn.dieWithParent(parent) else { throw SystemError("prctl", .noProcess) }
            Spawn.setName(processName)
            Scheduling.takeShortTurns()
            let note = try CrashNote.map(taken(.note))
            // Rung at the end, when nobody can close it any more. The stack stops this process then.
            try note.installFaultHandler(ringing: taken(.faultBell).surrender())
            return HostBoot(
                path: arguments[1], image: taken(.image), channel: HostChannel(taken(.socket)),
                rings: try SharedMemory(received: taken(.rings), length: IsolationLayout.length),
                hostBell: EventCounter(taken(.hostBell)), stackBell: EventCounter(taken(.stackBell)), note: note, memory: try packetMemory(),
                recorder: try SharedMemory(received: taken(.recorder), length: HostProcess.recorderOctets))
        } catch { throw Failure(error, what: processName, fix: "mount again") }
    }

    private static func taken(_ which: Descriptor) -> FileDescriptor {
        let one = FileDescriptor(owning: which.rawValue)
        one.closeOnExec()
        return one
    }

    /// Packet memory without its first MiB: the slots' headers, which the stack believes, are not in this process. In their place is
    /// memory of its own, so that everything else lies where it lies for the stack.
    // SAFETY: the address range is reserved before a part of it is mapped over; it stays mapped until the process ends. The memfd is
    // sealed against shrinking, and its length is compared.
    private static func packetMemory() throws(SystemError) -> PacketMemory {
        let descriptor = taken(.packetMemory), layout = PacketMemoryLayout(), start = PacketMemoryLayout.deviceStart
        guard try SharedMemory.size(of: descriptor.raw) == layout.length, clinux_cannot_shrink(descriptor.raw) == 1 else {
            throw SystemError("map", .invalid)
        }
        let base = unsafe mmap(nil, layout.length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
        guard let base = unsafe base, unsafe base != MAP_FAILED else { throw SystemError("mmap", .last) }
        let shared = unsafe mmap(
            base + start, layout.length - start, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, descriptor.raw, off_t(start))
        guard unsafe shared != MAP_FAILED else { throw SystemError("mmap", .last) }
        return unsafe PacketMemory(mapped: base, layout: layout)
    }
}

/// The process behind `drydock-driverhost`: one driver on one device, and nothing else within reach.
///
/// - Returns: the exit status: 0 when it was told to detach.
public func driverHostMain(arguments: [String]) -> Int32 {
    do throws(Failure) {
        let boot = try HostBoot.receive(arguments)
        guard let host = DriverHost.load(boot) else { return 1 }
        return host.run()
    } catch {
        let standardError = FileDescriptor(owning: 2)
        try? standardError.write(Array("\(error)\n".utf8))
        _ = standardError.surrender()
        return 1
    }
}

extension DriverHost {
    /// Reads and writes once what an attach brings: the first time costs the runtime more than a millisecond, and a process that waits has
    /// it to spare.
    func rehearse() {
        _ = registers
        let identity = NICIdentity(
            name: "", title: "", specification: "", vendor: 0, device: 0, subsystemVendor: 0, subsystemDevice: 0, revision: 0, classCode: 0, subclass: 0,
            programmingInterface: 0, regionLengths: [0], pid: 0, claimedBy: "")
        let claim = NICClaim(channelVersion: 0, vectors: 0, regionLengths: [0], direct: [NICDirectRegion(region: 0, offset: 0, length: 0)])
        func through<Value: Codable>(_ value: Value) { _ = try? Body.decode(Value.self, Body.encode(value)) }
        through(HostAttach(options: "", identity: identity, claim: claim, recordedAs: "", arena: DMAArena.Piece(offset: 0, length: 0)))
        through(HostAttached(interface: [0], interruptKind: 0, vectors: 0, said: ""))
        through(DriverFilter())
        for request in [NICRequest.map(offset: 0, length: 0), .interrupts(kind: 0, vectors: 0)] { through(request) }
        for reply in [NICReply.mapped(deviceAddress: 0), .interrupts(vectors: 0)] { through(reply) }
    }
}
