/// When a NIC process signals a stack: INTx as a masked level, messages as they come. Pure.
public struct InterruptLines: Equatable, Sendable {
    private var mode = InterruptMode.none
    private var asserted = false
    private var masked = false
    /// In use.
    private var vectors = 0

    public init() {}

    /// The device changed its line, or sent a message (`asserted` true).
    ///
    /// - Returns: true: signal the vector.
    public mutating func change(vector: Int, asserted isAsserted: Bool) -> Bool {
        switch mode {
        case .msi, .msix: return isAsserted && (0..<vectors).contains(vector)
        case .none, .line:
            guard vector == 0 else { return false }
            asserted = isAsserted
            return signalLine()
        }
    }

    /// The driver has seen to the line. - Returns: true: signal it again, it is asserted.
    public mutating func unmask() -> Bool {
        masked = false
        return signalLine()
    }

    /// Another way to interrupt. - Returns: true: signal vector 0, its line is asserted.
    public mutating func choose(_ mode: InterruptMode, vectors: Int) -> Bool {
        (self.mode, self.vectors) = (mode, vectors)
        masked = false
        return signalLine()
    }

    /// A level signals once and is then masked: otherwise an asserted line would signal for ever.
    private mutating func signalLine() -> Bool {
        guard mode == .line, asserted, !masked else { return false }
        masked = true
        return true
    }
}
