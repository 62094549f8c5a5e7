internal import Host
internal import Messages

/// A NIC's process, as `nic` talks to it.
final class NicClient {
    private let name: String
    private let pid: Int32
    private let connection: Connection
    private let patience: Duration

    init(_ name: String, _ runtime: RuntimeDirectory, _ patience: Duration) throws(ToolFailure) {
        (self.name, self.patience) = (name, patience)
        guard let folder = FolderName(name), let live = runtime.live(.nic, folder) else {
            let others = runtime.live(.nic).map(\.name.text)
            throw ToolFailure(name, "no such NIC", others.isEmpty ? "make it: nic add \(name) sim:82540em" : "there are: \(others.joined(separator: ", "))")
        }
        pid = live.pid
        do { connection = try Connection(path: "\(live.path)/control", timeout: patience) } catch {
            if case .timedOut = error { throw Self.hung(name, live.pid) }
            throw ToolFailure(error.failure(name, of: "the NIC (pid \(live.pid))"))
        }
    }

    func ask(_ request: NICRequest, descriptors: [Int32] = []) throws(ToolFailure) -> NICReply {
        do {
            return try connection.send(request, descriptors: descriptors, timeout: patience, what: "nic \(name)").reply
        } catch {
            if case .timedOut = error { throw Self.hung(name, pid) }
            throw ToolFailure(error.failure(name, of: "the NIC (pid \(pid))"))
        }
    }

    func order(_ request: NICRequest, descriptors: [Int32] = []) throws(ToolFailure) {
        guard case .done = try ask(request, descriptors: descriptors) else { throw nonsense }
    }

    func status() throws(ToolFailure) -> NICStatus {
        guard case .status(let status) = try ask(.status) else { throw nonsense }
        return status
    }

    /// The device as it is, without its driver.
    func look(_ part: NICLook.Part) throws(ToolFailure) -> NICLook {
        guard case .look(let look) = try ask(.look(part)) else { throw nonsense }
        return look
    }

    /// A register's value, as far as seeing it changes nothing.
    func peek(region: UInt8, offset: UInt32) throws(ToolFailure) -> UInt32 {
        guard case .value(let value) = try ask(.peek(region: region, offset: offset)) else { throw nonsense }
        return value
    }

    /// Stores into a register, behind the driver's back.
    func store(region: UInt32, offset: UInt32, width: UInt32, value: UInt32) throws(ToolFailure) {
        guard case .value = try ask(.store(region: region, offset: offset, width: width, value: value)) else { throw nonsense }
    }

    /// Loads a register, with what that does to the device.
    func load(region: UInt32, offset: UInt32, width: UInt32) throws(ToolFailure) -> UInt32 {
        guard case .value(let value) = try ask(.load(region: region, offset: offset, width: width)) else { throw nonsense }
        return value
    }

    /// What the hardware itself recorded.
    func recorder() throws(ToolFailure) -> ReadOnlyView {
        do {
            var answer = try connection.send(NICRequest.recorder, expecting: NICReply.self, timeout: patience, what: "nic \(name)")
            guard case .recorder(let octets) = answer.reply, let descriptor = answer.descriptors.take() else { throw nonsense }
            return try ReadOnlyView(received: descriptor, length: octets)
        } catch let error as ToolFailure { throw error } catch { throw ToolFailure(name, "its flight recorder cannot be read: \(error)", "") }
    }

    /// Ends the NIC, and waits until its name is free again.
    func remove() throws(ToolFailure) {
        do {
            let process = try ProcessHandle(pid)
            try order(.remove)
            guard process.waitForEnd(Deadline(in: patience)) else { throw Self.hung(name, pid) }
        } catch let error as ToolFailure {
            throw error
        } catch {
            throw ToolFailure(name, "it has ended already", "see: nic list")
        }
    }

    private var nonsense: ToolFailure {
        ToolFailure(name, "the NIC's answer does not fit the question", "remove it, and make it again with this build")
    }

    private static func hung(_ name: String, _ pid: Int32) -> ToolFailure {
        ToolFailure(name, "the NIC (pid \(pid)) does not answer", "to end it: slay -s KILL \(name)", exit: Exit.hung)
    }
}
