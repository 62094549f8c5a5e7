internal import CLinux
internal import Glibc
internal import ProgramSockets

/// One attempt at a call: who asks, for which socket, and the room to work in.
struct Visit: ~Copyable {
    let notification: Notification
    let socket: ProgramSocket
    let memory: ProgramMemory

    func integer(_ index: Int) -> Int32 { notification.integer(index) }
    func word(_ index: Int) -> UInt64 { notification.arguments[index] }

    /// An address that a program gives: at most 128 octets of it.
    ///
    /// - Returns: nil when its length is none.
    func address(_ index: Int, length: Int32, in room: borrowing Scratch) throws(Fault) -> Int? {
        guard length >= 0, length <= Scratch.nameOctets else { return nil }
        unsafe try memory.read(word(index), into: UnsafeMutableRawBufferPointer(rebasing: room.name[..<Int(length)]))
        return Int(length)
    }
}

/// Room for what goes between a program's memory and a socket; made once.
// SAFETY: the three parts are allocated until deinit, and nothing keeps a pointer to them.
@safe struct Scratch: ~Copyable {
    /// `struct sockaddr_storage`; the largest control part taken; the largest datagram, rounded up.
    static let nameOctets = 128, controlOctets = 16_384, payloadOctets = 65_536

    let name: UnsafeMutableRawBufferPointer
    let control: UnsafeMutableRawBufferPointer
    let payload: UnsafeMutableRawBufferPointer

    init() {
        unsafe name = .allocate(byteCount: Self.nameOctets, alignment: 16)
        unsafe control = .allocate(byteCount: Self.controlOctets, alignment: 16)
        unsafe payload = .allocate(byteCount: Self.payloadOctets, alignment: 16)
        unsafe name.initializeMemory(as: UInt8.self, repeating: 0)
        unsafe control.initializeMemory(as: UInt8.self, repeating: 0)
        unsafe payload.initializeMemory(as: UInt8.self, repeating: 0)
    }

    deinit {
        unsafe name.deallocate()
        unsafe control.deallocate()
        unsafe payload.deallocate()
    }
}
