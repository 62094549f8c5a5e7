import CDriver
import DriverKit
import RTL8139Registers

/// A device just good enough to run the driver against, with faults to switch on.
final class FakeRTL8139: FakeDevice {
    let host: TestHost
    var octets = [UInt8](repeating: 0, count: 256)
    var address: [UInt8] = [0x52, 0x54, 0x00, 0x12, 0x34, 0x56]
    /// Where the device writes next, and where the driver has read to.
    var write = 0, read = 0
    var nextTransmit = 0
    var sent: [[UInt8]] = []
    /// Accesses of a wrong width or at a place without register; stores of what was forbidden.
    var offences: [String] = []
    var resets = 0, storesOfCAPR = 0

    // Faults
    var gone = false, resetHangs = false, loadHangs = false, transmitHangs = false
    /// TSD bits that the next transmission ends with instead of TOK.
    var outcome: UInt32?

    private let table = RegisterTable<RTL8139Register>()

    init(device: UInt16 = 0x8139) {
        host = lowHost(drydock_identity(vendor: 0x10EC, device: device, subsystem_vendor: 0, subsystem_device: 0, revision: 0x20,
                                        class_code: 2, subclass: 0, programming_interface: 0))
        host.regionLength = { $0 == 1 ? 256 : 0 }
        powerOn()
        self[.bmcr] = 0x1100
        self[.bmsr] = 0x782D
        self[.anar] = 0x01E1
        self[.anlpar] = 0x05E1
        host.regionLoad = { [unowned self] in load($0, $1, $2) }
        host.regionStore = { [unowned self] in store($0, $1, $2, $3) }
    }

    func powerOn() {
        resets += 1
        for register in [RTL8139Register.cr, .imr, .isr, .rcr, .mpc, .rbstart] { self[register] = 0 }
        self[.tcr] = 0x7480_0000
        for i in UInt32(0)..<4 { put(0x10 + 4 * i, 4, TSD().own.mask) }
        (write, read, nextTransmit) = (0, 0, 0)
    }

    subscript(_ register: RTL8139Register) -> UInt32 {
        get { get(register.rawValue, register.width) }
        set { put(register.rawValue, register.width, newValue) }
    }
    func get(_ offset: UInt32, _ width: UInt32) -> UInt32 { (0..<width).reduce(0) { $0 | UInt32(octets[Int(offset + $1)]) << (8 * $1) } }
    func put(_ offset: UInt32, _ width: UInt32, _ value: UInt32) {
        for i in 0..<width { octets[Int(offset + i)] = UInt8(truncatingIfNeeded: value >> (8 * i)) }
    }

    private func check(_ region: UInt32, _ offset: UInt32, _ width: UInt32) -> RTL8139Register? {
        guard region == 1, let found = table.find(offset: offset), found.row.entry.register.width == width else {
            offences.append("access of \(width) at \(region):\(offset)")
            return nil
        }
        return found.row.entry.register
    }

    private func load(_ region: UInt32, _ offset: UInt32, _ width: UInt32) -> UInt32 {
        guard let register = check(region, offset, width), !gone else { return width == 4 ? .max : 1 << (8 * width) - 1 }
        switch register {
        case .cr: return self[.cr] & ~1 | (write == read ? 1 : 0)
        case .cbr: return UInt32(write)
        case .capr: return UInt32(truncatingIfNeeded: read - 16) & 0xFFFF
        case .tsad: return summary
        default: return get(offset, width)
        }
    }

    /// All four descriptors, as TSAD shows them.
    private var summary: UInt32 {
        let t = TSD()
        var out: UInt32 = 0
        for i in UInt32(0)..<4 {
            let status = get(0x10 + 4 * i, 4)
            if t.own.isSet(status) { out |= 1 << i }
            if t.tabt.isSet(status) { out |= 1 << (4 + i) }
            if t.tun.isSet(status) { out |= 1 << (8 + i) }
            if t.tok.isSet(status) { out |= 1 << (12 + i) }
        }
        return out
    }

