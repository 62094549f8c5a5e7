internal import Host
internal import Messages

/// The ways in which a stack's death is told.
struct Obituary: Equatable {
    let plan: StackPlan
    let death: Death
    /// The program that died.
    let program: String

    /// One line that a program can look for. Q-53.
    var faultLine: String {
        let fault = death.report.fault
        return "run fault pid \(death.pid) tid \(fault?.thread ?? death.pid) signal \(death.signal?.rawValue ?? 0) code \(fault?.code ?? 0) "
            + "ip 0x\(hexadecimal(fault?.instruction ?? 0)) \(program)"
    }

    /// What a user reads on the terminal: who died, of what, where, and what follows.
    func sentence(_ decision: RestartPolicy.Decision) -> String {
        let who = "\(plan.variant.rawValue): instance \(plan.instance)" + (plan.prefix.isEmpty ? "" : " (\(plan.prefix))")
        return "\(who) died: \(cause)\(place); \(consequence(decision))"
    }

    func consequence(_ decision: RestartPolicy.Decision) -> String {
        switch decision {
        case .conclude(nil): "start it again: \(plan.command)"
        case .conclude(let why?): "\(why); start it again: \(plan.command)"
        case .restart(_, without: nil): "it is started again"
        case .restart(_, without: let driver?): "it is started again without \(driver)"
        case .goBack(_, let build): "it is started again \(build)"
        }
    }

    var cause: String {
        if let hung = death.hung { return "no progress for \(hung / 1_000_000) ms" }
        guard let signal = death.signal else {
            if case .exited(let code) = death.ending { return "exit code \(code)" }
            return "it ended"
        }
        guard let fault = death.report.fault, [.segmentation, Signal(rawValue: 7)].contains(signal) else { return "\(signal)" }
        return "\(signal) at address 0x\(hexadecimal(fault.address))"
    }

    var place: String {
        let report = death.report
        guard let driver = report.driver else { return "" }
        let callout = report.callout.map { ", callout \($0)" + (report.interface.map { " of \($0)" } ?? "") }
            ?? report.interface.map { ", interface \($0)" }
        return "\(report.isInDriver ? " in" : ", while in") \(driver)\(callout ?? "")"
    }

    var tombstone: Tombstone {
        let report = death.report
        var stone = Tombstone(when: Double(death.at) / 1e9, pid: death.pid, command: plan.words)
        if let signal = death.signal { (stone.signal, stone.code) = (signal.rawValue, report.fault?.code ?? 0) }
        if death.signal == nil, case .exited(let code) = death.ending { stone.exitCode = code }
        stone.access = report.fault?.access.map { "\($0)" }
        (stone.address, stone.ip) = (report.fault?.address, report.fault?.instruction)
        (stone.driver, stone.callout, stone.interface) = (report.driver, report.callout, report.interface)
        stone.hungMilliseconds = death.hung.map { $0 / 1_000_000 }
        return stone
    }

    private func hexadecimal(_ number: UInt64) -> String { String(number, radix: 16) }
}
