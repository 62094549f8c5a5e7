// The functions of libc that name the network, as the program calls them. What is not a stack's goes to the kernel as it is.
// SAFETY: the program vouches for its pointers as it does to libc.
import CPreload
import CProgram
import ProgramSockets

@c(socket) public func preloadSocket(_ family: Int32, _ type: Int32, _ number: Int32) -> Int32 {
    guard preload_is_out() == 0 else { return plain(PRELOAD_SOCKET, Int(family), Int(type), Int(number)) }
    guard ProgramSocket.isServed(family: family, type: type, protocol: number), let path = stackPath else {
        let made = program_socket(family, type, number)
        if made >= 0 { Notes.set(made, .kernel) }
        return result(made)
    }
    let made = result32(ProgramSocket.open(path, family: family, type: type, protocol: number))
    if made >= 0 { Notes.set(made, type & Linux.typeMask == Linux.stream ? .stream : .datagram) }
    return made
}

@c(bind) public func preloadBind(_ descriptor: Int32, _ address: UnsafeRawPointer?, _ length: UInt32) -> Int32 {
    guard preload_is_out() == 0 else { return plain(PRELOAD_BIND, Int(descriptor), Int(bitPattern: address), Int(length)) }
    guard let socket = Notes.socket(descriptor), let path = stackPath else { return unsafe result(program_bind(descriptor, address, length)) }
    return unsafe result32(socket.bind(path, address, length))
}

@c(listen) public func preloadListen(_ descriptor: Int32, _ backlog: Int32) -> Int32 {
    guard preload_is_out() == 0 else { return plain(PRELOAD_LISTEN, Int(descriptor), Int(backlog)) }
    guard let socket = Notes.socket(descriptor), let path = stackPath else { return result(program_listen(descriptor, backlog)) }
    return result32(socket.listen(path, backlog: backlog))
}

@c(accept4) public func preloadAccept4(
    _ descriptor: Int32, _ address: UnsafeMutableRawPointer?, _ length: UnsafeMutablePointer<UInt32>?, _ flags: Int32
) -> Int32 {
    guard preload_is_out() == 0 else { return plain(PRELOAD_ACCEPT, Int(descriptor), Int(bitPattern: address), Int(bitPattern: length), Int(flags)) }
    guard let socket = Notes.socket(descriptor), let path = stackPath else {
        let made = unsafe program_accept(descriptor, address, length, flags)
        if made >= 0 { Notes.set(made, .kernel) }
        return result(made)
    }
    let made = unsafe result32(socket.accept(path, address, length, flags: flags, waits: true))
    if made >= 0 { Notes.set(made, .stream) }
    return made
}

@c(accept) public func preloadAccept(_ descriptor: Int32, _ address: UnsafeMutableRawPointer?, _ length: UnsafeMutablePointer<UInt32>?) -> Int32 {
    unsafe preloadAccept4(descriptor, address, length, 0)
}

@c(connect) public func preloadConnect(_ descriptor: Int32, _ address: UnsafeRawPointer?, _ length: UInt32) -> Int32 {
    guard preload_is_out() == 0 else { return plain(PRELOAD_CONNECT, Int(descriptor), Int(bitPattern: address), Int(length)) }
    guard let socket = Notes.socket(descriptor), let path = stackPath else { return unsafe result(program_connect(descriptor, address, length)) }
    let outcome = unsafe socket.connect(path, address, length)
    guard case .answer(let connection) = outcome else { return result32(outcome) }
    // As long as the socket may wait to send.
    var limit: (Int, Int) = (0, 0), octets: UInt32 = 16
    if unsafe program_get_option(descriptor, Linux.socket, Linux.sendTime, &limit, &octets) == 0, limit != (0, 0) {
        _ = unsafe program_set_option(connection, Linux.socket, Linux.receiveTime, &limit, octets)
    }
    return result32(ProgramSocket.finish(connection, waits: true))
}

@c(getsockname) public func preloadSocketName(_ descriptor: Int32, _ address: UnsafeMutableRawPointer?, _ length: UnsafeMutablePointer<UInt32>?) -> Int32 {
    guard preload_is_out() == 0 else { return plain(PRELOAD_SOCKET_NAME, Int(descriptor), Int(bitPattern: address), Int(bitPattern: length)) }
    guard let socket = Notes.socket(descriptor), let path = stackPath else { return unsafe result(program_socket_name(descriptor, address, length)) }
    return unsafe result32(socket.name(path, of: .local, address, length))
}

@c(getpeername) public func preloadPeerName(_ descriptor: Int32, _ address: UnsafeMutableRawPointer?, _ length: UnsafeMutablePointer<UInt32>?) -> Int32 {
    guard preload_is_out() == 0 else { return plain(PRELOAD_PEER_NAME, Int(descriptor), Int(bitPattern: address), Int(bitPattern: length)) }
    guard let socket = Notes.socket(descriptor), let path = stackPath else { return unsafe result(program_peer_name(descriptor, address, length)) }
    return unsafe result32(socket.name(path, of: .peer, address, length))
}

@c(getsockopt) public func preloadOption(
    _ descriptor: Int32, _ level: Int32, _ name: Int32, _ value: UnsafeMutableRawPointer?, _ length: UnsafeMutablePointer<UInt32>?
) -> Int32 {
    guard preload_is_out() == 0 else {
        return plain(PRELOAD_OPTION, Int(descriptor), Int(level), Int(name), Int(bitPattern: value), Int(bitPattern: length))
    }
    guard let socket = Notes.socket(descriptor), let path = stackPath else { return unsafe result(program_get_option(descriptor, level, name, value, length)) }
    return unsafe result32(socket.option(path, level: level, name: name, value, length, Notes.companions(descriptor)))
}

@c(setsockopt) public func preloadSetOption(_ descriptor: Int32, _ level: Int32, _ name: Int32, _ value: UnsafeRawPointer?, _ length: UInt32) -> Int32 {
    guard preload_is_out() == 0 else {
        return plain(PRELOAD_SET_OPTION, Int(descriptor), Int(level), Int(name), Int(bitPattern: value), Int(length))
    }
    guard let socket = Notes.socket(descriptor), let path = stackPath else { return unsafe result(program_set_option(descriptor, level, name, value, length)) }
    let before = Notes.companions(descriptor)
    var companions = before
    let outcome = unsafe socket.setOption(path, level: level, name: name, value, length, &companions)
    if companions != before { Notes.set(descriptor, companions) }
    return result32(outcome)
}

@c(shutdown) public func preloadShutdown(_ descriptor: Int32, _ how: Int32) -> Int32 {
    guard preload_is_out() == 0 else { return plain(PRELOAD_SHUTDOWN, Int(descriptor), Int(how)) }
    guard let socket = Notes.socket(descriptor), let path = stackPath else { return result(program_shutdown(descriptor, how)) }
    return result32(socket.shutdown(path, how: how))
}

/// The call as it is: somebody else answers it, because this process may not speak to its stack. Its datagrams still pass here.
private func plain(_ which: Int, _ a: Int, _ b: Int, _ c: Int = 0, _ d: Int = 0, _ e: Int = 0) -> Int32 {
    Int32(truncatingIfNeeded: result(Int(preload_plain(Int32(which), a, b, c, d, e))))
}
