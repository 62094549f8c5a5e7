public import CDriver

/// The contract's C calls for one driver type: checks of what crosses the boundary, and nothing else.
///
/// An instance is one block of memory: the variables first (so that their offsets from the instance pointer are those
/// inside the struct), the driver behind them. All functions specialise in the driver's module.
// SAFETY: the stack hands back the instance pointer that `attach` made, and arrays of as many buffers as it says; the
// functions look at nothing else.
public enum Thunks<D: NetDriver & ~Copyable> {
    /// Octets from the instance pointer to the driver.
    @inlinable static var driverOffset: Int { (MemoryLayout<D.Variables>.size &+ 15) & ~15 }

    @inlinable @inline(__always)
    static func driver(_ instance: UnsafeMutableRawPointer?) -> UnsafeMutablePointer<D> {
        unsafe (instance! + driverOffset).assumingMemoryBound(to: D.self)
    }

    // What the driver says of itself.
    public static var name: UnsafePointer<CChar> { unsafe CDescription.string(D.name) }
    public static var prefix: UnsafePointer<CChar> { unsafe CDescription.string(D.prefix) }
    public static var version: UnsafePointer<CChar> { unsafe CDescription.string(D.version) }
    public static var help: UnsafePointer<CChar> { unsafe CDescription.string(D.help) }
    public static var flags: UInt32 { D.needsNoDevice ? DRYDOCK_DRIVER_NO_DEVICE : 0 }
    public static func describe() -> UnsafePointer<drydock_description>? { unsafe D.describe() }

    public static func match(_ identity: UnsafePointer<drydock_identity>?) -> Int32 {
        guard let identity = unsafe identity else { return 0 }
        return unsafe D.match(identity.pointee)
    }

    public static func attach(
        _ table: UnsafePointer<drydock_services>?, _ text: UnsafePointer<CChar>?,
        _ instance: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ out: UnsafeMutablePointer<drydock_interface>?
    ) -> Int32 {
        guard let table = unsafe table, let text = unsafe text, let instance = unsafe instance, let out = unsafe out else { return -22 }
        // An older contract: nothing of the table but these two words may be looked at. A later one only appends. -EPROTO
        guard unsafe table.pointee.abi >= DRYDOCK_ABI,
              unsafe table.pointee.size >= UInt32(MemoryLayout<drydock_services>.size) else { return -71 }
        let services = unsafe Services(table)
        var options = unsafe Options(text, services: services, driver: D.name)
        let memory = UnsafeMutableRawPointer.allocate(byteCount: driverOffset + MemoryLayout<D>.size, alignment: 16)
        let variables = unsafe memory.bindMemory(to: D.Variables.self, capacity: 1)
        unsafe variables.initialize(to: D.Variables())
        var interface = drydock_interface()
        do throws(DriverFailure) {
            let attached = try unsafe D.attach(services, &options, Live(variables), &interface)
            unsafe driver(memory).initialize(to: attached)
        } catch {
            unsafe memory.deallocate()
            return report(services, "attach", error)
        }
        unsafe out.pointee = interface
        unsafe instance.pointee = memory
        return 0
    }

    public static func detach(_ instance: UnsafeMutableRawPointer?) {
        guard let instance = unsafe instance else { return }
        unsafe driver(instance).move().detach()
        unsafe instance.deallocate()
    }

    /// One log line for a failure, unless the option parser or the driver has written it already.
    @usableFromInline static func report(_ services: Services, _ verb: StaticString, _ failure: DriverFailure) -> Int32 {
        if case .host = failure { return failure.status }
        if case .invalid = failure, verb.utf8CodeUnitCount == 6 { return failure.status }
        services.log(.error) { line in
            line.text(D.name)
            line.text(": ")
            line.text(verb)
            line.text(": ")
            failure.describe(to: &line)
        }
        return failure.status
    }

    @inlinable static func status(_ instance: UnsafeMutableRawPointer?, _ verb: StaticString,
                                  _ body: (inout D) throws(DriverFailure) -> Void) -> Int32 {
        do throws(DriverFailure) {
            try unsafe body(&driver(instance).pointee)
            return 0
        } catch { return unsafe report(driver(instance).pointee.services, verb, error) }
    }

    @inlinable public static func start(_ instance: UnsafeMutableRawPointer?) -> Int32 {
        unsafe status(instance, "start") { (d) throws(DriverFailure) in try d.start() }
    }
    @inlinable public static func stop(_ instance: UnsafeMutableRawPointer?) -> Int32 {
        unsafe status(instance, "stop") { (d) throws(DriverFailure) in try d.stop() }
    }

