internal import Messages

/// From signal and address to a sentence's clause. The first rule that fits is the answer.
///
/// - Source: sigaction(2), "The siginfo_t argument"; Intel SDM volume 1 §3.3.7.1 for addresses that no pointer can have.
enum CauseRules {
    /// Signal numbers of Linux on every machine that we run on.
    enum Number {
        static let ill: Int32 = 4, trap: Int32 = 5, abort: Int32 = 6, bus: Int32 = 7, fpe: Int32 = 8, kill: Int32 = 9, segv: Int32 = 11, sys: Int32 = 31
        static let userOwn: ClosedRange<Int32> = -64...0
        static let kernel: Int32 = 128
    }
    /// Below it, an address is a null pointer and a field.
    static let nullOctets: UInt64 = 64 << 10
    /// The kernel's limit of addresses that processes have.
    static let mostAddress: UInt64 = 1 << 47

    static func explain(_ facts: FaultFacts) -> Explanation {
        if let why = facts.givenUp, facts.signal == nil || facts.signal == Number.kill {
            return Explanation(rule: "device-dead", verb: "declared its device dead", clause: why)
        }
        if let hang = facts.hang {
            return Explanation(rule: "hang", verb: "hung", clause: "it made no progress for \(Figure.span(hang)) and was ended")
        }
        if let why = facts.ended {
            let isStall = why.hasPrefix(Tombstone.Isolated.stoodStill)
            return Explanation(rule: isStall ? "stalled-transmitter" : "ended", verb: "was ended by its stack", clause: why)
        }
        guard let signal = facts.signal else {
            guard let code = facts.exitCode else { return Explanation(rule: "unknown", verb: "ended", clause: "nobody could note why") }
            return Explanation(rule: "exit", verb: "ended", clause: "it exited with code \(code)" + said(facts))
        }
        switch signal {
        case Number.segv, Number.bus: return address(facts, signal)
        case Number.ill, Number.trap: return trap(facts)
        case Number.abort: return abort(facts)
        case Number.fpe: return Explanation(rule: "division", verb: "crashed", clause: "it divided by zero, or a division's result had no room")
        case Number.sys: return Explanation(rule: "system-call", verb: "was stopped", clause: "it made a system call that it may not make")
        case Number.kill: return Explanation(rule: "killed", verb: "was killed", clause: "somebody sent SIGKILL: the kernel for want of memory, a user, or a watch that saw no progress")
        default: return Explanation(rule: "signal", verb: "was ended", clause: "signal \(signal) came" + said(facts))
        }
    }

    private static func said(_ facts: FaultFacts) -> String { facts.message.map { "; it said: \($0)" } ?? "" }

    private static func trap(_ facts: FaultFacts) -> Explanation {
        let why = facts.message.map { "it said: \($0)" } ?? "a precondition, an overflow, an index out of range, or nil that was unwrapped"
        return Explanation(rule: "trap", verb: "crashed", clause: "a check of Swift's failed (\(why))")
    }

    private static func abort(_ facts: FaultFacts) -> Explanation {
        if let message = facts.message, message.contains("stack smashing") {
            return Explanation(rule: "stack-smash", verb: "crashed", clause: "it wrote past the end of an array on its stack (the C library found its mark overwritten)")
        }
        return Explanation(rule: "abort", verb: "crashed", clause: "it gave up by calling abort" + said(facts))
    }

    private static func address(_ facts: FaultFacts, _ signal: Int32) -> Explanation {
        let at = Figure.address(facts.address)
        if Number.userOwn.contains(facts.code) {
            return Explanation(rule: "sent", verb: "was ended", clause: "another process, or its own code, sent it \(signal == Number.segv ? "SIGSEGV" : "SIGBUS")")
        }
        func crash(_ rule: String, _ clause: String) -> Explanation { Explanation(rule: rule, verb: "crashed", clause: clause) }
        if let octet = repeated(facts.instruction) {
            return crash("overwritten-return", "it returned to \(Figure.address(facts.instruction)), octets \(octet) over and over: an array on its stack was written past its end")
        }
        if facts.access == .execute || facts.instruction == facts.address && facts.address != 0 {
            return facts.address < nullOctets
                ? crash("null-call", "it called a function through a null pointer (address \(at))")
                : crash("wild-jump", "it jumped to \(at), where there is no code")
        }
        let touched = verb(facts.access)
        if facts.code == Number.kernel || facts.address >= mostAddress {
            let known = facts.code == Number.kernel && facts.address == 0 ? "an address that no pointer can have" : "\(at), which no pointer can be"
            return crash("non-canonical", "it \(touched) \(known): the pointer was overwritten or never set")
        }
        if facts.address < nullOctets { return null(facts, touched, at) }
        return region(facts, touched, at, signal)
    }

    private static func null(_ facts: FaultFacts, _ touched: String, _ at: String) -> Explanation {
        let what = facts.address == 0 ? "a null pointer" : "\(facts.address) octets into a structure behind a null pointer"
        return Explanation(rule: "null-pointer", verb: "crashed", clause: "it \(touched) address \(at) (\(what))")
    }

    private static func region(_ facts: FaultFacts, _ touched: String, _ at: String, _ signal: Int32) -> Explanation {
        func crash(_ rule: String, _ clause: String) -> Explanation { Explanation(rule: rule, verb: "crashed", clause: clause) }
        switch facts.region {
        case .belowStack(let octets):
            return crash("stack-overflow", "its stack was full: it \(touched) address \(at), \(octets) octets below the stack's end (a recursion without end, or a large array on the stack)")
        case .packetSlot(let slot, let owner):
            return crash("packet-slot", "it \(touched) address \(at) in packet slot \(slot)" + (owner.map { ", which \($0 == "free" ? "is free" : "belongs to \(named($0))")" } ?? ""))
        case .packetMemory: return crash("packet-memory", "it \(touched) address \(at) in packet memory, outside every slot")
        case .readOnly(let name): return crash("read-only", "it wrote to address \(at) in \(name), which is read-only")
        case .mapped(let name): return crash("not-allowed", "it \(touched) address \(at) in \(name), which does not allow that")
        case .nothing: return crash("unmapped", "it \(touched) address \(at), where nothing is mapped (freed, past an end, or a pointer that was overwritten)")
        case .unknown:
            // SEGV_MAPERR, SEGV_ACCERR.
            let why = signal == Number.segv && facts.code == 1 ? ", where nothing is mapped" : signal == Number.segv && facts.code == 2 ? ", which does not allow that" : ""
            return crash(facts.code == 1 ? "unmapped" : "address", "it \(touched) address \(at)\(why)")
        }
    }

    private static func named(_ owner: String) -> String { owner == "socket" ? "a socket" : "the \(owner)" }

    private static func verb(_ access: FaultFacts.Access) -> String {
        switch access {
        case .unknown, .execute: "touched"
        case .read: "read"
        case .write: "wrote to"
        }
    }

    /// The octet that an address is made of, as `0x41`; nil: it is not eight times the same.
    static func repeated(_ address: UInt64) -> String? {
        let octet = address & 0xff
        guard octet != 0, octet != 0xff, address == octet &* 0x0101_0101_0101_0101 else { return nil }
        return "0x" + Figure.hexadecimal(octet, digits: 2)
    }
}
