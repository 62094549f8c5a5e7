internal import Host
internal import Messages
internal import Shell

/// Something whose frames can be captured: an interface of a stack, or a NIC, whatever drives it.
struct CaptureTarget: Codable, Equatable {
    /// What it is called from anywhere: `sock2:em0`, `default:em0`, `em-a`.
    var name: String
    /// The stack's prefix, empty for the default stack; nil: this is the NIC itself.
    var prefix: String?
    /// The stack's name for it.
    var interface: String?
    /// Whose process sees the frames; empty: none of ours does.
    var nic: String
    /// How the NIC was made: `sim:82540em`.
    var hardware: String
    var cable: String?
    /// Why it cannot be captured; nil: it can.
    var obstacle: String?
    /// Out of the stack's flight recorder: the beginning of each frame only.
    var isRecorded = false

    /// Where frames are seen by a process of ours.
    init(_ nic: NICStatus, interface: String? = nil, of stack: FolderName? = nil) {
        name = stack.flatMap { stack in interface.map { "\(stack):\($0)" } } ?? nic.identity.name
        (prefix, self.interface) = (stack?.prefix, interface)
        (self.nic, hardware, cable) = (nic.identity.name, nic.identity.specification, nic.cable)
        guard nic.place != nil else { return }
        if interface != nil { isRecorded = true } else { obstacle = "a real card: capture the interface of the stack that has it" }
    }

    /// An interface that has no NIC of ours.
    init(_ interface: String, of stack: FolderName, hardware: String, obstacle: String?) {
        name = "\(stack):\(interface)"
        (prefix, self.interface, nic, cable) = (stack.prefix, interface, "", nil)
        (self.hardware, self.obstacle, isRecorded) = (hardware, obstacle, obstacle == nil)
    }

    /// Where its frames pass.
    var path: String { isRecorded ? "flight recorder: frames are cut" : cable.map { "cable \($0)" } ?? "no cable" }

    /// The interface's name in the capture.
    var title: String { interface ?? nic }

    static func table(_ list: [CaptureTarget]) -> String {
        func line(_ cells: String...) -> String {
            Column.line(zip(cells, [20, 12, 22, 0]).map { Column.left($0, $1) })
        }
        guard !list.isEmpty else { return "there is nothing to capture; make a NIC: nic add em-a sim:82540em\n" }
        return list.reduce(line("NAME", "NIC", "HARDWARE", "CABLE")) { text, target in
            text + line(target.name, target.nic.isEmpty ? "-" : target.nic, target.hardware, target.obstacle.map { "(\($0))" } ?? (target.isRecorded ? target.path : target.cable ?? "-"))
        }
    }
}

/// Everything that can be captured, and what a word means of it.
struct CaptureTargets {
    let runtime: RuntimeDirectory
    let patience: Duration

    /// Interfaces with a medium of their own, of every stack that answers, then all NICs.
    var all: [CaptureTarget] {
        let stacks = runtime.live(.stack).flatMap { live in (try? interfaces(StackClient(runtime, live.name, patience: patience))) ?? [] }
        let nics = runtime.live(.nic).compactMap { live in
            (try? NicClient(live.name.text, runtime, patience).status()).map { CaptureTarget($0) }
        }
        return stacks + nics
    }

    func interfaces(_ stack: StackClient) throws(ToolFailure) -> [CaptureTarget] {
        var list: [CaptureTarget] = []
        for interface in try stack.interfaces() where interface.media != nil && interface.vlan == nil {
            list.append(try target(interface.name, stack))
        }
        return list
    }

    private func target(_ interface: String, _ stack: StackClient) throws(ToolFailure) -> CaptureTarget {
        guard case .hardware(let report) = try stack.ask(.hardware(interface: interface)) else { throw stack.nonsense }
        if report.bus == "host" {
            return CaptureTarget(interface, of: stack.name, hardware: report.driver, obstacle: nil)
        }
        do throws(ToolFailure) {
            return CaptureTarget(try NicClient(report.nic, runtime, patience).status(), interface: interface, of: stack.name)
        } catch {
            return CaptureTarget(interface, of: stack.name, hardware: report.nic, obstacle: error.why)
        }
    }

    // MARK: One by its name

    /// - Parameter word: an interface of the stack that `selected` names, a NIC, or `sock2:em0` for another stack's.
    /// - Throws: what is there instead; exit code 1.
    func find(_ word: String, selected: FolderName) throws(ToolFailure) -> CaptureTarget {
        let isThere = runtime.live(.stack, selected) != nil
        if isThere, let found = try interface(word, try StackClient(runtime, selected, patience: patience)) { return found }
        if let folder = FolderName(word), runtime.live(.nic, folder) != nil {
            return CaptureTarget(try NicClient(word, runtime, patience).status())
        }
        if let (stack, name) = Self.parts(word) {
            let client = try StackClient(runtime, stack, patience: patience)
            if let found = try interface(name, client) { return found }
        }
        throw unknown(word, selected, isThere)
    }

    /// Nil: the stack has none of that name.
    private func interface(_ name: String, _ stack: StackClient) throws(ToolFailure) -> CaptureTarget? {
        guard let report = try stack.interfaces().first(where: { $0.name == name }) else { return nil }
        if let vlan = report.vlan {
            throw ToolFailure(name, "its frames are on \(vlan.parent)'s cable", "capture \(vlan.parent); the filter is: vlan \(vlan.tag)")
        }
        guard report.media != nil else { throw ToolFailure(name, "it has no cable: its frames never leave the stack", "see: drydock capture --list") }
        return try target(name, stack)
    }

    /// `sock2:em0`, `/sock2:em0`.
    static func parts(_ word: String) -> (FolderName, String)? {
        guard let colon = word.lastIndex(of: ":") else { return nil }
        let stack = word[..<colon], name = String(word[word.index(after: colon)...])
        let prefix = stack == "default" ? "" : stack.hasPrefix("/") ? String(stack) : "/" + stack.split(separator: "%").joined(separator: "/")
        guard !stack.isEmpty, !name.isEmpty, let folder = FolderName(prefix: prefix) else { return nil }
        return (folder, name)
    }

    private func unknown(_ word: String, _ selected: FolderName, _ isThere: Bool) -> ToolFailure {
        let known = all
        let own = known.filter { isThere && $0.prefix == selected.prefix }.compactMap(\.interface)
        let nearest = NearestNames.of(word, among: own + known.map(\.name))
        let why = isThere ? "neither an interface of \(StackClient.title(selected)) nor a NIC" : "no NIC has that name, and \(StackClient.title(selected)) does not run"
        return ToolFailure(word, why, (nearest.isEmpty ? "" : "perhaps \(nearest.joined(separator: ", ")); ") + "see: drydock capture --list")
    }
}