    @inlinable @inline(__always) public static func provideReceive(_ instance: UnsafeMutableRawPointer?, _ buffers: UnsafePointer<drydock_buffer>?, _ count: UInt32) -> UInt32 {
        unsafe UInt32(truncatingIfNeeded: driver(instance).pointee.provideReceive(given(buffers, count).span))
    }
    @inlinable @inline(__always) public static func provideTransmit(_ instance: UnsafeMutableRawPointer?, _ buffers: UnsafePointer<drydock_buffer>?, _ count: UInt32) -> UInt32 {
        unsafe UInt32(truncatingIfNeeded: driver(instance).pointee.provideTransmit(given(buffers, count).span))
    }
    @inlinable @inline(__always) public static func returnReceive(_ instance: UnsafeMutableRawPointer?, _ buffers: UnsafeMutablePointer<drydock_buffer>?, _ capacity: UInt32) -> UInt32 {
        let array = unsafe room(buffers, capacity)
        var span = unsafe array.mutableSpan
        return unsafe UInt32(truncatingIfNeeded: driver(instance).pointee.returnReceive(&span))
    }
    @inlinable @inline(__always) public static func returnTransmit(_ instance: UnsafeMutableRawPointer?, _ buffers: UnsafeMutablePointer<drydock_buffer>?, _ capacity: UInt32) -> UInt32 {
        let array = unsafe room(buffers, capacity)
        var span = unsafe array.mutableSpan
        return unsafe UInt32(truncatingIfNeeded: driver(instance).pointee.returnTransmit(&span))
    }

    // A `Buffer` is a `drydock_buffer` and nothing else, so that an array of the one is an array of the other.
    @inlinable @inline(__always)
    static func given(_ buffers: UnsafePointer<drydock_buffer>?, _ count: UInt32) -> UnsafeBufferPointer<Buffer> {
        let start = unsafe UnsafeRawPointer(buffers)?.assumingMemoryBound(to: Buffer.self)
        return unsafe UnsafeBufferPointer(start: start, count: start == nil ? 0 : Int(count))
    }
    @inlinable @inline(__always)
    static func room(_ buffers: UnsafeMutablePointer<drydock_buffer>?, _ count: UInt32) -> UnsafeMutableBufferPointer<Buffer> {
        let start = unsafe UnsafeMutableRawPointer(buffers)?.assumingMemoryBound(to: Buffer.self)
        return unsafe UnsafeMutableBufferPointer(start: start, count: start == nil ? 0 : Int(count))
    }

    @inlinable public static func interrupt(_ instance: UnsafeMutableRawPointer?, _ vector: UInt32) -> UInt32 {
        unsafe driver(instance).pointee.interrupt(vector).rawValue
    }
    @inlinable public static func timer(_ instance: UnsafeMutableRawPointer?, _ number: UInt32) -> UInt32 {
        unsafe driver(instance).pointee.timer(number).rawValue
    }

    @inlinable public static func setFilter(_ instance: UnsafeMutableRawPointer?, _ filter: UnsafePointer<drydock_filter>?) -> Int32 {
        guard let request = unsafe filterArgument(filter) else { return -22 }
        return unsafe status(instance, "set_filter") { (d) throws(DriverFailure) in try d.setFilter(request) }
    }
    @usableFromInline static func filterArgument(_ filter: UnsafePointer<drydock_filter>?) -> Filter? {
        guard let filter = unsafe filter else { return nil }
        return unsafe Filter(filter.pointee)
    }

    @inlinable public static func media(_ instance: UnsafeMutableRawPointer?, _ out: UnsafeMutablePointer<drydock_media>?) -> Int32 {
        guard let out = unsafe out else { return -22 }
        return unsafe status(instance, "get_media") { (d) throws(DriverFailure) in unsafe out.pointee = try d.media() }
    }
    @inlinable public static func setMedia(_ instance: UnsafeMutableRawPointer?, _ media: UnsafePointer<drydock_media>?) -> Int32 {
        guard let media = unsafe media else { return -22 }
        return unsafe status(instance, "set_media") { (d) throws(DriverFailure) in try unsafe d.setMedia(media.pointee) }
    }
    @inlinable public static func setOffloads(_ instance: UnsafeMutableRawPointer?, _ enabled: UInt32) -> Int32 {
        unsafe status(instance, "set_offloads") { (d) throws(DriverFailure) in try d.setOffloads(enabled) }
    }
    @inlinable public static func setMTU(_ instance: UnsafeMutableRawPointer?, _ octets: UInt32) -> Int32 {
        unsafe status(instance, "set_mtu") { (d) throws(DriverFailure) in try d.setMTU(octets) }
    }
    @inlinable public static func statistics(_ instance: UnsafeMutableRawPointer?, _ out: UnsafeMutablePointer<drydock_statistics>?) -> Int32 {
        guard let out = unsafe out else { return -22 }
        return unsafe status(instance, "statistics") { (d) throws(DriverFailure) in try unsafe d.statistics(into: &out.pointee) }
    }
    @inlinable public static func quiesce(_ instance: UnsafeMutableRawPointer?) {
        guard let instance = unsafe instance else { return }
        unsafe driver(instance).pointee.quiesce()
    }

    /// Calls `body` with the driver behind an instance pointer: for the shell's methods.
    @inlinable public static func with<R>(_ instance: UnsafeMutableRawPointer?, _ body: (inout D) -> R) -> R {
        unsafe body(&driver(instance).pointee)
    }
}
