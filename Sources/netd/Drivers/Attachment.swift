import CDriver
import Glibc
import Host
import Messages
package import Rings

/// One device that a driver drives for this stack: the callouts, the driver's instance, and the buffers on their way.
///
/// It stays at one address from attach to detach; the frame path below it keeps no class and allocates nothing.
// SAFETY: `table` and `instance` are the image's and the driver's; `image` and `context` outlive them. `batch` and
// `waiting` hold `Attachment.burst` buffers each.
@safe package struct Attachment: ~Copyable {
    /// Buffers moved in one callout.
    static let burst = 64
    /// Buffers of one frame at most: what a driver may count on having room for (drydock_driver.h).
    static let longestFrame = 40

    let image: DriverImage
    let context: DeviceContext
    let memory: PacketMemory
    let table: drydock_driver
    let instance: UnsafeMutableRawPointer
    let batch: UnsafeMutablePointer<drydock_buffer>
    /// Frames that the driver would not take, in order; offered again before any other.
    let waiting: UnsafeMutablePointer<drydock_buffer>
    var waitingCount = 0
    var interface: drydock_interface
    /// Empty buffers that the driver holds for receive.
    var receiveHeld = 0
    /// Buffers that the driver holds for transmit.
    var transmitHeld = 0
    var running = false
    /// Frames lost between driver and stack, each counted once.
    var drops = AttachmentDrops()
    var current: CalloutMark
    /// Frames that the driver ever gave back as sent.
    var transmitReturned: UInt64 = 0
    /// Buffers moved, both ways, since this was last taken.
    var traffic = 0

    /// Brings the device up to where `start` may be called. On failure nothing is left: the claim is released.
    package init(image: DriverImage, context: DeviceContext, memory: PacketMemory, options: String, mark: CalloutMark) throws(DriverFailure) {
        var made: UnsafeMutableRawPointer?
        var interface = drydock_interface()
        context.speak(contract: image.contract)
        let entry = mark.enter(.attach)
        let status = unsafe image.table.pointee.attach(context.services, options, &made, &interface)
        mark.leave(entry, .attach, result: status)
        guard status == 0 else {
            let said = context.said?.text
            context.close()
            throw .attachFailed(driver: image.name, nic: context.bus.name, errno: status < 0 ? -status : EIO, said: said)
        }
        guard let instance = unsafe made else {
            context.close()
            throw .badAttachment(driver: image.name, why: "attach succeeded without an instance")
        }
        if let why = Self.fault(in: interface) {
            unsafe image.table.pointee.detach(instance)
            context.close()
            throw .badAttachment(driver: image.name, why: why)
        }
        interface.capabilities &= Contract.capabilities(image.contract)
        interface.enabled &= Contract.capabilities(image.contract)
        (self.image, self.context, self.memory) = (image, context, memory)
        unsafe table = image.table.pointee
        unsafe (self.instance, self.interface) = (instance, interface)
        unsafe (batch, waiting) = (.allocate(capacity: Self.burst), .allocate(capacity: Self.burst))
        current = mark
    }

    deinit {
        unsafe batch.deallocate()
        unsafe waiting.deallocate()
    }

    static func fault(in interface: drydock_interface) -> String? {
        let mac = interface.mac
        if mac.0 & 1 == 1 { return "its MAC address is a group address" }
        if mac.0 | mac.1 | mac.2 | mac.3 | mac.4 | mac.5 == 0 { return "its MAC address is zero" }
        if interface.mtu < 68 || interface.mtu > interface.maximum_mtu { return "its MTU is not within 68 and its maximum" }
        if interface.receive_slots == 0 || interface.transmit_slots == 0 { return "it wants no buffers" }
        return nil
    }
}

/// Why a frame was lost between driver and stack.
struct AttachmentDrops {
    /// The driver said the frame is bad.
    var driverError: UInt64 = 0
    /// Lengths, slots or chains that cannot be.
    var malformed: UInt64 = 0
    /// No slot for a chained frame.
    var noMemory: UInt64 = 0
    /// The driver gave a frame back unsent.
    var unsent: UInt64 = 0
    /// The interface was stopped with frames in flight.
    var stopped: UInt64 = 0
}

extension Attachment {
    /// Lets the device run: buffers to receive into, then `start`.
    package mutating func start() -> Int32 {
        guard !running else { return 0 }
        let entry = current.enter(.start)
        let status = unsafe table.start(instance)
        current.leave(entry, .start, result: status)
        guard status == 0 else { return status < 0 ? -status : EIO }
        running = true
        refill()
        return 0
    }

    /// Stops the device and takes every buffer back.
    mutating func stop() {
        guard running else { return }
        let entry = current.enter(.stop)
        current.leave(entry, .stop, result: unsafe table.stop(instance))
        running = false
        drainReceive()
        drainTransmit()
        for k in 0..<waitingCount {
            recycle(unsafe waiting[k].slot)
            drops.stopped &+= 1
        }
        waitingCount = 0
    }

    /// The last call: the driver is gone after it.
    consuming func detach() {
        stop()
        let entry = current.enter(.detach)
        unsafe table.detach(instance)
        current.leave(entry, .detach)
        if receiveHeld + transmitHeld > 0 {
            context.note(severity: UInt32(DRYDOCK_LOG_WARNING.rawValue),
                         "\(receiveHeld + transmitHeld) buffers did not come back from the driver; taken back")
        }
        context.close()
    }

    private mutating func drainReceive() {
        while true {
            let count = unsafe min(Int(table.return_receive(instance, batch, UInt32(Self.burst))), Self.burst)
            guard count > 0 else { return }
            for k in 0..<count { recycle(unsafe batch[k].slot) }
            receiveHeld = max(0, receiveHeld - count)
        }
    }

    private mutating func drainTransmit() {
        while true {
            let count = unsafe min(Int(table.return_transmit(instance, batch, UInt32(Self.burst))), Self.burst)
            guard count > 0 else { return }
            for k in 0..<count {
                if unsafe batch[k].flags & UInt16(DRYDOCK_BUFFER_FAILED | DRYDOCK_BUFFER_UNUSED) != 0 { drops.stopped &+= 1 }
                recycle(unsafe batch[k].slot)
            }
            transmitHeld = max(0, transmitHeld - count)
        }
    }

    /// Gives a slot back to its pool.
    func recycle(_ slot: UInt32) { _ = memory.adopt(slot: slot) }
}
