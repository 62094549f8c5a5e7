/// When a NIC process signals a stack: INTx as a masked level, messages as they come. Pure.
public struct InterruptLines: Equatable, Sendable {
    private var mode = InterruptMode.none
    private var asserted: UInt32 = 0
    private var masked: UInt32 = 0
    private let vectors: Int

    /// - Parameter vectors: granted, 1 to 8.
    public init(vectors: Int) { self.vectors = vectors }

    /// The device changed a line, or sent a message (`asserted` true).
    ///
    /// - Returns: true: signal the vector.
    public mutating func change(vector: Int, asserted isAsserted: Bool) -> Bool {
        guard vector >= 0, vector < vectors else { return false }
        let bit: UInt32 = 1 << UInt32(vector)
        if isAsserted { asserted |= bit } else { asserted &= ~bit }
        switch mode {
        case .none: return false
        case .messages: return isAsserted
        case .line: return signalLine(bit)
        }
    }

    /// The driver has seen to the vector. - Returns: true: signal it again, its line is asserted.
    public mutating func unmask(vector: Int) -> Bool {
        guard mode == .line, vector >= 0, vector < vectors else { return false }
        let bit: UInt32 = 1 << UInt32(vector)
        masked &= ~bit
        return signalLine(bit)
    }

    /// Another way to interrupt; all vectors unmasked. - Returns: true: signal vector 0, its line is asserted.
    public mutating func choose(_ mode: InterruptMode) -> Bool {
        self.mode = mode
        masked = 0
        return mode == .line && signalLine(1)
    }

    /// A level signals once and is then masked: otherwise an asserted line would signal for ever.
    private mutating func signalLine(_ bit: UInt32) -> Bool {
        guard asserted & bit != 0, masked & bit == 0 else { return false }
        masked |= bit
        return true
    }
}
