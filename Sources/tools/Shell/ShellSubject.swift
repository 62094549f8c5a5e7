internal import Dossier
internal import Host
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
    /// The hardware behind an interface: `part` of it at the least.
    func look(_ interface: String, _ part: NICLook.Part) throws(ShellError) -> NICLook
    /// What a register holds.
    ///
    /// - Throws: it cannot be seen from outside.
    func value(of path: RegisterPath) throws(ShellError) -> UInt64
    /// Cable, counters, broken rules of the NIC behind an interface.
    func status(_ interface: String) throws(ShellError) -> NICStatus
    /// Why it died; nil: it lives.
    var dossier: Dossier? { get }
    /// The drivers that came and went, as octets that change with each; nil: nobody knows.
    var places: [UInt8]? { get }
    /// What the flight recorder holds.
    func past() throws(ShellError) -> RecordedPast
    /// Stores octets into a register by its full name: `em0.CTRL`.
    func storeRegister(_ name: String, _ octets: [UInt8]) throws(ShellError)
    /// What the stack says of itself; or, where it does not, what a copy of its process said. Read-only requests.
    ///
    /// - Returns: with why the stack itself was not heard, said once; nil: it was.
    func ask(_ request: StackRequest) throws(ShellError) -> (reply: StackReply, instead: String?)
    /// What `mount -T` calls the stack.
    var type: String { get }
    /// For processor time.
    func processes() throws(ShellError) -> [(name: String, pid: Int32)]
    func signal(_ signal: Signal) throws(ShellError)
    /// Sets a breakpoint. - Returns: what tells of it, and holds it.
    func breakpoint(_ wanted: Breakpoint) throws(ShellError) -> BreakpointFeed
    /// What the NIC behind an interface is to do.
    func order(_ request: NICRequest, _ interface: String) throws(ShellError)
    /// Runs another tool on the same stack. - Returns: its exit status; nil: of what is dead no tool says anything.
    func runTool(_ name: String, _ words: [String], output: @escaping (String) -> Void, complaint: @escaping (String) -> Void) -> Int32?
    /// Why nothing can be read any more; nil: it can.
    var end: String? { get }
}

extension ToolFailure {
    /// The same as a shell's error.
    var shell: ShellError { .refused((what.isEmpty ? "" : "\(what): ") + why + (fix.isEmpty ? "" : "; \(fix)")) }
}
