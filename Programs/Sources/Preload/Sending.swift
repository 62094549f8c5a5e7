// Octets from the program.
// SAFETY: pointers and lengths are the program's own, handed to the kernel as they came; it refuses those that are not mapped.
import CPreload
public import CProgram
import ProgramSockets

/// A stream that takes nothing more: dead, and the stack knows why, or shut by the program itself. The signal is only for
/// those who did not hear why, as Linux has it.
@inline(__always) func sent(_ count: Int, _ descriptor: Int32, _ flags: Int32) -> Int {
    count >= 0 ? count : notSent(count, descriptor, flags)
}

@inline(never) private func notSent(_ count: Int, _ descriptor: Int32, _ flags: Int32) -> Int {
    let isDead = count == -Int(EPIPE) || count == -Int(ECONNRESET)
    // What may be asked only then: see `received`.
    if isDead, program_poll(descriptor, 0, 0) & Int32(Linux.hungUp) != 0, let socket = Notes.socket(descriptor), let path = stackPath {
        let error = socket.endError(path)
        if error != 0 { return result(-Int(error)) }
    }
    if count == -Int(EPIPE), flags & Linux.noSignal == 0 { preload_broken_pipe() }
    return result(count)
}

func send(_ descriptor: Int32, _ message: UnsafePointer<msghdr>, _ flags: Int32) -> Int {
    let owner = Notes.owner(descriptor), plain = flags & Linux.fastOpen == 0
    if owner == .stream, plain, unsafe message.pointee.msg_name == nil, unsafe message.pointee.msg_control == nil {
        return unsafe sent(program_send_message(descriptor, message, flags | Linux.noSignal), descriptor, flags)
    }
    guard owner != .kernel, let socket = Notes.socket(descriptor) else {
        return unsafe result(program_send_message(descriptor, message, flags))
    }
    if socket.kind == .datagram { return unsafe result(socket.send(message, flags: flags, waits: true)) }
    if flags & Linux.fastOpen != 0 { return result(-Int(EOPNOTSUPP)) }
    var copy = unsafe message.pointee
    // A connected stream has one peer, and what goes beside is of no use to it.
    unsafe (copy.msg_name, copy.msg_namelen, copy.msg_control, copy.msg_controllen) = (nil, 0, nil, 0)
    return unsafe sent(program_send_message(descriptor, &copy, flags | Linux.noSignal), descriptor, flags)
}

@c(sendmsg) public func preloadSendMessage(_ descriptor: Int32, _ message: UnsafePointer<msghdr>?, _ flags: Int32) -> Int {
    guard let message = unsafe message else { return result(program_send_message(descriptor, nil, flags)) }
    return unsafe send(descriptor, message, flags)
}

@c(send) public func preloadSend(_ descriptor: Int32, _ octets: UnsafeRawPointer?, _ length: Int, _ flags: Int32) -> Int {
    let owner = Notes.owner(descriptor)
    if owner == .kernel { return unsafe result(program_send(descriptor, octets, length, flags)) }
    if owner == .stream, flags & Linux.fastOpen == 0 {
        return unsafe sent(program_send(descriptor, octets, length, flags | Linux.noSignal), descriptor, flags)
    }
    return unsafe withMessage(UnsafeMutableRawPointer(mutating: octets), length) { unsafe send(descriptor, $0, flags) }
}

@c(sendto) public func preloadSendTo(
    _ descriptor: Int32, _ octets: UnsafeRawPointer?, _ length: Int, _ flags: Int32, _ address: UnsafeRawPointer?, _ addressLength: UInt32
) -> Int {
    unsafe withMessage(UnsafeMutableRawPointer(mutating: octets), length) { message in
        if unsafe address != nil, addressLength > 0 {
            unsafe (message.pointee.msg_name, message.pointee.msg_namelen) = (UnsafeMutableRawPointer(mutating: address), addressLength)
        }
        return unsafe send(descriptor, message, flags)
    }
}

@c(sendmmsg) public func preloadSendMessages(_ descriptor: Int32, _ messages: UnsafeMutablePointer<program_message>?, _ count: UInt32, _ flags: Int32) -> Int32 {
    guard Notes.owner(descriptor) != .kernel, let messages = unsafe messages else {
        return unsafe result(program_send_messages(descriptor, messages, count, flags))
    }
    var done: UInt32 = 0
    while done < min(count, 1024) {
        let octets = unsafe preloadSendMessage(descriptor, &messages[Int(done)].header, flags)
        guard octets >= 0 else { return done > 0 ? Int32(done) : -1 }
        unsafe messages[Int(done)].length = UInt32(octets)
        done += 1
    }
    return Int32(done)
}

// A stream is written by the very call that the program makes: one that has locked itself up (sshd) may not make another.
// The kernel has sent SIGPIPE by itself, then.

@c(write) public func preloadWrite(_ descriptor: Int32, _ octets: UnsafeRawPointer?, _ length: Int) -> Int {
    let owner = Notes.owner(descriptor)
    if owner == .datagram, Notes.socket(descriptor) != nil { return unsafe preloadSend(descriptor, octets, length, 0) }
    let count = unsafe program_write(descriptor, octets, length)
    return owner == .stream ? sent(count, descriptor, Linux.noSignal) : result(count)
}

@c(writev) public func preloadWriteVector(_ descriptor: Int32, _ vector: UnsafePointer<iovec>?, _ count: Int32) -> Int {
    let owner = Notes.owner(descriptor)
    if owner == .datagram, count >= 0, Notes.socket(descriptor) != nil {
        var message = unsafe msghdr()
        unsafe (message.msg_iov, message.msg_iovlen) = (UnsafeMutablePointer(mutating: vector), Int(count))
        return unsafe send(descriptor, &message, 0)
    }
    let octets = unsafe program_write_vector(descriptor, vector, count)
    return owner == .stream ? sent(octets, descriptor, Linux.noSignal) : result(octets)
}
