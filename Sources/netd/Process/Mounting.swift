import Bus
import CDriver
import Host
import Logging
import Messages
import Recorder
import Rings
import Stack

/// `mount`: a driver image, the NICs it drives, and the interfaces that come of it. All of it or nothing.
extension Netd {
    func mount(_ request: MountRequest) throws(Failure) -> [MountedInterface] {
        guard request.type == typeName || request.type == "io-pkt" && boot.plan.instance == 0 else {
            throw Failure(.noDevice, what: "mount type \(request.type)", why: "this instance answers to \(typeName)",
                          fix: "mount -T\(typeName) …")
        }
        do {
            let options = try MountOptions(request.options)
            generation += 1
            let image = options.isIsolated
                ? try isolatedImage(request.path)
                : try DriverImage(path: request.path, generation: generation, folder: boot.words.folder, keepsName: true)
            let attached = try attachAll(image, options)
            for device in attached { device.options = request.options }
            return attached.map(named)
        } catch let error as DriverFailure {
            logger.error("mount \(request.path): \(error.failure)")
            throw error.failure
        } catch { throw Failure(.invalid, what: "mount \(request.path)", why: "\(error)") }
    }

    private func attachAll(_ image: DriverImage, _ options: MountOptions) throws -> [Device] {
        if image.needsNoDevice, options.isIsolated { throw DriverFailure.badOption("isolated", why: "\(image.name) is a link of the host's own, which a confined process cannot have") }
        if image.needsNoDevice { return [try attachHostLink(image, options)] }
        let found = try candidates(image, options)
        var attached: [Device] = []
        do {
            for (position, nic) in found.enumerated() {
                let unit = position == 0 ? options.unit : nil
                attached.append(try attach(image, to: nic, options, unit: unit))
            }
        } catch {
            // One device's failure is every device's: the stack is as it was.
            for device in attached { destroy(device) }
            throw error
        }
        return attached
    }

    private func named(_ device: Device) -> MountedInterface {
        MountedInterface(interface: device.interface, nic: device.context.bus.name, driver: device.image.name)
    }

    /// A driver of the host's own network: attached once a mount, to no NIC.
    private func attachHostLink(_ image: DriverImage, _ options: MountOptions) throws(DriverFailure) -> Device {
        if options.nic != nil { throw .needsNoNIC(driver: image.name, option: "nic") }
        if options.index != nil { throw .needsNoNIC(driver: image.name, option: "pci") }
        let slot = try freeSlot(), name = try UnitName.choose(prefix: options.name ?? image.prefix, unit: options.unit, taken: Set(interfaceNames))
        return try enter(attach(image, to: nil, options, slot: slot, name: name), options, slot: slot, name: name)
    }

    private func freeSlot() throws(DriverFailure) -> Int {
        guard let slot = devices.firstIndex(where: { $0 == nil }) else {
            throw .badOption("mount", why: "this stack has \(devices.count) devices, which is all it can have")
        }
        return slot
    }

    /// Unclaimed NICs that the driver matches, in bus order; with `nic=` that one, or the reason why not.
    private func candidates(_ image: DriverImage, _ options: MountOptions) throws(DriverFailure) -> [NICIdentity] {
        if let name = options.nic { return [try named(name, image)] }
        var matching = bus.identities().filter { $0.claimedBy == nil && matches(image, $0) }
        if let index = options.index { matching = index < matching.count ? [matching[index]] : [] }
        guard !matching.isEmpty else { throw .noHardware(driver: image.name) }
        return matching
    }

    private func named(_ name: String, _ image: DriverImage) throws(DriverFailure) -> NICIdentity {
        let identity: NICIdentity
        do { identity = try bus.identify(name) } catch {
            throw error.errno == .noProcess ? .noSuchNIC(name) : .busFailed(nic: name, why: error.why)
        }
        if let holder = identity.claimedBy { throw .nicBusy(name, holder: holder) }
        guard matches(image, identity) else {
            throw .notMatched(driver: image.name, nic: name, vendor: identity.vendor, device: identity.device)
        }
        return identity
    }

    func matches(_ image: DriverImage, _ identity: NICIdentity) -> Bool {
        let slow = slowCallouts(image, "mount", .off)
        let mark = unsafe CalloutMark(word: boot.crashNote.calloutWord, slot: 0, slow: slow)
        let entry = mark.enter(.match)
        let isMatch = image.matches(identity.driverIdentity)
        mark.leave(entry, .match)
        return withExtendedLifetime(slow) { isMatch }
    }

    /// - Parameter interface: what the lines in the log begin with.
    private func slowCallouts(_ image: DriverImage, _ interface: String, _ trace: DeviceTrace) -> SlowCallouts {
        let log = DriverLog(logger, driver: "devnp-\(image.name)")
        return SlowCallouts(interface: interface, clock: trace.spans) { log.write(UInt32(DRYDOCK_LOG_WARNING.rawValue), $0) }
    }

