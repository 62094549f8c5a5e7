// Descriptors that come and go: only the notes about them are kept right here.
import CPreload
import CProgram
import ProgramSockets

@c(close) public func preloadClose(_ descriptor: Int32) -> Int32 {
    // Before: another thread may be given the number at once.
    Notes.forget(descriptor)
    return result(program_close(descriptor))
}

@c(close_range) public func preloadCloseRange(_ first: UInt32, _ last: UInt32, _ flags: Int32) -> Int32 {
    result(preload_close_range(first, last, UInt32(bitPattern: flags)))
}

@c(dup) public func preloadDuplicate(_ descriptor: Int32) -> Int32 { noted(program_duplicate(descriptor, 0, 0), descriptor) }
@c(dup2) public func preloadDuplicateOver(_ descriptor: Int32, _ other: Int32) -> Int32 { noted(preload_duplicate_over(descriptor, other), descriptor) }
@c(dup3) public func preloadDuplicateTo(_ descriptor: Int32, _ other: Int32, _ flags: Int32) -> Int32 {
    noted(preload_duplicate_to(descriptor, other, flags), descriptor)
}

private func noted(_ made: Int32, _ descriptor: Int32) -> Int32 {
    if made >= 0, made != descriptor { Notes.copy(descriptor, to: made) }
    return result(made)
}

// Both have a variable number of arguments in C, of which a caller passes at most one, an integer or a pointer, in the
// register of a third argument: on x86-64 and on arm64 Linux a function of three sees the same.

@c(fcntl) public func preloadControl(_ descriptor: Int32, _ command: Int32, _ argument: Int) -> Int32 {
    let made = preload_control(descriptor, command, argument)
    // F_DUPFD and F_DUPFD_CLOEXEC.
    if made >= 0, command == 0 || command == 1030 { Notes.copy(descriptor, to: Int32(truncatingIfNeeded: made)) }
    return Int32(truncatingIfNeeded: result(made))
}

@c(fcntl64) public func preloadControl64(_ descriptor: Int32, _ command: Int32, _ argument: Int) -> Int32 {
    preloadControl(descriptor, command, argument)
}

@c(ioctl) public func preloadDeviceControl(_ descriptor: Int32, _ request: UInt, _ argument: Int) -> Int32 {
    // FIONREAD: of datagrams the octets of the next, without its header.
    if request == 0x541b, preload_note(descriptor) & 3 == Owner.datagram.rawValue, let socket = Notes.socket(descriptor), socket.kind == .datagram,
        let path = stackPath, let out = unsafe UnsafeMutablePointer<Int32>(bitPattern: argument) {
        var message = unsafe msghdr()
        let outcome = unsafe socket.receive(path, &message, flags: Linux.peek | Linux.cut | Linux.dontWait, [], waits: false)
        if case .done(let octets) = outcome { unsafe out.pointee = Int32(octets) } else { unsafe out.pointee = 0 }
        return 0
    }
    return Int32(truncatingIfNeeded: result(preload_device_control(descriptor, request, argument)))
}
