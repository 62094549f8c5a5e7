internal import Bus
internal import Host
internal import Messages

extension NicClient {
    /// Makes a NIC: its process, and its name under the runtime directory. Nothing is left when that fails.
    static func start(_ boot: NICBoot) throws(ToolFailure) {
        do { try NICStarter.start(boot) } catch { throw ToolFailure(error) }
    }
}
