import AbcRegisters
public import CDriver
public import DriverKit

typealias Registers = RegisterAccess<AbcRegister>
typealias Ring = DescriptorRing<AbcDescriptor>

/// What the shell may see and change of one device while the driver runs: what every driver has, and what is added here.
public struct AbcVariables: NICVariables {
    public var usual = UsualVariables()
    public init() {}
}

/// The driver of the teaching NIC ABC: bring-up and its undoing are here, frames in `Frames`, everything else in `Control`,
/// what a shell may see in `Shell`. Sections are those of the datasheet, docs/ABC.md.
///
/// What a driver does whatever its chip is (start, stop, a transmitter that hangs, a card that is pulled out) it has from
/// `NICDriver`, which calls the functions here; what it keeps for that is its `core`.
public struct AbcDriver: FrameSender, ~Copyable {
    public static var name: StaticString { "abc" }
    public static var prefix: StaticString { "abc" }
    public static var version: StaticString { "1.0" }
    public static var help: StaticString {
        """
        mac=XX:XX:XX:XX:XX:XX  station's address instead of the device's own
        receive=N              receive descriptors, 8 to 256 and a multiple of 8 (64)
        transmit=N             transmit descriptors, 8 to 256 and a multiple of 8 (64)
        mtu=N                  octets of payload, 68 to 1500 (1500)
        promiscuous            let every frame through
        nomulticast            let no multicast frame through
        verbose[=0..2]         say more in the log
        """
    }

    /// Vendor and device of PCI configuration space. §2
    public static func match(_ identity: drydock_identity) -> Int32 { identity.vendor == 0x1234 && identity.device == 0x0ABC ? 100 : 0 }

    public var core: DriverCore<AbcVariables>
    let io: Registers
    var receive: Ring, transmit: Ring
    /// The groups that the stack asked for last, as the device has them. §3.8
    var hash: UInt64 = 0

    /// Bring-up, up to where `start` may be called. §7
    public static func attach(_ services: Services, _ options: inout Options, _ variables: Live<AbcVariables>,
                              _ interface: inout drydock_interface) throws(DriverFailure) -> AbcDriver {
        let station = try AbcDriver.station(&options)
        let io = try Registers(services, needed: AbcRegister.regionLength)
        // Should anything fail in here, nothing of this driver stays behind.
        return try services.claim(silence: { AbcDriver.silence(io) }) { () throws(DriverFailure) in
            let id = io.read(.id)
            guard id != .max else { throw .gone }
            guard ID().name.get(id) == 0x414243 else { throw .unsuitable("the identity register does not say ABC") }
            try reset(services, io)
            let permanent = HardwareAddress(low: io.read(.macLow), high: io.read(.macHigh))
            guard permanent.isStation else { throw .unsuitable("the device has no station's address") }
            let receive = try Ring(services, size: Int(station.receive), for: "the receive ring")
            let transmit = try Ring(services, size: Int(station.transmit), for: "the transmit ring")
            // A message if the host can have one, else the line. §6
            do throws(DriverFailure) { _ = try services.enableInterrupts(UInt32(DRYDOCK_MSI.rawValue), vectors: 1) } catch {
                _ = try services.enableInterrupts(UInt32(DRYDOCK_INTX.rawValue), vectors: 1)
            }
            let core = DriverCore(services, variables, station, permanent: permanent, capabilities: DRYDOCK_CAP_VLAN_MTU, longestMTU: 1500,
                                  transmitBuffers: Int(station.transmit))
            core.describe(&interface, "ABC teaching NIC", receive: Int(station.receive) - 1, transmit: Int(station.transmit) - 1, vectors: 1)
            return AbcDriver(core: core, io: io, receive: receive, transmit: transmit)
        }
    }

    /// What may be written behind `mount -o`.
    private static func station(_ options: inout Options) throws(DriverFailure) -> StationOptions {
        var station = StationOptions(mtu: 68...1500, "68 to 1500 octets", ring: AbcDescriptor.sizes, step: 8,
                                     "8 to 256 descriptors, a multiple of 8", size: 64)
        while let option = options.next() {
            if try station.take(option, options) { continue }
            throw options.refuse(option, "is not known", allowed: "mac= receive= transmit= mtu= promiscuous nomulticast verbose")
        }
        return station
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
    public mutating func bringUp() throws(DriverFailure) {
        receive.restart()
        transmit.restart()
        io.write(.rxBaseLow, UInt32(truncatingIfNeeded: receive.deviceAddress))
        io.write(.rxBaseHigh, UInt32(receive.deviceAddress >> 32))
        io.write(.rxSize, UInt32(receive.size))
        io.write(.txBaseLow, UInt32(truncatingIfNeeded: transmit.deviceAddress))
        io.write(.txBaseHigh, UInt32(transmit.deviceAddress >> 32))
        io.write(.txSize, UInt32(transmit.size))
        writeFilter()
        io.write(.ctrl, control)
        offerAgain()
        let c = Causes()
        io.write(.mask, c.rx.mask | c.tx.mask | c.link.mask | c.fault.mask)
    }

    /// CTRL of a running device.
    var control: UInt32 { CTRL().rxen.mask | CTRL().txen.mask | (core.filter.promiscuous ? CTRL().promisc.mask : 0) }

    /// A reset ends everything; the buffers go home through the two `return` functions.
    public mutating func reset() throws(DriverFailure) {
        io.write(.mask, 0)
        collect()
        try AbcDriver.reset(services, io)
    }

    /// No interrupt, no DMA, no wait.
    public func silence() { AbcDriver.silence(io) }
    private static func silence(_ io: Registers) {
        io.write(.mask, 0)
        io.write(.ctrl, 0)
    }
}
