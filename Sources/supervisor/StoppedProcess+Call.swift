internal import CLinux
internal import Cores
internal import Glibc
internal import Host
internal import Messages

extension StoppedProcess {
    /// Runs a function in the process's first thread; the others stand. The thread has its registers back afterwards, whatever became of it.
    ///
    /// Memory that the function has changed stays changed, and locks that it held when it was stopped stay taken.
    borrowing func call(_ wanted: FunctionCall) throws(SystemError) -> CallOutcome {
        guard wanted.integers.count <= FunctionCall.mostIntegers, wanted.doubles.count <= FunctionCall.mostDoubles else { throw SystemError("call", .invalid) }
        var call = clinux_call()
        call.function = wanted.function
        call.integer_count = Int32(wanted.integers.count)
        call.double_count = Int32(wanted.doubles.count)
        // SAFETY: tuples of one type lie as the arrays of C that they stand for, and the counts were compared.
        unsafe withUnsafeMutableBytes(of: &call.integers) { room in unsafe wanted.integers.withUnsafeBytes { unsafe room.copyMemory(from: $0) } }
        unsafe withUnsafeMutableBytes(of: &call.doubles) { room in unsafe wanted.doubles.withUnsafeBytes { unsafe room.copyMemory(from: $0) } }
        call.anywhere = wanted.anywhere ? 1 : 0
        call.milliseconds = UInt32(min(max(wanted.milliseconds, 1), FunctionCall.mostMilliseconds))
        let end = unsafe clinux_call(pid, &call)
        if call.late != 0 { _ = kill(pid, call.late) }
        switch end {
        case CLINUX_CALL_RETURNED: return .returned(integer: call.integer, floating: call.floating)
        case CLINUX_CALL_FAULTED: return .faulted(signal: call.signal, at: call.at, address: call.address)
        case CLINUX_CALL_LASTED: return .lasted(at: call.at)
        case CLINUX_CALL_DIED: return .died
        case CLINUX_CALL_BUSY: return .busy(at: call.at)
        case CLINUX_CALL_FOREIGN: return .foreign
        default: throw .last("ptrace")
        }
    }
}