    private func attach(_ image: DriverImage, to nic: NICIdentity, _ options: MountOptions, unit: Int?) throws(DriverFailure) -> Device {
        let slot = try freeSlot()
        let name = try UnitName.choose(prefix: options.name ?? image.prefix, unit: unit, taken: Set(interfaceNames))
        return try enter(attach(image, to: nic, options, slot: slot, name: name), options, slot: slot, name: name)
    }

    /// Attaches the driver to a NIC that nobody has claimed (nil: it is a link of the host's own), as `name` in `slot`.
    func attach(_ image: DriverImage, to nic: NICIdentity?, _ options: MountOptions, slot: Int, name: String) throws(DriverFailure) -> Attachment {
        guard let nic else {
            let bus = HostBus(
                add: { [unowned self] in try loop.add($1, token: Token.interrupt(device: slot, vector: $0).rawValue) },
                remove: { [unowned self] in try? loop.remove($0) })
            return try attach(image, on: bus, slot: slot, name: name, options)
        }
        if let stock = image.stock {
            // Of its own: what is loaded for one device may be exchanged for that one alone.
            let own = DriverImage(path: image.path, stock.hello, stock: stock)
            return try attach(own, on: isolatedDevice(stock, nic, slot: slot, name: name, options), slot: slot, name: name, options)
        }
        let device: NICDevice
        do { device = try bus.claim(nic.name, for: prefixForPeople, memory: boot.packetMemory.descriptor.raw) } catch {
            throw error.errno == .busy ? .nicBusy(nic.name, holder: "another stack") : .busFailed(nic: nic.name, why: error.why)
        }
        return try attach(image, on: NICConnection(device, identity: nic), slot: slot, name: name, options)
    }

    private func attach(_ image: DriverImage, on bus: any DeviceBus, slot: Int, name: String, _ options: MountOptions) throws(DriverFailure) -> Attachment {
        boot.crashNote.name(slot: slot, driver: "devnp-\(image.name).so", interface: name, code: image.codeRange)
        let trace = DeviceTrace(writer: recorder, slot: slot, level: options.trace ?? traceLevel, hasInterrupts: !(bus is IsolatedDevice))
        trace.attached(
            interface: name, driver: "devnp-\(image.name).so", nic: bus.name, bus: bus.kind, registers: describe(image, slot: slot))
        do throws(DriverFailure) {
            let slow = slowCallouts(image, name, trace)
            let context = try DeviceContext(
                bus: bus, memory: memory, arena: arena, log: DriverLog(logger, driver: "devnp-\(image.name)"), trace: trace, slow: slow)
            let mark = unsafe CalloutMark(word: boot.crashNote.calloutWord, slot: slot, trace: trace, slow: slow)
            return try Attachment(image: image, context: context, memory: memory, options: options.driver, mark: mark)
        } catch {
            trace.detached()
            throw error
        }
    }

    private func describe(_ image: DriverImage, slot: Int) -> RegisterTable {
        let mark = unsafe CalloutMark(word: boot.crashNote.calloutWord, slot: slot)
        let entry = mark.enter(.describe)
        defer { mark.leave(entry, .describe) }
        return unsafe RegisterTable(image.describe())
    }

    /// Gives the attached device an interface, and lets it interrupt.
    private func enter(_ attachment: consuming Attachment, _ options: MountOptions, slot: Int, name: String) throws(DriverFailure) -> Device {
        let driver = attachment.image.name
        if !boot.plan.flag("forward") { attachment.joinReceived() }
        guard let index = addInterface(name: name, slot: slot, attachment.interface) else {
            attachment.detach()
            throw .badAttachment(driver: driver, why: "the stack has no room for another interface")
        }
        let device = Device(slot: slot, interface: name, index: index, attachment: attachment)
        devices[slot] = device
        device.watchTransmitter(options)
        watch(device)
        linkChanged(device)
        logger.notice("\(name): \(driver) on \(device.context.bus.name)")
        return device
    }

    func watch(_ device: Device) {
        for (vector, descriptor) in device.context.bus.interruptDescriptors.enumerated() {
            try? loop.add(descriptor, token: Token.interrupt(device: device.slot, vector: vector).rawValue)
        }
        if device.context.bus.lifeDescriptor >= 0 {
            try? loop.add(device.context.bus.lifeDescriptor, token: Token.life(device: device.slot).rawValue, [])
        }
    }

    func ignore(_ device: Device) {
        for descriptor in device.context.bus.interruptDescriptors { try? loop.remove(descriptor) }
        if device.context.bus.lifeDescriptor >= 0 { try? loop.remove(device.context.bus.lifeDescriptor) }
    }

    /// Takes interface and driver out of the stack; the image is closed when it was the last of its devices.
    func destroy(_ device: Device) {
        if !device.isClosed {
            ignore(device)
            unsafe device.attachment.pointee.stop()
        }
        removeInterface(device.index)
        devices[device.slot] = nil
        if !device.isClosed {
            let trace = device.context.trace
            device.close()
            trace.detached()
        }
        boot.crashNote.name(slot: device.slot, driver: "", interface: "")
        logger.notice("\(device.interface): destroyed")
    }
}
