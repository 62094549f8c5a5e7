import CDriver
import Glibc

/// The contract's callouts of a driver that runs elsewhere. Each finds its ``IsolatedDevice`` and does what its Swift twin says.
// SAFETY: `attach` is called with the services of a context whose bus is an IsolatedDevice; the instance is that device, which the
// context keeps alive until after `detach`.
enum IsolatedTable {
    /// The caller deallocates it. Its words are the image's.
    static func make(contract: UInt32) -> UnsafePointer<drydock_driver> {
        let made = UnsafeMutablePointer<drydock_driver>.allocate(capacity: 1)
        unsafe made.initialize(to: drydock_driver())
        unsafe made.pointee.abi = contract
        unsafe made.pointee.size = UInt32(MemoryLayout<drydock_driver>.size)
        unsafe life(&made.pointee)
        unsafe frames(&made.pointee)
        unsafe control(&made.pointee)
        return unsafe UnsafePointer(made)
    }

    private static func life(_ table: inout drydock_driver) {
        unsafe table.match = { _ in 0 }
        unsafe table.attach = { services, options, instance, interface in
            guard let host = unsafe services?.pointee.host, let options = unsafe options, let instance = unsafe instance, let interface = unsafe interface
            else { return -EINVAL }
            let context = unsafe Unmanaged<DeviceContext>.fromOpaque(host).takeUnretainedValue()
            guard let device = context.bus as? IsolatedDevice else { return -EINVAL }
            let status = unsafe device.attach(context, String(cString: options), &interface.pointee)
            if status == 0 { unsafe instance.pointee = Unmanaged.passUnretained(device).toOpaque() }
            return status
        }
        unsafe table.start = { unsafe device($0).start() }
        unsafe table.stop = { unsafe device($0).stop() }
        unsafe table.detach = { unsafe device($0).detach() }
        unsafe table.quiesce = { unsafe device($0).letGo() }
    }

    // Bursts come this way: without a retain.
    private static func frames(_ table: inout drydock_driver) {
        unsafe table.provide_receive = { instance, buffers, count in
            unsafe Unmanaged<IsolatedDevice>.fromOpaque(instance.unsafelyUnwrapped)._withUnsafeGuaranteedRef {
                unsafe $0.provide(buffers.unsafelyUnwrapped, Int(count), for: .receive)
            }
        }
        unsafe table.provide_transmit = { instance, buffers, count in
            unsafe Unmanaged<IsolatedDevice>.fromOpaque(instance.unsafelyUnwrapped)._withUnsafeGuaranteedRef {
                unsafe $0.provide(buffers.unsafelyUnwrapped, Int(count), for: .transmit)
            }
        }
        unsafe table.return_receive = { instance, buffers, room in
            unsafe Unmanaged<IsolatedDevice>.fromOpaque(instance.unsafelyUnwrapped)._withUnsafeGuaranteedRef {
                unsafe $0.takeReceived(buffers.unsafelyUnwrapped, Int(room))
            }
        }
        unsafe table.return_transmit = { instance, buffers, room in
            unsafe Unmanaged<IsolatedDevice>.fromOpaque(instance.unsafelyUnwrapped)._withUnsafeGuaranteedRef {
                unsafe $0.takeSent(buffers.unsafelyUnwrapped, Int(room))
            }
        }
        unsafe table.interrupt = { unsafe device($0).interrupt($1) }
        unsafe table.timer = { unsafe device($0).timer($1) }
    }

    private static func control(_ table: inout drydock_driver) {
        unsafe table.set_filter = { instance, filter in
            guard let filter = unsafe filter else { return -EINVAL }
            return unsafe device(instance).setFilter(DriverFilter(filter.pointee))
        }
        unsafe table.get_media = { instance, out in
            guard let out = unsafe out else { return -EINVAL }
            unsafe out.pointee = device(instance).media()
            return 0
        }
        unsafe table.set_media = { instance, media in
            guard let media = unsafe media else { return -EINVAL }
            return unsafe device(instance).setMedia(media.pointee)
        }
        unsafe table.set_offloads = { unsafe device($0).setOffloads($1) }
        unsafe table.set_mtu = { unsafe device($0).setMTU($1) }
        unsafe table.statistics = { instance, out in
            guard let out = unsafe out else { return -EINVAL }
            unsafe out.pointee = device(instance).statistics()
            return 0
        }
    }
}

// SAFETY: as above.
private func device(_ instance: UnsafeMutableRawPointer?) -> IsolatedDevice {
    unsafe Unmanaged<IsolatedDevice>.fromOpaque(instance.unsafelyUnwrapped).takeUnretainedValue()
}

extension DriverFilter {
    // SAFETY: the contract's arrays have as many elements as their counts say, for the length of the call.
    init(_ filter: drydock_filter) {
        unsafe promiscuous = filter.flags & DRYDOCK_FILTER_PROMISCUOUS != 0
        unsafe allMulticast = filter.flags & DRYDOCK_FILTER_ALL_MULTICAST != 0
        let m = unsafe filter.mac
        mac = [m.0, m.1, m.2, m.3, m.4, m.5]
        if let groups = unsafe filter.multicast {
            multicast = unsafe (0..<Int(filter.multicast_count)).map { k in
                let g = unsafe groups[k]
                return [g.0, g.1, g.2, g.3, g.4, g.5]
            }
        }
        if let tags = unsafe filter.vlans { vlans = unsafe (0..<Int(filter.vlan_count)).map { unsafe tags[$0] } }
    }
}
