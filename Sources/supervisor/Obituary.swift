internal import Host
internal import Messages

/// What is known of a stack's death, and the three ways in which it is told.
struct Obituary: Equatable {
    let plan: StackPlan
    let pid: Int32
    let ending: Ending
    let report: CrashNote.Report
    /// Nanoseconds since 1970.
    let at: UInt64
    /// The program that died.
    let program: String

    /// The signal that ended it, or that the fault handler saw.
    var signal: Signal? {
        if case .killed(let signal) = ending { return signal }
        return report.fault?.signal
    }

    /// One line that a program can look for. Q-53.
    var faultLine: String {
        let fault = report.fault
        return "run fault pid \(pid) tid \(fault?.thread ?? pid) signal \(signal?.rawValue ?? 0) code \(fault?.code ?? 0) "
            + "ip 0x\(hexadecimal(fault?.instruction ?? 0)) \(program)"
    }

    /// What a user reads on the terminal: who died, of what, where, and what to type.
    var sentence: String {
        let who = "\(plan.variant.rawValue): instance \(plan.instance)" + (plan.prefix.isEmpty ? "" : " (\(plan.prefix))")
        return "\(who) died: \(cause)\(place); start it again: \(plan.command)"
    }

    var cause: String {
        guard let signal else {
            if case .exited(let code) = ending { return "exit code \(code)" }
            return "it ended"
        }
        guard let fault = report.fault, [.segmentation, Signal(rawValue: 7)].contains(signal) else { return "\(signal)" }
        return "\(signal) at address 0x\(hexadecimal(fault.address))"
    }

    private var place: String {
        guard let driver = report.driver else { return "" }
        let callout = report.callout.map { ", callout \($0)" + (report.interface.map { " of \($0)" } ?? "") }
            ?? report.interface.map { ", interface \($0)" }
        return "\(report.isInDriver ? " in" : ", while in") \(driver)\(callout ?? "")"
    }

    var tombstone: Tombstone {
        var stone = Tombstone(when: Double(at) / 1e9, pid: pid, command: plan.words)
        if let signal { (stone.signal, stone.code) = (signal.rawValue, report.fault?.code ?? 0) }
        if signal == nil, case .exited(let code) = ending { stone.exitCode = code }
        (stone.address, stone.ip) = (report.fault?.address, report.fault?.instruction)
        (stone.driver, stone.callout, stone.interface) = (report.driver, report.callout, report.interface)
        return stone
    }

    private func hexadecimal(_ number: UInt64) -> String { String(number, radix: 16) }
}
