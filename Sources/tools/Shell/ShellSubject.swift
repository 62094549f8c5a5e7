internal import Dossier
internal import Messages
internal import Recorder
internal import Shell

/// What a shell looks at: a stack that lives, or what one has left.
protocol ShellSubject: AnyObject {
    /// For a person: `/sock2, process 4711`.
    var title: String { get }
    func target(isReadOnly: Bool) -> InspectedTarget
    /// All threads at one moment, with their stacks.
    func threads() throws(ShellError) -> CoreImage
    /// Their calls by name.
    func stacks(_ core: CoreImage) -> [Dossier.ThreadStack]
    /// The interfaces with a device, by name.
    func devices() throws(ShellError) -> [String: RecordedDevice]
    /// The hardware behind an interface.
    func look(_ interface: String) throws(ShellError) -> NICLook
    /// Cable, counters, broken rules of the NIC behind an interface.
    func status(_ interface: String) throws(ShellError) -> NICStatus
    /// Why it died; nil: it lives.
    var dossier: Dossier? { get }
    /// What the flight recorder holds.
    func past() throws(ShellError) -> RecordedPast
    /// Stores octets into a register by its full name: `em0.CTRL`.
    func storeRegister(_ name: String, _ octets: [UInt8]) throws(ShellError)
    /// The stack, for what only it can say.
    func stack() throws(ShellError) -> StackClient
    /// Why nothing can be read any more; nil: it can.
    var end: String? { get }
}

extension ToolFailure {
    /// The same as a shell's error.
    var shell: ShellError { .refused((what.isEmpty ? "" : "\(what): ") + why + (fix.isEmpty ? "" : "; \(fix)")) }
}
