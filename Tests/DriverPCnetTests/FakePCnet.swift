import CDriver
import DriverKit
import PCnetRegisters

/// A device just good enough to run the driver against, with faults to switch on: registers behind RAP, an initialization block that it
/// reads, rings that it works through.
final class FakePCnet: FakeDevice {
    let host: TestHost
    var csr: [UInt32: UInt32] = [:], bcr: [UInt32: UInt32] = [:]
    var rap: UInt32 = 0
    var wide = false
    var address: [UInt8] = [0x52, 0x54, 0x00, 0x12, 0x34, 0x56]
    var chip: UInt32 = 0x0262_1003
    var sent: [[UInt8]] = []
    var offences: [String] = []
    var doorbells = 0, resets = 0
    private(set) var receiveAt = 0, transmitAt = 0
    private(set) var receiveSize = 0, transmitSize = 0
    private(set) var receiveRing: UInt64 = 0, transmitRing: UInt64 = 0

    // Faults
    var gone = false, neverInitialized = false, neverSuspends = false, transmitHangs = false, neverWide = false
    /// Bits that the next transmitted descriptor answers with: of TMD1 and of TMD2.
    var outcome: (control: UInt32, status: UInt32) = (0, 0)
    /// What happens on the device's side while the driver reads RAP.
    var onIndexRead: (() -> Void)?

    init(device: UInt16 = 0x2000) {
        host = lowHost(drydock_identity(vendor: 0x1022, device: device, subsystem_vendor: 0, subsystem_device: 0, revision: 0x10,
                                        class_code: 2, subclass: 0, programming_interface: 0))
        host.regionLength = { $0 == 1 ? 32 : 0 }
        host.regionLoad = { [unowned self] in load($0, $1, $2) }
        host.regionStore = { [unowned self] in store($0, $1, $2, $3) }
        reset()
        bcr[4] = 0x00C0 | 0x8000
    }

    func reset() {
        resets += 1
        wide = false
        rap = 0
        csr = [0: 4, 4: 0x0115, 88: chip & 0xFFFF, 89: chip >> 16]
        bcr[18] = 0x9001
    }

    private var c: CSR0 { CSR0() }
    var isRunning: Bool { c.strt.isSet(csr[0]!) && !c.stop.isSet(csr[0]!) }
    private var mayConfigure: Bool { c.stop.isSet(csr[0]!) || CSR5().spnd.isSet(csr[5] ?? 0) }

    private func load(_ region: UInt32, _ offset: UInt32, _ width: UInt32) -> UInt32 {
        if gone { return width == 4 ? .max : 0xFFFF }
        guard region == 1 else { offences.append("region \(region)"); return .max }
        switch (offset, width, wide) {
        case (0x14, 2, false): reset(); return 0
        case (0x14, 2, true), (0x18, 4, false): return 0 // the other mode's reset: nothing
        case (0x18, 4, true): reset(); return 0
        case (0x00, 4, true): return UInt32(address[0]) | UInt32(address[1]) << 8 | UInt32(address[2]) << 16 | UInt32(address[3]) << 24
        case (0x04, 4, true): return UInt32(address[4]) | UInt32(address[5]) << 8
        case (0x10, 4, true): return rap == 0 ? status : csr[rap] ?? 0
        case (0x14, 4, true):
            onIndexRead?()
            return rap
        case (0x1C, 4, true): return bcr[rap] ?? 0
        default:
            offences.append("load of \(width) at \(offset)")
            return .max
        }
    }

    /// CSR0 with the bits that follow from others.
    private var status: UInt32 {
        var value = csr[0]!
        if value & (c.babl.mask | c.cerr.mask | c.miss.mask | c.merr.mask) != 0 { value |= c.err.mask }
        if value & (c.tint.mask | c.rint.mask | c.miss.mask | c.merr.mask | c.idon.mask & ~CSR3().idonm.mask) != 0 { value |= c.intr.mask }
        return value
    }

    private func store(_ region: UInt32, _ offset: UInt32, _ width: UInt32, _ value: UInt32) {
        if gone { return }
        switch (offset, width, wide) {
        case (0x10, 4, false): wide = !neverWide; bcr[18]! |= neverWide ? 0 : 0x80
        case (0x10, 4, true): rap == 0 ? command(value) : configure(value)
        case (0x14, 4, true): rap = value
        case (0x1C, 4, true): bcr[rap] = rap == 4 ? value | (bcr[4]! & 0x8000) : value
        default: offences.append("store of \(width) at \(offset)")
        }
    }

    private func configure(_ value: UInt32) {
        if (8...15).contains(rap) && !mayConfigure { return offences.append("CSR\(rap) written while running") }
        if rap == 5 { csr[5] = neverSuspends ? value & ~1 : value } else { csr[rap] = value }
    }

    private func command(_ value: UInt32) {
        csr[0]! &= ~(value & 0x7F00)
        if c.stop.isSet(value) { csr[0] = 4; return }
        if c.initialize.isSet(value) && !neverInitialized { initialize() }
        if c.strt.isSet(value) { csr[0]! |= c.strt.mask | c.txon.mask | c.rxon.mask }
        csr[0] = c.iena.replacing(csr[0]!, with: c.iena.get(value))
        if c.tdmd.isSet(value) { doorbells += 1; transmit() }
    }

