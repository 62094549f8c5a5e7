import Bus
import CDriver
import Glibc
import Host
import Logging
import Messages
import Rings

/// A device whose driver runs in a process of its own, as its stack holds it: a bus without registers, and the instance behind the
/// callouts of ``IsolatedTable``. The attachment above it is that of any driver; processes come and go below.
///
/// The stack keeps the NIC's claim, so that after a death the hardware is quiet before anything of it is used again.
@safe final class IsolatedDevice: DeviceBus {
    /// The driver's timers run in its own process: these are ours.
    enum Timer: Int { case watch, revive, spare }

    let identity: NICIdentity
    var stock: HostStock
    let environment: Environment
    let log: Logger
    /// What all of it is for people: the interface.
    let interface: String

    var host: HostProcess?
    var spare: HostProcess?
    /// A process waits with the image loaded; without one a death costs a start, and less memory is held.
    var keepsSpare = true
    /// Nanoseconds without progress after which a process hangs; 0: whatever it does, it is let be.
    var hangLimit = HostWatch.usualLimit
    /// The claim's connection; nil: the device is nobody's.
    var claim: NICHold?
    var arena: DMAArena.Piece?
    let exchange: BufferExchange
    /// What holds us; set by `attach`.
    weak var context: DeviceContext?
    /// A dead process whose last frames may still lie in its ring.
    var remains: HostProcess?
    var options = ""
    /// What a new process is to be told: the last that the stack wanted.
    var wish = Wish()
    var watch = HostWatch()
    var budget = RestartBudget()
    var attached = HostAttached()
    /// Statistics of processes that are gone, and the last of the present one.
    var carried = drydock_statistics(), latest = drydock_statistics()
    /// Times that another process took over.
    var restarts: UInt64 = 0
    /// Processes that died, and when on the monotonic clock, until it is told what came after them. ``RestartBudget`` bounds them.
    var dead: [(pid: Int32, at: UInt64)] = []
    /// When the present process had attached its driver, on the same clock.
    var tookOver: UInt64 = 0
    /// Why it is without a process for good; nil: it has one, or will have.
    var surrendered: String?
    /// What the stack did then, for who looks into the death.
    var outcome: String?
    /// A copy of the image in the instance's folder, for as long as this is there; nil: nobody asks which builds can be relied on.
    var keptImage: String?

    /// What the device's surroundings do for it.
    struct Environment {
        var arena: SharedArena
        /// Says what runs while another process attaches: it may take as long as any attach, not as a timer.
        var mark: CalloutMark
        /// Takes a NIC for this stack.
        var claim: (String) throws -> NICHandover
        /// Has the event loop call vector n's interrupt while the descriptor is readable (nil: tell of the NIC's end, when it is hung
        /// up); ends that.
        var add: (Int?, Int32) -> Void
        var remove: (Int32) -> Void
        /// Tells of a process that drives the device from now on, and records what it does.
        var began: (HostProcess, String) -> Void
        /// Takes a process that is dead, or stands still, and has the supervisor look into it.
        var bury: (HostProcess, HostDeath, HostStock) -> Void
        /// Tells what came after it.
        var follow: (HostSuccession) -> Void
        /// Has another build take this one's place, if one is proven. - Returns: which, behind "it is started again".
        var goBack: (IsolatedDevice) -> String?
    }

    struct Wish {
        var isStarted = false
        var filter: DriverFilter?
        var media: drydock_media?
        var offloads: UInt32?
        var mtu: UInt32?
    }

    init(_ stock: HostStock, identity: NICIdentity, interface: String, memory: PacketMemory, environment: Environment, log: Logger) {
        (self.stock, self.identity, self.interface) = (stock, identity, interface)
        (self.environment, self.log) = (environment, log)
        exchange = BufferExchange(memory: memory)
    }

    deinit { release() }

    var name: String { identity.name }
    var kind: String { identity.specification.split(separator: ":").first.map(String.init) ?? "sim" }
    var driverIdentity: drydock_identity { identity.driverIdentity }
    func regionLength(_ region: UInt32) -> UInt64 { region < 6 ? identity.regionLengths[Int(region)] : 0 }
    var interruptKind: UInt32? { host == nil ? nil : attached.interruptKind }
    var vectors: Int { attached.vectors }

    // Nothing of the device is in this process.
    func configLoad(offset: UInt32, width: UInt32) -> UInt32 { .max }
    func configStore(offset: UInt32, width: UInt32, value: UInt32) {}
    func load(region: UInt32, offset: UInt32, width: UInt32) -> UInt32 { .max }
    func store(region: UInt32, offset: UInt32, width: UInt32, value: UInt32) {}
    func map(offset: UInt64, length: UInt64) -> UInt64 { offset }
    func unmap(deviceAddress: UInt64) {}
    func enableInterrupts(kind: UInt32, vectors: UInt32) -> Int32 { -ENOTSUP }
    func disableInterrupts() {}
    func resetDevice() -> Int32 { -ENOTSUP }

    /// The event loop is told by ourselves, process by process.
    var interruptDescriptors: [Int32] { [] }
    /// Vector 0: the host's bell for us. Vector 1: its end.
    func takeInterrupt(vector: Int) -> Bool {
        if vector == 0 { return (host?.stackBell.take() ?? 0) > 0 }
        return true
    }
    func unmask(vector: Int) {}

    var lifeDescriptor: Int32 { -1 }
    func noteHangUp() {}
    var goneReason: String? { nil }

    /// For `nicinfo`.
    var report: HardwareReport.Isolation { .init(pid: host?.pid, restarts: restarts, confinement: stock.hello.confinement) }

    /// The last of it: process, claim, memory.
    func release() {
        letGo()
        tellSuccession(isOver: true)
        (spare, remains) = (nil, nil)
        // Slots that a driver kept are nobody's now.
        exchange.forgetAll()
        if let keptImage { FileSystem.remove(keptImage) }
        keptImage = nil
        if let piece = arena { _ = environment.arena.value.free(offset: piece.offset) }
        arena = nil
    }
}

/// How often a driver may die. A process that lived a while costs nothing; those that die young cost patience, and in the end the device.
struct RestartBudget {
    /// Nanoseconds after which a life was not short.
    static let shortLife: UInt64 = 200_000_000
    /// Pauses before the next attempt, nanoseconds, by the number of short lives in a row. Behind the last: no more.
    static let pauses: [UInt64] = [0, 20_000_000, 100_000_000, 400_000_000, 1_000_000_000, 2_000_000_000]

    private var shortLives = 0
    private var born: UInt64?

    mutating func begin(now: UInt64) { born = now }

    /// - Returns: how long to wait before the next attempt; nil: the driver has had its chances.
    mutating func end(now: UInt64) -> UInt64? {
        if let born, now &- born >= Self.shortLife { shortLives = 0 } else { shortLives += 1 }
        born = nil
        // The first death is free of charge, whenever it comes.
        let position = max(shortLives - 1, 0)
        return position < Self.pauses.count ? Self.pauses[position] : nil
    }
}
