internal import Host
internal import Messages
internal import Recorder

// What a supervisor does about a stack process that has died, before anything else is started.
extension Supervisor {
    /// All that tells of the death is kept.
    ///
    /// - Parameter isFollowed: whether another stack process takes its place.
    borrowing func keepEvidence(of death: Death, isFollowed: Bool) {
        var tombstone = obituary(death).tombstone
        tombstone.isFollowed = isFollowed ? true : nil
        if let stone = try? Body.encode(tombstone) {
            try? FileSystem.replace("\(instance.folder.path)/\(Tombstone.file)", with: stone)
        }
        keepRecorder()
    }

    borrowing func obituary(_ death: Death) -> Obituary { Obituary(plan: instance.plan, death: death, program: CurrentProcess.path) }

    /// Keeps what the flight recorder holds as a file, for whoever asks after the death.
    private borrowing func keepRecorder() {
        unsafe RecorderLayout.calibrate(generation.recorder.base)
        do throws(SystemError) {
            let octets = unsafe UnsafeRawBufferPointer(start: generation.recorder.base, count: generation.recorder.length)
            try FileSystem.replace("\(instance.folder.path)/\(Tombstone.recorderFile)", with: unsafe Array(octets))
        } catch { instance.log.write("the flight recorder cannot be kept: \(error)") }
    }
}
