internal import Host
internal import Messages
internal import Recorder
internal import Rings

// What the instance's folder keeps of its last death, for the tools that find no stack there.
extension Instance {
    /// All that tells of a death is kept, as far as it was one.
    ///
    /// - Parameter isFollowed: whether another stack process takes its place; nil: it ended in order.
    func keep(_ death: Death, of dead: inout Generation, _ had: InstancePlan?, isFollowed: Bool?) {
        if let fault = dead.stands { writeCore(of: &dead, after: fault) }
        dead.fall()
        guard dead.quieted != nil || isFollowed != nil else { return }
        let recorder = dead.recorderOctets()
        if dead.quieted != nil { keepCrash(death, of: &dead, had, recorder) }
        if let isFollowed { keepEvidence(of: death, recorder, isFollowed: isFollowed) }
    }

    /// - Parameter isFollowed: whether another stack process takes its place.
    private func keepEvidence(of death: Death, _ recorder: [UInt8], isFollowed: Bool) {
        var tombstone = obituary(death).tombstone
        tombstone.isFollowed = isFollowed ? true : nil
        if let stone = try? Body.encode(tombstone) { try? FileSystem.replace("\(folder.path)/\(Tombstone.file)", with: stone) }
        do throws(SystemError) {
            try FileSystem.replace("\(folder.path)/\(Tombstone.recorderFile)", with: recorder)
        } catch { log.write("the flight recorder cannot be kept: \(error)") }
    }
}

extension Generation {
    /// What a dossier's writer finds beside the core: who owned which slot of packet memory, which is not in it.
    borrowing func packetCensus() -> [UInt8]? {
        // SAFETY: the memory is mapped for as long as the generation lives.
        unsafe Moment.census(UnsafeRawBufferPointer(start: memory.base, count: memory.length))
    }

    /// The flight recorder as it is now; a copy, which the stack does not write into any more.
    borrowing func recorderOctets() -> [UInt8] { copyRecorder().recorderOctets() }

    private borrowing func copyRecorder() -> Moment {
        // SAFETY: the memory is mapped for as long as the generation lives.
        unsafe Moment(recorder: Array(UnsafeRawBufferPointer(start: recorder.base, count: recorder.length)), headers: [])
    }

    /// What goes on changing, as it is now. Copied and not looked into: others need the processor more at that moment.
    borrowing func moment() -> Moment {
        var now = copyRecorder()
        // SAFETY: the memory is mapped for as long as the generation lives, and is at least as long as its headers.
        now.headers = unsafe Array(UnsafeRawBufferPointer(start: memory.base, count: min(memory.length, PacketMemoryLayout().headerOctets)))
        return now
    }
}

/// Copies of what a stack process goes on writing into.
struct Moment {
    /// The flight recorder.
    var recorder: [UInt8] = []
    /// The headers of the slots of packet memory.
    var headers: [UInt8] = []

    /// With what makes the stamps of a recorder readable whose writer is gone.
    func recorderOctets() -> [UInt8] {
        var octets = recorder
        unsafe octets.withUnsafeMutableBytes { copy in if let base = copy.baseAddress { unsafe RecorderLayout.calibrate(base) } }
        return octets
    }

    func census() -> [UInt8]? { unsafe headers.withUnsafeBytes { unsafe Self.census($0) } }

    static func census(_ memory: UnsafeRawBufferPointer) -> [UInt8]? {
        guard let census = unsafe PacketCensus(memory) else { return nil }
        return try? Body.encode(census)
    }
}
