internal import CLinux
internal import Glibc
public import Host
internal import ProgramSockets

/// A program to be run on a stack.
public struct RunOrder: Sendable {
    /// The program's file; it is not looked for.
    public var path: String
    /// Its words, the first of which is what it is called.
    public var arguments: [String]
    /// `NAME=value` words.
    public var environment: [String]
    /// Where the stack takes calls: the path of the instance's `dev/socket/call`.
    public var calls: String
    /// Whether this process is there for the program alone: signals are passed on, its stops are copied, its orphans adopted,
    /// and the standard streams are left to it.
    public var ownsProcess = true

    public init(path: String, arguments: [String], environment: [String], calls: String) {
        (self.path, self.arguments, self.environment, self.calls) = (path, arguments, environment, calls)
    }
}

/// Runs programs that were not written for us, and cannot be helped from inside: the kernel notifies us of their calls.
///
/// - Source: seccomp_unotify(2).
public enum Runner {
    /// What an exit status says of a program that a signal ended, as shells have it.
    public static let signalBase: Int32 = 128

    /// Whether this kind of machine is known here.
    public static var knowsMachine: Bool { Machine.of(architecture: clinux_audit_architecture()) != nil }

    /// Starts the program and serves it and all its descendants, until the last of them has ended.
    ///
    /// The program has our process group, terminal, descriptors and signals. Call it in a process with one thread.
    ///
    /// - Returns: the first program's exit status; 128 and the signal's number when one ended it.
    /// - Throws: what failed before the program ran: `execve` with its reason; `seccomp` where the kernel has no user
    ///   notification, or does not let us reach into the program (another filter, a security module).
    public static func run(_ order: RunOrder) throws(SystemError) -> Int32 {
        guard let machine = Machine.of(architecture: clinux_audit_architecture()) else { throw SystemError("seccomp", .notSupported) }
        guard let path = unsafe order.calls.withCString({ unsafe StackPath($0) }) else { throw SystemError("connect", .nameTooLong) }
        let loop = try EventLoop()
        clinux_raise_descriptor_limit()
        var listener: Int32 = -1
        let pid = try start(order, Filter.instructions(for: machine), &listener)
        let server = Server(Listener(descriptor: FileDescriptor(owning: listener), machine: machine), path: path)
        var run = try Run(program: ProcessHandle(pid), server: server, ownsProcess: order.ownsProcess)
        return try run.serve(loop)
    }

    private static func start(_ order: RunOrder, _ filter: [FilterInstruction], _ listener: inout Int32) throws(SystemError) -> Int32 {
        let arguments = CStrings(order.arguments), environment = CStrings(order.environment)
        defer {
            arguments.free()
            environment.free()
        }
        let instructions = filter.map { sock_filter(code: $0.code, jt: $0.then, jf: $0.otherwise, k: $0.operand) }
        // SAFETY: all that the order points to lives until the call returns; the child has its own copy of it.
        let pid = unsafe order.path.withCString { path in
            unsafe instructions.withUnsafeBufferPointer { instructions in
                unsafe arguments.pointers.withMemoryRebound(to: UnsafeMutablePointer<CChar>?.self, capacity: 1) { words in
                    var order = unsafe clinux_filtered(
                        path: path, arguments: UnsafePointer(words), environment: UnsafePointer(environment.pointers),
                        filter: instructions.baseAddress, instructions: UInt16(instructions.count), adopts: order.ownsProcess ? 1 : 0)
                    return unsafe clinux_start_filtered(&order, &listener)
                }
            }
        }
        guard pid > 0 else { throw SystemError(listener == Int32(CLINUX_NOT_EXECUTED) ? "execve" : "seccomp", .last) }
        return pid
    }
}
