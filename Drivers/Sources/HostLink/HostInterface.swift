public import CHostLink
public import DriverKit

/// One of the host's interfaces, found again by its index whatever it is called, and told of its changes.
public struct HostInterface: ~Copyable {
    /// What the host says of it now.
    public enum State: Sendable { case up, down, gone }

    /// The vector that drivers watch ``changes`` with.
    @inlinable public static var vector: UInt32 { 7 }

    private let probe: HostDescriptor
    /// Readable when some interface of the host has changed.
    public let changes: HostDescriptor
    public let index: UInt32
    /// As last looked at.
    public private(set) var now: hostlink_interface

    /// - Throws: `.host` (and says why in the log) when there is no such interface, or it is not Ethernet.
    public static func find(_ services: Services, _ driver: StaticString, _ name: HostName) throws(DriverFailure) -> HostInterface {
        let probe = HostDescriptor(try services.granted(driver, "a socket", hostlink_probe()))
        let changes = HostDescriptor(try services.granted(driver, "a netlink socket", hostlink_changes()))
        let found = unsafe name.withCString { [raw = probe.raw] in unsafe hostlink_index(raw, $0) }
        let index = UInt32(try services.granted(driver, "interface ", of: name, found))
        var now = hostlink_interface()
        _ = try services.granted(driver, "interface ", of: name, unsafe hostlink_look(probe.raw, index, &now))
        guard now.type == 1 else {
            services.log(.error) { $0.text(driver); $0.text(": interface "); name.describe(to: &$0); $0.text(" is not Ethernet") }
            throw .host(HostError.noDevice)
        }
        return HostInterface(probe, changes, index, now)
    }

    private init(_ probe: consuming HostDescriptor, _ changes: consuming HostDescriptor, _ index: UInt32, _ now: hostlink_interface) {
        self.probe = probe
        self.changes = changes
        (self.index, self.now) = (index, now)
    }

    public var name: HostName { HostName(now) }
    public var address: HardwareAddress { HardwareAddress(now.mac) }

    /// Reads away the announcements and looks again. For a link that the host takes down, its carrier counts as well.
    public mutating func look(carrier: Bool) -> State {
        hostlink_drain(changes.raw)
        var next = hostlink_interface()
        let status = unsafe hostlink_look(probe.raw, index, &next)
        guard status == 0 else { return .gone }
        now = next
        return now.up != 0 && (!carrier || now.running != 0) ? .up : .down
    }

    /// Megabits a second; 0: the host does not say.
    public var megabits: UInt32 { unsafe name.withCString { [raw = probe.raw] in unsafe hostlink_speed(raw, $0) } }
}

/// Errno values that a driver reports of its own. <asm-generic/errno-base.h>
public enum HostError {
    @inlinable public static var notPermitted: Int32 { 1 }
    @inlinable public static var again: Int32 { 11 }
    @inlinable public static var noMemory: Int32 { 12 }
    @inlinable public static var busy: Int32 { 16 }
    @inlinable public static var noDevice: Int32 { 19 }
    @inlinable public static var invalid: Int32 { 22 }
    @inlinable public static var networkDown: Int32 { 100 }
    @inlinable public static var noBuffers: Int32 { 105 }
}

extension Services {
    /// The value of a call that the host granted; otherwise the failure, said in the log by name.
    public func granted(_ driver: StaticString, _ what: StaticString, of name: HostName = HostName(), _ status: Int32) throws(DriverFailure) -> Int32 {
        guard status < 0 else { return status }
        log(.error) { line in
            line.text(driver)
            line.text(": ")
            line.text(what)
            name.describe(to: &line)
            line.text(": ")
            line.error(status)
        }
        throw .host(-status)
    }
}

extension LogLine {
    /// The C library's words for an errno value, of either sign, and what to do about it where that is known.
    public mutating func error(_ number: Int32) {
        // SAFETY: strerror's text, zero-terminated and valid until the next call.
        guard var at = unsafe hostlink_error(number) else { return }
        while unsafe at.pointee != 0 {
            unsafe octet(UInt8(bitPattern: at.pointee))
            unsafe at += 1
        }
        if number.magnitude == UInt32(HostError.notPermitted) { text("; give the stack CAP_NET_ADMIN and CAP_NET_RAW in this network namespace, or run it as root") }
    }
}