    private func store(_ region: UInt32, _ offset: UInt32, _ width: UInt32, _ value: UInt32) {
        guard let register = check(region, offset, width), !gone else { return }
        let open = CR9346().eem.get(self[.cr9346]) == 3
        switch register {
        case .cr:
            if CR().rst.isSet(value) { if resetHangs { self[.cr] = value } else { powerOn() } } else { self[.cr] = value }
        case .cr9346:
            guard CR9346().eem.get(value) == 1 else { return self[.cr9346] = value }
            self[.cr9346] = loadHangs ? value : 0
            for (i, octet) in address.enumerated() { octets[i] = octet }
        case .idr0, .idr4, .bmcr:
            if !open { offences.append("\(register) written while closed") }
            put(offset, width, value)
        case .isr: self[.isr] &= ~value
        case .capr:
            storesOfCAPR += 1
            read = Int((value + 16) & 0xFFFF) % ring
        case .rcr, .tcr:
            if self[.cr] & (CR().re.mask | CR().te.mask) == 0 { offences.append("\(register) written while off") }
            put(offset, width, value)
            // As in some devices: a new configuration starts the ring again.
            if register == .rcr { (write, read) = (0, 0) }
        case .tsd0:
            put(offset, width, value & ~(TSD().own.mask | TSD().tok.mask))
            transmit()
        default: put(offset, width, value)
        }
    }

    var ring: Int { 8192 << Int(RCR().rblen.get(self[.rcr])) }

    func transmit() {
        let t = TSD()
        while CR().te.isSet(self[.cr]), !transmitHangs {
            let at = UInt32(0x10 + 4 * nextTransmit), status = get(at, 4)
            guard !t.own.isSet(status), t.size.get(status) > 0 else { return }
            let length = Int(t.size.get(status)), address = get(at + 0x10, 4)
            if address & 3 != 0 { offences.append("transmit address not a multiple of 4") }
            if length < 60 { offences.append("\(length) octets: too short") }
            if let memory = unsafe host.memory(UInt64(address), length) {
                sent.append(unsafe Array(UnsafeRawBufferPointer(start: memory, count: length)))
            } else { offences.append("transmit address outside memory") }
            put(at, 4, status | t.own.mask | (outcome ?? t.tok.mask))
            self[.isr] |= outcome == nil ? Causes().tok.mask : Causes().ter.mask
            if outcome.map(t.tabt.isSet) == true { return }
            nextTransmit = (nextTransmit + 1) % 4
        }
    }

    /// Puts a frame into the ring. False when there is no room.
    @discardableResult
    func receive(_ frame: [UInt8], status: UInt32 = ReceivedFrame.ok, claim: Int? = nil) -> Bool {
        guard CR().re.isSet(self[.cr]) else { return false }
        let room = (read - write + ring) % ring, step = (frame.count + 4 + 4 + 3) & ~3
        guard room == 0 || step + 4 < room else {
            self[.isr] |= Causes().rxovw.mask
            self[.mpc] += 1
            return false
        }
        let base = UInt64(self[.rbstart])
        let memory = unsafe host.memory(base, ring + 16 + 2048)!
        unsafe memory.storeBytes(of: status | UInt32(claim ?? frame.count + 4) << 16, toByteOffset: write, as: UInt32.self)
        for (i, octet) in (frame + [1, 2, 3, 4]).enumerated() { unsafe memory.storeBytes(of: octet, toByteOffset: write + 4 + i, as: UInt8.self) }
        write = (write + step) % ring
        self[.isr] |= Causes().rok.mask
        return true
    }

    /// Ends the frame that was claimed unfinished.
    func setLink(_ up: Bool) {
        self[.msr] = up ? 0 : MSR().linkb.mask
        self[.isr] |= Causes().pun.mask
    }
}
