internal import CLinux
internal import Glibc

/// What a stack process was doing when it died: one shared page, kept current by the process, finished by its fault
/// handler, read by its supervisor.
// SAFETY: `memory` is a whole sealed page, at least as large as the C struct laid over it; text in it is read with its
// bounds, because the process that wrote it may have been wild.
@safe public struct CrashNote: ~Copyable {
    public static let octets = 4096
    /// Drivers and callouts that the page has room for.
    public static let slots = Int(CLINUX_NOTE_SLOTS), callouts = Int(CLINUX_NOTE_CALLOUTS)

    public let memory: SharedMemory
    private var page: UnsafeMutablePointer<clinux_crash_note> {
        unsafe memory.base.assumingMemoryBound(to: clinux_crash_note.self)
    }

    /// A new, empty page: the supervisor's side.
    public static func create() throws(SystemError) -> CrashNote {
        let note = CrashNote(memory: try SharedMemory(named: "drydock-crash-note", length: octets))
        unsafe note.page.pointee.magic = UInt32(CLINUX_NOTE_MAGIC)
        return note
    }

    /// Maps a page that the supervisor handed over.
    public static func map(_ received: consuming FileDescriptor) throws(SystemError) -> CrashNote {
        let note = CrashNote(memory: try SharedMemory(received: received, length: octets))
        guard unsafe note.page.pointee.magic == UInt32(CLINUX_NOTE_MAGIC) else { throw SystemError("crash note", .invalid) }
        return note
    }

    private init(memory: consuming SharedMemory) { self.memory = memory }

    /// Lets fatal signals of this process be noted here. The note must live as long as the process.
    ///
    /// - Parameter bell: an event counter to ring then, open for as long as the process lives; the process stands still until
    ///   ``letGo()``, at most five seconds. -1: it ends at once.
    public borrowing func installFaultHandler(ringing bell: Int32 = -1) throws(SystemError) {
        guard unsafe clinux_install_fault_handler(page, bell) == 0 else { throw .last("sigaction") }
    }

    /// Lets a process that waits after a fault end. The supervisor's side.
    public borrowing func letGo() { unsafe clinux_go_on(page) }

    /// Gives the calling thread a stack of its own for the handler, so that it can report a stack overflow.
    public static func useFaultStack() throws(SystemError) {
        guard clinux_use_fault_stack() == 0 else { throw .last("sigaltstack") }
    }

    /// The word to store before a driver's callout (`word(slot:callout:)`) and to put back after it.
    public var calloutWord: UnsafeMutablePointer<UInt32> {
        unsafe UnsafeMutableRawPointer(page).advanced(by: MemoryLayout<clinux_crash_note>.offset(of: \.callout)!)
            .assumingMemoryBound(to: UInt32.self)
    }

    /// The word in which a stack's loop says since when it is awake, in nanoseconds on `MonotonicClock`; 0 before it sleeps.
    public var awakeWord: UnsafeMutablePointer<UInt64> {
        unsafe UnsafeMutableRawPointer(page).advanced(by: MemoryLayout<clinux_crash_note>.offset(of: \.awake_since)!)
            .assumingMemoryBound(to: UInt64.self)
    }

    /// What a living process says: since when its loop is awake, and the word of the callout that runs.
    public borrowing func pulse() -> (awakeSince: UInt64, callout: UInt32) {
        unsafe (page.pointee.awake_since, page.pointee.callout)
    }

    @inlinable public static func word(slot: Int, callout: Int) -> UInt32 { UInt32(slot &+ 1) << 8 | UInt32(callout & 0xff) }

    /// Names callout `number` once, at start.
    public borrowing func name(callout number: Int, _ name: String) {
        precondition((0..<Self.callouts).contains(number))
        store(name, Self.calloutOffset + number * Self.calloutOctets, Self.calloutOctets)
    }

