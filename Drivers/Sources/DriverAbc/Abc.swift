import AbcRegisters
public import CDriver
public import DriverKit

typealias Registers = RegisterAccess<AbcRegister>
typealias Ring = DescriptorRing<AbcDescriptor>

/// What the shell may see and change of one device while the driver runs.
public struct AbcVariables: DriverVariables {
    public var verbose: UInt32 = 0
    public var interrupts: UInt64 = 0, foreignInterrupts: UInt64 = 0
    public init() {}
}

/// The driver of the teaching NIC ABC: bring-up and its undoing are here, frames in `Frames`, everything else in `Control`,
/// what a shell may see in `Shell`. Sections are those of the datasheet, docs/ABC.md.
public struct AbcDriver: NetDriver, ~Copyable {
    public static var name: StaticString { "abc" }
    public static var prefix: StaticString { "abc" }
    public static var version: StaticString { "1.0" }
    public static var help: StaticString {
        """
        mac=XX:XX:XX:XX:XX:XX  station's address instead of the device's own
        receive=N              receive descriptors, 8 to 256 and a multiple of 8 (64)
        transmit=N             transmit descriptors, 8 to 256 and a multiple of 8 (64)
        promiscuous            let every frame through
        verbose                say more in the log
        """
    }

    /// Vendor and device of PCI configuration space. §2
    public static func match(_ identity: drydock_identity) -> Int32 { identity.vendor == 0x1234 && identity.device == 0x0ABC ? 100 : 0 }

    enum State: Sendable { case stopped, running, gone }

    public let services: Services
    let io: Registers
    let live: Live<AbcVariables>
    let options: AbcOptions
    var state = State.stopped
    var receive: Ring, transmit: Ring
    /// What the stack asked for last: station's address, hash of groups, everything.
    var address: HardwareAddress, hash: UInt64 = 0, promiscuous = false
    var counters = CounterSet()

    /// Bring-up, up to where `start` may be called. §7
    public static func attach(_ services: Services, _ options: inout Options, _ variables: Live<AbcVariables>,
                              _ interface: inout drydock_interface) throws(DriverFailure) -> AbcDriver {
        let options = try AbcOptions(&options)
        let io = try Registers(services, needed: AbcRegister.regionLength)
        try services.command(set: PCICommand.memory | PCICommand.busMaster, clear: PCICommand.interruptDisable)
        do throws(DriverFailure) {
            let id = io.read(.id)
            guard id != .max else { throw .gone }
            guard ID().name.get(id) == 0x414243 else { throw .unsuitable("the identity register does not say ABC") }
            try reset(services, io)
            let permanent = HardwareAddress(low: io.read(.macLow), high: io.read(.macHigh))
            guard permanent.isStation else { throw .unsuitable("the device has no station's address") }
            var driver = AbcDriver(services: services, io: io, live: variables, options: options,
                             receive: try Ring(services, size: Int(options.receive), for: "the receive ring"),
                             transmit: try Ring(services, size: Int(options.transmit), for: "the transmit ring"),
                             address: options.address ?? permanent)
            driver.promiscuous = options.promiscuous
            variables.value.verbose = options.verbose ? 1 : 0
            try driver.describe(&interface, permanent)
            return driver
        } catch {
            // Failed: nothing of this driver stays behind. The rings are gone with their owners.
            silence(services, io)
            throw error
        }
    }

    private func describe(_ out: inout drydock_interface, _ permanent: HardwareAddress) throws(DriverFailure) {
        (out.mac, out.permanent_mac) = (address.tuple, permanent.tuple)
        out.capabilities = DRYDOCK_CAP_VLAN_MTU
        (out.mtu, out.maximum_mtu) = (1500, 1500)
        (out.receive_slots, out.transmit_slots) = (options.receive - 1, options.transmit - 1)
        // A message if the host can have one, else the line. §6
        do throws(DriverFailure) { _ = try services.enableInterrupts(UInt32(DRYDOCK_MSI.rawValue), vectors: 1) } catch {
            _ = try services.enableInterrupts(UInt32(DRYDOCK_INTX.rawValue), vectors: 1)
        }
        out.vectors = 1
        out.describe("ABC teaching NIC")
    }

