import CHostLink
import CDriver
import DriverKit
import HostLink

/// The socket, its four rings, and the program that brings it frames. Everything goes with it.
struct Socket: ~Copyable {
    /// Microseconds that the kernel may take to let go of a queue that was just given up.
    static var release: UInt32 { 1_000_000 }

    let descriptor: HostDescriptor
    private let table: HostDescriptor, program: HostDescriptor, place: HostDescriptor
    var fill: ProducerRing
    var transmit: ProducerRing
    var received: ConsumerRing
    var completed: ConsumerRing
    let isGeneric: Bool, isZeroCopy: Bool

    static func open(_ services: Services, _ settings: Settings, _ host: borrowing HostInterface, _ memory: drydock_dma) throws(DriverFailure) -> Socket {
        let socket = HostDescriptor(try services.granted(AFXDP.name, "an AF_XDP socket", hostlink_xdp_open()))
        let shared = unsafe hostlink_xdp_memory(socket.raw, memory.memory, memory.length, 1 << UInt32(SlotTable.chunkShift))
        _ = try services.granted(AFXDP.name, "packet memory for AF_XDP", shared)
        let receive = Settings.entries(settings.link.receive), send = Settings.entries(settings.link.transmit)
        let fill = unsafe ProducerRing(try ring(services, socket, HOSTLINK_XDP_FILL, receive))
        let completed = unsafe ConsumerRing(try ring(services, socket, HOSTLINK_XDP_COMPLETION, send))
        let received = unsafe ConsumerRing(try ring(services, socket, HOSTLINK_XDP_RECEIVE, receive))
        let transmit = unsafe ProducerRing(try ring(services, socket, HOSTLINK_XDP_TRANSMIT, send))
        if settings.busyPoll { _ = try services.granted(AFXDP.name, "busy polling", hostlink_xdp_busy_poll(socket.raw, 20, 64)) }
        let zeroCopy = try bind(services, settings, socket, host.index)
        let table = HostDescriptor(try services.granted(AFXDP.name, "the table of sockets", hostlink_xdp_table(socket.raw, settings.queue)))
        let program = HostDescriptor(try services.granted(AFXDP.name, "the XDP program", hostlink_xdp_program(table.raw)))
        let (place, generic) = try attach(services, settings, program, host.index)
        return Socket(descriptor: socket, table: table, program: program, place: HostDescriptor(place), fill: fill, transmit: transmit,
                      received: received, completed: completed, isGeneric: generic, isZeroCopy: zeroCopy)
    }

    init(descriptor: consuming HostDescriptor, table: consuming HostDescriptor, program: consuming HostDescriptor, place: consuming HostDescriptor,
         fill: consuming ProducerRing, transmit: consuming ProducerRing, received: consuming ConsumerRing, completed: consuming ConsumerRing,
         isGeneric: Bool, isZeroCopy: Bool) {
        self.descriptor = descriptor
        self.table = table
        self.program = program
        self.place = place
        self.fill = fill
        self.transmit = transmit
        self.received = received
        self.completed = completed
        (self.isGeneric, self.isZeroCopy) = (isGeneric, isZeroCopy)
    }

    private static func ring(_ services: Services, _ socket: borrowing HostDescriptor, _ kind: hostlink_xdp_kind, _ size: UInt32) throws(DriverFailure)
        -> hostlink_xring {
        var ring = unsafe hostlink_xring()
        _ = try services.granted(AFXDP.name, "a ring of AF_XDP", unsafe hostlink_xdp_ring(socket.raw, kind, size, &ring))
        return unsafe ring
    }

    /// Binds to the queue, without copies where that is wanted and can be had. A queue that was just given up answers EBUSY
    /// until the kernel has let go of it.
    private static func bind(_ services: Services, _ settings: Settings, _ socket: borrowing HostDescriptor, _ index: UInt32) throws(DriverFailure) -> Bool {
        var status: Int32 = 0, zeroCopy = settings.mode == .best || settings.mode == .zeroCopy
        for _ in 0..<2 {
            for _ in 0..<(release / 2000) {
                status = hostlink_xdp_bind(socket.raw, index, settings.queue, zeroCopy ? 1 : 0)
                guard status == -HostError.busy else { break }
                services.delay(microseconds: 2000)
            }
            if status == 0 { return zeroCopy }
            guard zeroCopy, settings.mode == .best else { break }
            zeroCopy = false
        }
        _ = try services.granted(AFXDP.name, zeroCopy ? "zero-copy bind to " : "bind to ", of: settings.link.name, status)
        return zeroCopy
    }

    private static func attach(_ services: Services, _ settings: Settings, _ program: borrowing HostDescriptor, _ index: UInt32) throws(DriverFailure)
        -> (Int32, generic: Bool) {
        if settings.mode != .generic {
            let native = hostlink_xdp_attach(program.raw, index, 0)
            // Another's program stays where it is, in either mode.
            if native >= 0 || settings.mode != .best || native == -HostError.busy {
                return (try services.granted(AFXDP.name, "XDP in the driver of ", of: settings.link.name, native), false)
            }
        }
        return (try services.granted(AFXDP.name, "XDP on ", of: settings.link.name, hostlink_xdp_attach(program.raw, index, 1)), true)
    }

    /// Frames go to the kernel again. One system call; the rings stay.
    func letGo() { _ = hostlink_xdp_detach(place.raw) }

    /// Frames lost for want of buffers or of room, since the socket is open.
    var missed: UInt64 {
        var counts = hostlink_xdp_counts()
        guard unsafe hostlink_xdp_counts_of(descriptor.raw, &counts) == 0 else { return 0 }
        return counts.dropped &+ counts.ring_full
    }
}

/// A socket that comes and goes, at one address: the data path works on it where it is.
// SAFETY: `place` holds a socket exactly while `isOpen`, which every access checks.
@safe struct SocketPlace: ~Copyable {
    private let place = UnsafeMutablePointer<Socket>.allocate(capacity: 1)
    private(set) var isOpen = false

    deinit {
        if isOpen { unsafe place.deinitialize(count: 1) }
        unsafe place.deallocate()
    }

    mutating func open(_ socket: consuming Socket) {
        close()
        unsafe place.initialize(to: socket)
        isOpen = true
    }

    mutating func close() {
        if isOpen { unsafe place.deinitialize(count: 1) }
        isOpen = false
    }

    var value: Socket {
        @inline(__always) unsafeAddress { precondition(isOpen); return unsafe UnsafePointer(place) }
        @inline(__always) unsafeMutableAddress { precondition(isOpen); return unsafe place }
    }
}
