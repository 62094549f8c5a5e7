internal import Host
internal import NICModels
internal import Recorder

/// What the hardware itself sees: rules broken, words of QEMU. A flight recorder beside the stack's, with the same clock,
/// so that a reader puts both in one order; it outlives the stack and the driver.
// SAFETY: the writer stays within `memory`, which lives as long.
@safe final class HardwareRecorder {
    private static let ring = 256 << 10
    let memory: SharedMemory
    private let writer: RecorderWriter

    /// nil: there is no memory for it, which is no reason to have no NIC.
    init?(nic: String, specification: String) {
        guard let memory = try? SharedMemory(named: "drydock-recorder", length: RecorderLayout.length(ring: Self.ring)) else { return nil }
        unsafe RecorderLayout.format(memory.base, ring: Self.ring)
        guard let writer = unsafe RecorderWriter(memory: memory.base, length: memory.length) else { return nil }
        let bus = specification.split(separator: ":").first.map(String.init) ?? "sim"
        self.memory = memory
        self.writer = writer
        writer.attach(slot: 0, interface: "", driver: "", nic: nic, bus: bus, registers: RegisterTable())
    }

    func note(_ text: String) { writer.text(.note, text, slot: 0) }

    func report(_ violation: Violation) {
        let value = String(violation.value, radix: 16)
        writer.text(.violation, "\(violation.rule.rawValue): \(violation.subject) = 0x\(value): \(violation.text) (\(violation.section))", slot: 0)
    }
}
