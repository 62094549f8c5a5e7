internal import Host
internal import Messages

/// The flight recorders of isolated drivers' processes, the newest of each interface: for whoever looks while they run.
struct HostRecorders {
    /// As many as a message takes along.
    static let most = ReceivedDescriptors.most

    private final class One {
        let birth: HostBirth
        let memory: FileDescriptor
        init(_ birth: HostBirth, _ memory: consuming FileDescriptor) {
            self.birth = birth
            self.memory = memory
        }
    }

    private var all: [One] = []

    var births: [HostBirth] { all.map(\.birth) }

    /// A stack that has gone wild may tell anything: more than there can be push the oldest out.
    mutating func add(_ birth: HostBirth, _ memory: consuming FileDescriptor) {
        all.removeAll { $0.birth.interface == birth.interface }
        all.append(One(birth, memory))
        if all.count > Self.most { all.removeFirst(all.count - Self.most) }
    }

    /// The stack has died, and they with it.
    mutating func forget() { all = [] }

    /// Hands descriptors through which others can only read to `body`, those of ``births``.
    func giving<Result>(_ body: ([Int32]) throws(SystemError) -> Result) throws(SystemError) -> Result {
        var raw: [Int32] = []
        defer { for one in raw { _ = FileDescriptor(owning: one) } }
        for one in all { raw.append(try FileDescriptor.open("/proc/self/fd/\(one.memory.raw)", FileFlags.read).surrender()) }
        return try body(raw)
    }
}
