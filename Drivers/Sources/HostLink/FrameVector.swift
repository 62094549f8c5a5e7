import CHostLink
public import DriverKit

/// The parts of one frame for one system call, and the header in front of it. Allocated once, at attach.
// SAFETY: `parts` has `capacity` elements and `head` 16 octets from init to deinit; `count` never exceeds the capacity.
// What a part points to is the header or a buffer that the driver holds, cut to its capacity.
@safe public struct FrameVector: ~Copyable {
    /// Buffers of one frame at most, as the contract has it.
    public static var longest: Int { 16 }
    private static var capacity: Int { longest + 1 }

    private let parts: UnsafeMutablePointer<hostlink_part>
    private let head: UnsafeMutableRawPointer
    private var count = 0

    public init() {
        unsafe parts = .allocate(capacity: Self.capacity)
        unsafe parts.initialize(repeating: hostlink_part(), count: Self.capacity)
        unsafe head = .allocate(byteCount: 16, alignment: 8)
        unsafe head.initializeMemory(as: UInt8.self, repeating: 0, count: 16)
    }

    deinit {
        unsafe parts.deallocate()
        unsafe head.deallocate()
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

    /// One frame from the descriptor: octets, or a negative errno.
    public func read(_ descriptor: Int32) -> Int { unsafe Int(hostlink_readv(descriptor, parts, UInt32(count))) }
    /// The frame to the descriptor: octets, or a negative errno.
    public func write(_ descriptor: Int32) -> Int { unsafe Int(hostlink_writev(descriptor, parts, UInt32(count))) }
}
