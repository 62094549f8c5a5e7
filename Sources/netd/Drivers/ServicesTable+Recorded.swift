import CDriver
import Recorder

/// The services of a device that is being recorded: those that touch it, each followed by its event. The address of a region
/// is not given: an access that nobody sees cannot be told of.
// SAFETY: as for the table; `host` is the context that made it.
extension ServicesTable {
    static func fillRecorded(_ table: inout drydock_services) {
        unsafe table.region_address = { _, _ in nil }
        unsafe table.load = { host, region, offset, width in
            unsafe Unmanaged<DeviceContext>.fromOpaque(host.unsafelyUnwrapped)._withUnsafeGuaranteedRef {
                let value = $0.bus.load(region: region, offset: offset, width: width)
                $0.trace.access(.load, region: region, offset: offset, width: width, value: value)
                return value
            }
        }
        unsafe table.store = { host, region, offset, width, value in
            unsafe Unmanaged<DeviceContext>.fromOpaque(host.unsafelyUnwrapped)._withUnsafeGuaranteedRef {
                // Before it takes effect: a store that kills is the last that is seen.
                $0.trace.access(.store, region: region, offset: offset, width: width, value: value)
                $0.bus.store(region: region, offset: offset, width: width, value: value)
            }
        }
        unsafe table.config_read = { host, offset, width in
            unsafe Unmanaged<DeviceContext>.fromOpaque(host.unsafelyUnwrapped)._withUnsafeGuaranteedRef {
                let value = $0.bus.configLoad(offset: offset, width: width)
                $0.trace.access(.configLoad, region: 0, offset: offset, width: width, value: value)
                return value
            }
        }
        unsafe table.config_write = { host, offset, width, value in
            unsafe Unmanaged<DeviceContext>.fromOpaque(host.unsafelyUnwrapped)._withUnsafeGuaranteedRef {
                $0.trace.access(.configStore, region: 0, offset: offset, width: width, value: value)
                $0.bus.configStore(offset: offset, width: width, value: value)
            }
        }
    }
}