    /// Says which driver and interface a slot stands for; empty text frees it.
    /// - Parameter code: where the driver's instructions are mapped.
    public borrowing func name(slot: Int, driver: String, interface: String, code: Range<UInt64> = 0..<0) {
        precondition((0..<Self.slots).contains(slot))
        let start = Self.slotOffset + slot * Self.slotOctets
        unsafe memory.base.storeBytes(of: code.lowerBound, toByteOffset: start, as: UInt64.self)
        unsafe memory.base.storeBytes(of: code.upperBound, toByteOffset: start + 8, as: UInt64.self)
        store(driver, start + 16, 48)
        store(interface, start + 64, 16)
    }

    private static let slotOffset = 128, slotOctets = 80
    private static let calloutOffset = 128 + 80 * Int(CLINUX_NOTE_SLOTS), calloutOctets = 32

    private borrowing func store(_ text: String, _ offset: Int, _ room: Int) {
        var octets = Array(text.utf8.prefix(room - 1))
        octets += [UInt8](repeating: 0, count: room - octets.count)
        unsafe memory.base.advanced(by: offset).copyMemory(from: octets, byteCount: room)
    }

    private borrowing func text(_ offset: Int, _ room: Int) -> String? {
        let whole = unsafe UnsafeRawBufferPointer(start: memory.base + offset, count: room)
        let octets = unsafe whole.prefix { $0 != 0 }
        // A wild process may have left anything: only what can be printed is believed.
        let text = unsafe Array(octets)
        guard !text.isEmpty, text.count < room, text.allSatisfy({ (0x20..<0x7f).contains($0) }) else { return nil }
        return String(decoding: text, as: UTF8.self)
    }
}

extension CrashNote {
    /// What the page says after a death.
    public struct Report: Equatable, Sendable {
        public enum Access: UInt32, Equatable, Sendable { case read = 1, write, execute }

        /// The fault, when the handler could note it; nil after SIGKILL, or with `-S`.
        public struct Fault: Equatable, Sendable {
            public var signal: Signal, code: Int32, address: UInt64, instruction: UInt64, thread: Int32
            /// On the calendar, in nanoseconds.
            public var at: UInt64
            /// Where, in the process, the handler was given the interrupted context and what is known of the signal.
            public var context: UInt64 = 0, information: UInt64 = 0
            /// What was tried at the address; nil: the machine does not say.
            public var access: Access?
        }
        public var fault: Fault?
        /// The driver that was running, or whose code faulted; nil when none was.
        public var driver: String?, interface: String?, callout: String?
        /// Whether the faulting instruction is the driver's own.
        public var isInDriver = false
    }

    public borrowing func read() -> Report {
        let note = unsafe page.pointee
        var report = Report()
        if note.written == 1 {
            report.fault = Report.Fault(
                signal: Signal(rawValue: note.signal), code: note.code, address: note.address, instruction: note.instruction,
                thread: note.tid, at: note.nanoseconds,
                context: note.context, information: note.information, access: Report.Access(rawValue: note.access))
        }
        let word = note.callout
        var slot: Int? = word >> 8 == 0 ? nil : Int(word >> 8) - 1
        if let at = report.fault?.instruction, let owner = (0..<Self.slots).first(where: { code($0).contains(at) }) {
            if slot != owner { slot = owner } else if word != 0 { report.callout = callout(Int(word & 0xff)) }
            report.isInDriver = true
        } else if word != 0 {
            report.callout = callout(Int(word & 0xff))
        }
        if let slot, slot < Self.slots {
            report.driver = text(Self.slotOffset + slot * Self.slotOctets + 16, 48)
            report.interface = text(Self.slotOffset + slot * Self.slotOctets + 64, 16)
        }
        return report
    }

    private borrowing func callout(_ number: Int) -> String? {
        guard number < Self.callouts else { return nil }
        return text(Self.calloutOffset + number * Self.calloutOctets, Self.calloutOctets)
    }

    private borrowing func code(_ slot: Int) -> Range<UInt64> {
        let start = Self.slotOffset + slot * Self.slotOctets
        let low = unsafe memory.base.load(fromByteOffset: start, as: UInt64.self)
        let high = unsafe memory.base.load(fromByteOffset: start + 8, as: UInt64.self)
        return low < high ? low..<high : 0..<0
    }
}
