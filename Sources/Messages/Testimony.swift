/// What a stack that answers nobody, or never will again, would have answered: told by a copy of its process (`clinux_witness`).
///
/// It is as wild as the process was: whoever reads it believes it no more than a core.
public struct Testimony: Codable, Sendable, Equatable {
    /// In the instance's folder, while it is told.
    public static let file = "testimony"
    /// In a core: the note's type, under the owner ``noteOwner``.
    public static let noteType: UInt32 = 0x5749_5431, noteOwner = "Drydock"
    /// Octets, at most.
    public static let most = 8 << 20

    public struct Answer: Codable, Sendable, Equatable {
        public var request: StackRequest, reply: StackReply
        public init(_ request: StackRequest, _ reply: StackReply) { (self.request, self.reply) = (request, reply) }
    }

    public var answers: [Answer]

    public init(answers: [Answer]) { self.answers = answers }

    /// nil: the octets are none, or of another build.
    public init?(octets: [UInt8]) {
        guard let told = try? Body.decode(Self.self, octets) else { return nil }
        self = told
    }

    /// nil: it was not asked.
    public func reply(to request: StackRequest) -> StackReply? { answers.first { $0.request == request }?.reply }
}