    init(services: Services, io: Registers, live: Live<AbcVariables>, options: AbcOptions, receive: consuming Ring,
         transmit: consuming Ring, address: HardwareAddress) {
        (self.services, self.io, self.live, self.options, self.address) = (services, io, live, options, address)
        self.receive = receive
        self.transmit = transmit
    }

    /// At most 100 us, says the datasheet; ten times that is waited for. §3.2
    static func reset(_ services: Services, _ io: Registers) throws(DriverFailure) {
        io.write(.ctrl, CTRL().reset.mask)
        try services.settle("CTRL.RESET", within: 1000) { () throws(DriverFailure) in
            let control = io.read(.ctrl)
            guard control != .max else { throw .gone }
            return !CTRL().reset.isSet(control)
        }
    }

    /// Rings, filter, then the two enable bits, then interrupts. §7
    public mutating func start() throws(DriverFailure) {
        guard state != .gone else { throw .gone }
        guard state == .stopped else { return }
        guard receive.isEmpty, transmit.isEmpty else { throw .busy }
        receive.restart()
        transmit.restart()
        io.write(.rxBaseLow, UInt32(truncatingIfNeeded: receive.deviceAddress))
        io.write(.rxBaseHigh, UInt32(receive.deviceAddress >> 32))
        io.write(.rxSize, UInt32(receive.size))
        io.write(.txBaseLow, UInt32(truncatingIfNeeded: transmit.deviceAddress))
        io.write(.txBaseHigh, UInt32(transmit.deviceAddress >> 32))
        io.write(.txSize, UInt32(transmit.size))
        writeFilter()
        state = .running
        io.write(.ctrl, control)
        let c = Causes()
        io.write(.mask, c.rx.mask | c.tx.mask | c.link.mask | c.fault.mask)
        services.setTimer(0, microseconds: 1_000_000)
    }

    /// CTRL of a running device.
    var control: UInt32 { CTRL().rxen.mask | CTRL().txen.mask | (promiscuous ? CTRL().promisc.mask : 0) }

    /// A reset ends everything; the buffers go home through the two `return` functions.
    public mutating func stop() throws(DriverFailure) {
        guard state == .running else { return }
        state = .stopped
        services.setTimer(0, microseconds: 0)
        io.write(.mask, 0)
        count()
        try AbcDriver.reset(services, io)
    }

    public consuming func detach() {
        if state == .running { try? stop() }
        AbcDriver.silence(services, io)
        services.disableInterrupts()
    }

    /// No interrupt, no DMA, no wait. Bus mastering off is what counts when the device no longer obeys.
    static func silence(_ services: Services, _ io: Registers) {
        io.write(.mask, 0)
        io.write(.ctrl, 0)
        try? services.command(set: 0, clear: PCICommand.busMaster)
    }

    public mutating func quiesce() {
        state = .gone
        AbcDriver.silence(services, io)
    }
}

/// What may be written behind `mount -o`.
struct AbcOptions {
    var address: HardwareAddress?
    var receive: UInt32 = 64, transmit: UInt32 = 64
    var promiscuous = false, verbose = false

    init(_ options: inout Options) throws(DriverFailure) {
        let sizes: StaticString = "8 to 256 descriptors, a multiple of 8"
        while let option = options.next() {
            if options.named(option, "mac") {
                address = try options.address(option)
            } else if options.named(option, "receive") {
                receive = try options.number(option, in: AbcDescriptor.sizes, step: 8, allowed: sizes)
            } else if options.named(option, "transmit") {
                transmit = try options.number(option, in: AbcDescriptor.sizes, step: 8, allowed: sizes)
            } else if options.named(option, "promiscuous") {
                try options.flag(option)
                promiscuous = true
            } else if options.named(option, "verbose") {
                try options.flag(option)
                verbose = true
            } else {
                throw options.refuse(option, "is not known", allowed: "mac= receive= transmit= promiscuous verbose")
            }
        }
    }
}
