import CHostLink
public import DriverKit

/// The parts of one frame for one system call, and the header in front of it. Allocated once, at attach.
// SAFETY: `parts` has `capacity` elements, `head` 16 octets and `first` `headers` octets from init to deinit; `count` never
// exceeds the capacity. What a part points to is one of these or a buffer that the driver holds, cut to its capacity.
@safe public struct FrameVector: ~Copyable {
    /// Buffers of one frame at most, as the contract has it.
    public static var longest: Int { 16 }
    /// Of a frame of joined segments: 65,535 octets and an Ethernet header.
    public static var longestJoined: Int { 33 }
    private static var capacity: Int { longestJoined + 2 }
    /// Octets of Ethernet, IP and TCP headers that can be told from a frame: more than any of these with all options.
    public static var headers: Int { 192 }

    private let parts: UnsafeMutablePointer<hostlink_part>
    private let head: UnsafeMutableRawPointer
    /// Headers that must not be as the stack wrote them.
    private let first: UnsafeMutablePointer<UInt8>
    private var count = 0

    public init() {
        unsafe parts = .allocate(capacity: Self.capacity)
        unsafe parts.initialize(repeating: hostlink_part(), count: Self.capacity)
        unsafe head = .allocate(byteCount: 16, alignment: 8)
        unsafe head.initializeMemory(as: UInt8.self, repeating: 0, count: 16)
        unsafe first = .allocate(capacity: Self.headers)
        unsafe first.initialize(repeating: 0, count: Self.headers)
    }

    deinit {
        unsafe parts.deallocate()
        unsafe head.deallocate()
        unsafe first.deallocate()
    }

    /// The header as it was read, or is to be written.
    public var header: VirtioHeader {
        get { unsafe head.load(as: VirtioHeader.self) }
        set { unsafe head.storeBytes(of: newValue, as: VirtioHeader.self) }
    }

    /// Starts a new frame, with room for the header in front or without.
    public mutating func begin(header: Bool) {
        count = 0
        if header { unsafe add(head, VirtioHeader.octets) }
    }

    private mutating func add(_ at: UnsafeMutableRawPointer, _ octets: Int) {
        guard count < Self.capacity else { return }
        unsafe parts[count] = unsafe hostlink_part(at: at, octets: octets)
        count &+= 1
    }

    /// Adds all of a buffer that is read into.
    public mutating func addEmpty(_ buffer: Buffer) {
        guard let data = unsafe buffer.data else { return }
        unsafe add(data, buffer.capacity)
    }

    /// Adds what a buffer holds.
    public mutating func addFull(_ buffer: Buffer) {
        guard let data = unsafe buffer.data else { return }
        unsafe add(data, min(buffer.length, buffer.capacity))
    }

    /// Adds the first buffer of a frame of `whole` octets that the kernel is to cut, with the sums that the kernel wants. The stack's
    /// buffer stays as it is: the frame may have to be offered again.
    ///
    /// - Precondition: its headers are in `buffer`, and ``headers`` octets at most.
    public mutating func addUncut(_ buffer: Buffer, whole: Int) {
        let octets = Int(buffer.headerOctets)
        guard let data = unsafe buffer.data, octets <= min(buffer.length, Self.headers) else { return addFull(buffer) }
        unsafe first.update(from: data, count: octets)
        unsafe buffer.completeSums(whole: whole, in: UnsafeMutableBufferPointer(start: first, count: octets))
        unsafe add(first, octets)
        if buffer.length > octets { unsafe add(data + octets, min(buffer.length, buffer.capacity) &- octets) }
    }

    /// One frame from the descriptor: octets, or a negative errno.
    public func read(_ descriptor: Int32) -> Int { unsafe Int(hostlink_readv(descriptor, parts, UInt32(count))) }
    /// The frame to the descriptor: octets, or a negative errno.
    public func write(_ descriptor: Int32) -> Int { unsafe Int(hostlink_writev(descriptor, parts, UInt32(count))) }
}
