internal import Host

extension NicClient {
    static func start(_ name: String, _ specification: String, _ cable: String?, _ runtime: RuntimeDirectory) throws(ToolFailure) {
        throw ToolFailure(name, "not yet", "")
    }
}
