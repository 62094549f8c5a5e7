// Octets to the program. Streams are read as they are; datagrams have a header.
import CPreload
public import CProgram
import ProgramSockets

/// A message of one piece. - SAFETY: the pieces outlive the call of `body`.
@inline(__always) func withMessage(_ octets: UnsafeMutableRawPointer?, _ length: Int, _ body: (UnsafeMutablePointer<msghdr>) -> Int) -> Int {
    var piece = unsafe iovec(iov_base: octets, iov_len: length)
    return unsafe withUnsafeMutablePointer(to: &piece) { piece in
        var message = unsafe msghdr()
        unsafe (message.msg_iov, message.msg_iovlen) = (piece, 1)
        return unsafe body(&message)
    }
}

/// An end of data on a stream that is none: the connection is dead, and the stack knows why.
@inline(never) func received(_ count: Int, _ descriptor: Int32) -> Int {
    // Only then, and nothing else before: a program that has locked itself up may still poll.
    guard count == 0 || count == -Int(ECONNRESET), program_poll(descriptor, 0, 0) & Int32(Linux.hungUp) != 0, let socket = Notes.socket(descriptor), let path = stackPath else { return result(count) }
    let error = socket.endError(path)
    return error == 0 ? result(count) : result(-Int(error))
}

func receive(_ descriptor: Int32, _ message: UnsafeMutablePointer<msghdr>, _ flags: Int32) -> Int {
    let owner = Notes.owner(descriptor)
    guard owner != .kernel, let socket = Notes.socket(descriptor), let path = stackPath else {
        return unsafe result(program_receive_message(descriptor, message, flags))
    }
    if socket.kind == .datagram {
        return unsafe result(socket.receive(path, message, flags: flags, Notes.companions(descriptor), waits: true))
    }
    // A connected stream names nobody, where a Unix socket would name its other end.
    unsafe (message.pointee.msg_name, message.pointee.msg_namelen) = (nil, 0)
    let isEmpty = unsafe message.pointee.msg_iovlen == 0
    let count = unsafe program_receive_message(descriptor, message, flags)
    return count > 0 || isEmpty ? result(count) : received(count, descriptor)
}

@c(recvmsg) public func preloadReceiveMessage(_ descriptor: Int32, _ message: UnsafeMutablePointer<msghdr>?, _ flags: Int32) -> Int {
    guard let message = unsafe message else { return result(program_receive_message(descriptor, nil, flags)) }
    let name = unsafe message.pointee.msg_name
    let count = unsafe receive(descriptor, message, flags)
    // The pointer is the program's, and stays.
    unsafe message.pointee.msg_name = name
    if count >= 0, unsafe preload_calls() != nil { unsafe noteReceived(message) }
    return count
}

/// Descriptors that came with a message (SCM_RIGHTS) may be a stack's.
private func noteReceived(_ message: UnsafeMutablePointer<msghdr>) {
    guard let control = unsafe message.pointee.msg_control else { return }
    let length = Int(unsafe message.pointee.msg_controllen)
    var at = 0
    // SAFETY: rows of a length, a level, a kind and a value, as the kernel has just written them; no row reaches past the part.
    while at + 16 <= length {
        let row = Int(unsafe control.load(fromByteOffset: at, as: Int.self))
        guard row >= 16, row <= length - at else { return }
        if unsafe control.load(fromByteOffset: at + 8, as: Int64.self) == 0x1_0000_0001 {
            for value in stride(from: at + 16, to: at + row - 3, by: 4) { Notes.find(unsafe control.load(fromByteOffset: value, as: Int32.self)) }
        }
        at += (row + 7) & ~7
    }
}

@c(recv) public func preloadReceive(_ descriptor: Int32, _ octets: UnsafeMutableRawPointer?, _ room: Int, _ flags: Int32) -> Int {
    let owner = Notes.owner(descriptor)
    if owner == .datagram { return unsafe withMessage(octets, room) { unsafe receive(descriptor, $0, flags) } }
    let count = unsafe program_receive(descriptor, octets, room, flags)
    return count > 0 || owner == .kernel || room == 0 ? result(count) : received(count, descriptor)
}

