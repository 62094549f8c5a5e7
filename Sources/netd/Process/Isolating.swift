import Bus
import Host
import Messages
import Stack

/// `mount -o isolated`: the driver in a process of its own.
extension Netd {
    /// An image whose code is never in this process.
    func isolatedImage(_ path: String) throws(DriverFailure) -> DriverImage {
        let stock = try HostStock(path: path, packetMemory: boot.packetMemory.descriptor.raw)
        return DriverImage(path: path, stock.hello, stock: stock)
    }

    /// The device as the attachment holds it. The NIC is claimed by its `attach`.
    func isolatedDevice(_ stock: HostStock, _ nic: NICIdentity, slot: Int, name: String, _ options: MountOptions) -> IsolatedDevice {
        let environment = IsolatedDevice.Environment(
            arena: arena, mark: unsafe CalloutMark(word: boot.crashNote.calloutWord, slot: slot),
            claim: { [unowned self] in try bus.claimForAnother($0, for: prefixForPeople, memory: boot.packetMemory.descriptor.raw) },
            add: { [unowned self] vector, descriptor in
                let token = vector.map { Token.interrupt(device: slot, vector: $0) } ?? .life(device: slot)
                try? loop.add(descriptor, token: token.rawValue, vector == nil ? [] : .read)
            },
            remove: { [unowned self] in try? loop.remove($0) },
            began: { [unowned self] process, interface in
                _ = HostNews.began(HostBirth(pid: process.pid, interface: interface)).send(boot.news.raw, descriptors: [process.recorder.descriptor.raw])
            },
            bury: { [unowned self] process, death, stock in graves.take(process, death, stock, telling: boot.news.raw) },
            follow: { [unowned self] in _ = HostNews.followed($0).send(boot.news.raw) },
            goBack: { [unowned self] in provenBuild(for: $0)?.sentence })
        let device = IsolatedDevice(stock, identity: nic, interface: name, memory: memory, environment: environment, log: logger)
        device.keepsSpare = options.keepsSpare
        if let hang = options.hang { device.hangLimit = UInt64(hang) * 1_000_000 }
        keepImage(of: device)
        return device
    }
}
