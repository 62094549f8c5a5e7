import Bus
import CDriver
import Host
import Logging
import Messages
import Stack

/// `mount --reload`: another build of the driver under an interface, which itself is not touched: neither its addresses, routes and
/// neighbours nor a socket. A build that does not attach, or does not take over what is set, leaves the previous one.
// SAFETY: `stack` and `attachment` are the process's own, on this thread (Netd, Device).
extension Netd {
    /// - Parameter options: all that the driver is mounted with; nil: those that it has.
    func reload(_ interface: String, _ path: String, options: String?) throws(Failure) -> MountedInterface {
        guard let device = device(try index(interface)) else {
            throw Failure(.notSupported, what: "reload \(interface)", why: "it has no driver", fix: "see them: drydock instances, ifconfig -l")
        }
        do throws(DriverFailure) {
            let text = options ?? device.options, wanted = try MountOptions(text), before = try MountOptions(device.options)
            generation += 1
            let image = wanted.isIsolated
                ? try isolatedImage(path) : try DriverImage(path: path, generation: generation, folder: boot.words.folder, keepsName: true)
            let nic = try place(of: device, for: image, wanted)
            let version = device.image.version
            try exchange(device, Build(image: image, options: wanted), Build(image: device.image, options: before), nic)
            device.options = text
            logger.notice("\(interface): \(image.name) \(image.version) drives it in place of \(version)")
        } catch {
            logger.error("reload \(interface): \(error.failure)")
            throw error.failure
        }
        return MountedInterface(interface: interface, nic: device.context.bus.name, driver: device.image.name)
    }

    /// A driver, and how it is mounted.
    private struct Build {
        var image: DriverImage
        var options: MountOptions
    }

    /// The NIC that the other build is to have, which is the present one's; nil: both need none.
    private func place(of device: Device, for image: DriverImage, _ options: MountOptions) throws(DriverFailure) -> NICIdentity? {
        guard image.needsNoDevice == device.image.needsNoDevice else {
            throw .badAttachment(driver: image.name, why: "one of the two drives a NIC and the other a link of the host's own")
        }
        if image.needsNoDevice { return nil }
        let name = device.context.bus.name, identity: NICIdentity
        do { identity = try bus.identify(name) } catch { throw .busFailed(nic: name, why: error.why) }
        guard matches(image, identity) else {
            throw .notMatched(driver: image.name, nic: name, vendor: identity.vendor, device: identity.device)
        }
        return identity
    }

    private func exchange(_ device: Device, _ next: Build, _ last: Build, _ nic: NICIdentity?) throws(DriverFailure) {
        // A driver that takes the stack along is not to be what the stack that follows begins with.
        keepPrevious(device)
        defer {
            device.fallback = nil
            plan.changed()
        }
        takeOut(device)
        do throws(DriverFailure) { try putIn(next, device, nic) } catch {
            do throws(DriverFailure) { try putIn(last, device, nic) } catch let again {
                destroy(device)
                throw .refusedByHost(Failure(
                    .io, what: "reload \(device.interface)", why: "\(error.failure.why); and the previous build does not attach any more: \(again.failure.why)",
                    fix: "the interface is gone; mount a driver for it"))
            }
            logger.notice("\(device.interface): the previous build drives it again")
            let failure = error.failure
            throw .refusedByHost(Failure(
                Errno(rawValue: failure.code), what: "reload \(device.interface): \(failure.what)", why: failure.why, fix: "the previous build drives it again"))
        }
    }

    /// Has the plan name a copy of the present driver, whatever has become of its file.
    private func keepPrevious(_ device: Device) {
        guard let kept = device.image.kept else { return }
        let path = "\(boot.words.folder)/previous-\(device.interface).so"
        FileSystem.remove(path)
        do throws(SystemError) { try FileSystem.copy(kept, to: path, most: 256 << 20) } catch {
            return logger.error("\(device.interface): no copy of its driver is kept: \(error)")
        }
        device.fallback = path
        plan.changed()
        keepPlan()
    }

    private func takeOut(_ device: Device) {
        ignore(device)
        let trace = device.context.trace
        device.retire()
        trace.detached()
    }

    private func putIn(_ build: Build, _ device: Device, _ nic: NICIdentity?) throws(DriverFailure) {
        device.install(try attach(build.image, to: nic, build.options, slot: device.slot, name: device.interface))
        device.watchTransmitter(build.options)
        watch(device)
        do throws(DriverFailure) { try furnish(device) } catch {
            takeOut(device)
            throw error
        }
        device.isBusy = true
        linkChanged(device)
    }

    /// Tells a fresh driver what the one before had been told.
    private func furnish(_ device: Device) throws(DriverFailure) {
        guard let state = interfaces[device.index], let one = listing(device.index) else { return }
        func ask(_ callout: String, _ status: Int32) throws(DriverFailure) {
            guard status != 0 else { return }
            throw .badAttachment(driver: device.image.name, why: "it refuses \(callout), which the interface needs: \(DriverFailure.text(status))")
        }
        if !boot.plan.flag("forward") { unsafe device.attachment.pointee.joinReceived() }
        let made = unsafe device.attachment.pointee.interface
        if one.mtu != device.firstMTU { try ask("an MTU of \(one.mtu)", unsafe device.attachment.pointee.setMTU(UInt32(one.mtu))) }
        let enabled = state.enabled & made.capabilities
        if enabled != made.enabled { try ask("these offloads", unsafe device.attachment.pointee.setOffloads(enabled)) }
        unsafe device.attachment.pointee.interface.enabled = enabled
        if case .media(let word, let duplex)? = state.media, let media = try? Media.parse(word, duplex, device.interface) {
            try ask("media \(word)", unsafe device.attachment.pointee.setMedia(media))
        }
        if one.isUp {
            applyFilter(device.index)
            try ask("to start", unsafe device.attachment.pointee.start())
        }
        interfaces[device.index]?.capabilities = made.capabilities
        interfaces[device.index]?.enabled = enabled
        unsafe try? stack.pointee.setCapabilities(device.index, CapabilityNames.stackCapabilities(enabled))
    }
}