@c(recvfrom) public func preloadReceiveFrom(
    _ descriptor: Int32, _ octets: UnsafeMutableRawPointer?, _ room: Int, _ flags: Int32, _ address: UnsafeMutableRawPointer?,
    _ length: UnsafeMutablePointer<UInt32>?
) -> Int {
    unsafe withMessage(octets, room) { message in
        if let address = unsafe address {
            guard let length = unsafe length else { return result(-Int(EFAULT)) }
            guard let given = Int32(exactly: unsafe length.pointee) else { return result(-Int(EINVAL)) }
            unsafe (message.pointee.msg_name, message.pointee.msg_namelen) = (address, UInt32(given))
        }
        let count = unsafe receive(descriptor, message, flags)
        if unsafe address != nil, count >= 0 { unsafe length!.pointee = message.pointee.msg_namelen }
        return count
    }
}

@c(recvmmsg) public func preloadReceiveMessages(
    _ descriptor: Int32, _ messages: UnsafeMutablePointer<program_message>?, _ count: UInt32, _ flags: Int32, _ timeout: UnsafeMutableRawPointer?
) -> Int32 {
    guard Notes.owner(descriptor) != .kernel, let messages = unsafe messages else {
        return unsafe result(program_receive_messages(descriptor, messages, count, flags, timeout))
    }
    // struct timespec. Like the kernel, it is looked at after a datagram.
    let limit = unsafe timeout.map { unsafe $0.load(as: Int64.self) &* 1000 &+ $0.load(fromByteOffset: 8, as: Int64.self) / 1_000_000 }
    let start = program_clock()
    var done: UInt32 = 0
    while done < min(count, 1024) {
        let more = done > 0 && flags & Linux.waitForOne != 0 ? Linux.dontWait : 0
        let octets = unsafe preloadReceiveMessage(descriptor, &messages[Int(done)].header, flags & ~Linux.waitForOne | more)
        guard octets >= 0 else { return done > 0 ? Int32(done) : -1 }
        unsafe messages[Int(done)].length = UInt32(octets)
        done += 1
        if let limit, program_clock() - start >= limit { break }
    }
    return Int32(done)
}

@c(read) public func preloadRead(_ descriptor: Int32, _ octets: UnsafeMutableRawPointer?, _ room: Int) -> Int {
    let owner = Notes.owner(descriptor)
    if owner == .datagram, Notes.socket(descriptor) != nil { return unsafe preloadReceive(descriptor, octets, room, 0) }
    let count = unsafe program_read(descriptor, octets, room)
    return count > 0 || owner == .kernel || room == 0 ? result(count) : received(count, descriptor)
}

@c(readv) public func preloadReadVector(_ descriptor: Int32, _ vector: UnsafePointer<iovec>?, _ count: Int32) -> Int {
    let owner = Notes.owner(descriptor)
    if owner == .datagram, Notes.socket(descriptor) != nil, count >= 0 {
        var message = unsafe msghdr()
        unsafe (message.msg_iov, message.msg_iovlen) = (UnsafeMutablePointer(mutating: vector), Int(count))
        return unsafe receive(descriptor, &message, 0)
    }
    let octets = unsafe program_read_vector(descriptor, vector, count)
    return octets > 0 || owner == .kernel || count <= 0 ? result(octets) : received(octets, descriptor)
}

// What programs call that were compiled with checks of their buffers' sizes.

@c(__read_chk) public func preloadReadChecked(_ descriptor: Int32, _ octets: UnsafeMutableRawPointer?, _ room: Int, _ has: UInt) -> Int {
    if UInt(bitPattern: room) > has { preload_overflow() }
    return unsafe preloadRead(descriptor, octets, room)
}

@c(__recv_chk) public func preloadReceiveChecked(_ descriptor: Int32, _ octets: UnsafeMutableRawPointer?, _ room: Int, _ has: UInt, _ flags: Int32) -> Int {
    if UInt(bitPattern: room) > has { preload_overflow() }
    return unsafe preloadReceive(descriptor, octets, room, flags)
}

@c(__recvfrom_chk) public func preloadReceiveFromChecked(
    _ descriptor: Int32, _ octets: UnsafeMutableRawPointer?, _ room: Int, _ has: UInt, _ flags: Int32, _ address: UnsafeMutableRawPointer?,
    _ length: UnsafeMutablePointer<UInt32>?
) -> Int {
    if UInt(bitPattern: room) > has { preload_overflow() }
    return unsafe preloadReceiveFrom(descriptor, octets, room, flags, address, length)
}
