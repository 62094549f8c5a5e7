internal import CLinux
internal import Glibc

/// Why a program's memory was not to be had.
enum Fault: Error {
    /// EFAULT: the address is none of its own.
    case badAddress
    /// The thread no longer waits, so its number may be another's by now.
    case gone
}

/// A part of a program's memory; the address means nothing here.
struct Piece {
    var address: UInt64
    /// Octets.
    var length: Int
}

/// The memory of the program behind a notification.
///
/// A thread's number is only good while it waits: each access is checked, reading after it and writing before it.
// SAFETY: only the kernel follows the program's addresses, and it refuses those that are none.
@safe struct ProgramMemory: ~Copyable {
    let thread: Int32
    let id: UInt64
    let listener: Int32

    private func check() throws(Fault) { guard clinux_notify_waits(listener, id) != 0 else { throw .gone } }

    /// - Returns: octets copied, or -1.
    private func take(_ pieces: [Piece], _ out: UnsafeMutableRawPointer?, _ count: Int) -> Int {
        let theirs = unsafe pieces.map { unsafe clinux_their_piece($0.address, UInt64($0.length)) }
        return unsafe clinux_program_read(thread, theirs, theirs.count, out, count)
    }

    private func put(_ octets: UnsafeRawPointer?, _ count: Int, _ pieces: [Piece]) -> Int {
        let theirs = unsafe pieces.map { unsafe clinux_their_piece($0.address, UInt64($0.length)) }
        return unsafe clinux_program_write(thread, theirs, theirs.count, octets, count)
    }

    /// Fills `out` from the pieces, as far as they reach; less is a fault.
    func gather(_ pieces: [Piece], into out: UnsafeMutableRawBufferPointer) throws(Fault) {
        guard out.count > 0 else { return }
        let count = unsafe take(pieces, out.baseAddress, out.count)
        try check()
        guard count == out.count else { throw .badAddress }
    }

    /// Spreads `octets` over the pieces.
    func scatter(_ octets: UnsafeRawBufferPointer, over pieces: [Piece]) throws(Fault) {
        guard octets.count > 0 else { return }
        try check()
        guard unsafe put(octets.baseAddress, octets.count, pieces) == octets.count else { throw .badAddress }
    }

    func read(_ address: UInt64, into out: UnsafeMutableRawBufferPointer) throws(Fault) {
        unsafe try gather([Piece(address: address, length: out.count)], into: out)
    }

    func write(_ octets: UnsafeRawBufferPointer, to address: UInt64) throws(Fault) {
        unsafe try scatter(octets, over: [Piece(address: address, length: octets.count)])
    }

    func write(_ octets: [UInt8], to address: UInt64) throws(Fault) {
        guard !octets.isEmpty else { return }
        try check()
        guard unsafe put(octets, octets.count, [Piece(address: address, length: octets.count)]) == octets.count else { throw .badAddress }
    }

    /// A number in the program's memory.
    func load<Value: FixedWidthInteger & BitwiseCopyable>(_ address: UInt64, as _: Value.Type) throws(Fault) -> Value {
        var value: Value = 0
        let size = MemoryLayout<Value>.size, count = unsafe take([Piece(address: address, length: size)], &value, size)
        try check()
        guard count == size else { throw .badAddress }
        return value
    }

    /// `count` words of eight octets.
    func words(_ address: UInt64, _ count: Int) throws(Fault) -> [UInt64] {
        var words = [UInt64](repeating: 0, count: count)
        guard count > 0 else { return words }
        let copied = unsafe take([Piece(address: address, length: count * 8)], &words, count * 8)
        try check()
        guard copied == count * 8 else { throw .badAddress }
        return words
    }

    func store<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value, at address: UInt64) throws(Fault) {
        try check()
        var value = value
        let size = MemoryLayout<Value>.size
        guard unsafe put(&value, size, [Piece(address: address, length: size)]) == size else { throw .badAddress }
    }

    /// A value-result length: what the program has room for.
    ///
    /// - Returns: nil for a negative one, which is EINVAL.
    func room(_ address: UInt64) throws(Fault) -> Int? {
        let length = try load(address, as: Int32.self)
        return length < 0 ? nil : Int(length)
    }
}
