internal import Symbols

/// A thread's return addresses, by the chain of frames that Swift and our C code keep.
///
/// The C library keeps none: a thread that waits in it is found again by looking for the first return address into code that
/// does.
enum StackWalk {
    struct Step: Equatable {
        var address: UInt64
        var isGuess = false
    }

    static let mostFrames = 128
    /// Octets of stack that are looked through, and that two frames may lie apart.
    static let mostSearched = 4096, mostApart: UInt64 = 8 << 20

    static func steps(_ thread: CoreImage.Thread, in core: CoreImage) -> [Step] {
        var steps = [Step(address: thread.instruction)]
        var frame = thread.frame
        if !core.isCode(thread.instruction) {
            // It jumped astray: whoever called left the way back.
            if let back = thread.link ?? core.word(thread.stack), core.isCode(back) { steps.append(Step(address: back)) }
        } else if !keepsFrames(thread.instruction, core), let back = search(thread.stack, upTo: frame, core) {
            steps.append(Step(address: back, isGuess: true))
        }
        while steps.count < mostFrames, frame != 0, frame & 7 == 0, let next = core.word(frame), let back = core.word(frame &+ 8), core.isCode(back) {
            if steps.last?.address != back { steps.append(Step(address: back)) }
            guard next > frame, next - frame < mostApart else { break }
            frame = next
        }
        return steps
    }

    private static func keepsFrames(_ address: UInt64, _ core: CoreImage) -> Bool {
        guard let path = core.mapping(at: address)?.path else { return true }
        let name = Dossier.Frame.last(path)
        return !(name.hasPrefix("libc.so") || name.hasPrefix("libc-") || name.hasPrefix("ld-linux") || name.hasPrefix("libpthread") || name.hasPrefix("libm.so"))
    }

    private static func search(_ stack: UInt64, upTo frame: UInt64, _ core: CoreImage) -> UInt64? {
        let most = frame > stack && frame - stack < UInt64(mostSearched) ? Int(frame - stack) : mostSearched
        let words = Octets(core.memory(stack & ~7, most))
        for at in stride(from: 0, to: words.octets.count - 7, by: 8) {
            guard let word = words.long(at), core.isCode(word), core.mapping(at: word) != nil, keepsFrames(word, core) else { continue }
            return word
        }
        return nil
    }
}