    private func word(_ address: UInt64) -> UInt32 {
        guard let memory = unsafe host.memory(address, 4) else { offences.append("DMA at \(address)"); return 0 }
        return unsafe memory.load(as: UInt32.self)
    }
    private func put(_ address: UInt64, _ value: UInt32) { unsafe host.memory(address, 4)!.storeBytes(of: value, as: UInt32.self) }

    private func initialize() {
        if bcr[20].map({ $0 & 0xFF }) != 2 { offences.append("SWSTYLE is not 2") }
        let block = UInt64(csr[1]! | csr[2]! << 16), first = word(block)
        csr[15] = first & 0xFFFF
        (receiveSize, transmitSize) = (1 << Int(first >> 20 & 0xF), 1 << Int(first >> 28))
        let low = word(block + 4), high = word(block + 8), filter = UInt64(word(block + 12)) | UInt64(word(block + 16)) << 32
        (csr[12], csr[13], csr[14]) = (low & 0xFFFF, low >> 16, high)
        for i in UInt32(0)..<4 { csr[8 + i] = UInt32(truncatingIfNeeded: filter >> UInt64(16 * i)) & 0xFFFF }
        (receiveRing, transmitRing) = (UInt64(word(block + 20)), UInt64(word(block + 24)))
        if receiveRing % 16 != 0 || transmitRing % 16 != 0 { offences.append("a ring is not at a multiple of 16") }
        for i in 0..<receiveSize where word(receiveRing + UInt64(i * 16) + 4) & 0xF000 != 0xF000 { offences.append("BCNT \(i) without its ones") }
        (receiveAt, transmitAt) = (0, 0)
        csr[0] = c.idon.mask | c.initialize.mask
    }

    var filter: UInt64 { (UInt32(0)..<4).reduce(0) { $0 | UInt64(csr[8 + $1] ?? 0) << UInt64(16 * $1) } }

    /// Sends what the driver has handed over.
    func transmit() {
        guard isRunning, !transmitHangs else { return }
        var frame: [UInt8] = []
        while true {
            let at = transmitRing + UInt64(transmitAt * 16), control = word(at + 4)
            guard control & PCnetDescriptor.own != 0 else {
                if !frame.isEmpty { offences.append("a frame without end") }
                return
            }
            if (control & PCnetDescriptor.start != 0) != frame.isEmpty { offences.append("STP where it does not belong") }
            if control & 0xF000 != 0xF000 { offences.append("BCNT without its ones") }
            let octets = Int(0x1000 - (control & 0xFFF))
            if let memory = unsafe host.memory(UInt64(word(at)), octets) {
                unsafe frame += UnsafeRawBufferPointer(start: memory, count: octets)
            } else { offences.append("transmit address outside memory") }
            let isLast = control & PCnetDescriptor.end != 0
            if isLast && outcome.control & PCnetDescriptor.error == 0 { sent.append(frame) }
            put(at + 8, isLast ? outcome.status : 0)
            put(at + 4, control & ~PCnetDescriptor.own | (isLast ? outcome.control : 0))
            transmitAt = (transmitAt + 1) % transmitSize
            if isLast {
                frame = []
                outcome = (0, 0)
                csr[0]! |= c.tint.mask
            }
        }
    }

    /// Puts a frame into the ring, over as many buffers as it needs. False: missed.
    @discardableResult
    func receive(_ frame: [UInt8], errors: UInt32 = 0, count: Int? = nil) -> Bool {
        guard isRunning else { return false }
        let whole = frame + [0xFC, 0x5F, 0xC5, 0xFF]
        var start = 0, isFirst = true
        while true {
            let at = receiveRing + UInt64(receiveAt * 16), control = word(at + 4)
            guard control & PCnetDescriptor.own != 0 else {
                csr[0]! |= c.miss.mask
                csr[112] = ((csr[112] ?? 0) + 1) & 0xFFFF
                return false
            }
            let octets = Int(0x1000 - (control & 0xFFF)), end = min(start + octets, whole.count)
            let memory = unsafe host.memory(UInt64(word(at)), octets)!
            for (i, octet) in whole[start..<end].enumerated() { unsafe memory.storeBytes(of: octet, toByteOffset: i, as: UInt8.self) }
            let isLast = end == whole.count
            put(at + 8, isLast ? UInt32(count ?? whole.count) : 0)
            let bits = (isFirst ? PCnetDescriptor.start : 0) | (isLast ? PCnetDescriptor.end | errors : 0)
            put(at + 4, control & 0xFFFF | bits)
            receiveAt = (receiveAt + 1) % receiveSize
            (start, isFirst) = (end, false)
            if isLast { break }
        }
        csr[0]! |= c.rint.mask
        return true
    }

    /// Receive descriptors that say that they are the device's.
    var owned: Int { (0..<receiveSize).filter { word(receiveRing + UInt64($0 * 16) + 4) & PCnetDescriptor.own != 0 }.count }

    func setLink(_ up: Bool) { bcr[4] = bcr[4]! & 0x7FFF | (up ? 0x8000 : 0) }
}
