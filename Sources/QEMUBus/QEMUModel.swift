public import NICModels

/// A NIC of QEMU's that the bus knows how to bring up and to quiet.
public struct QEMUModel: Sendable, Equatable {
    /// As `-device` spells it and as a user writes it after `qemu:`.
    public let device: String
    /// The chip that it models.
    public let chip: String

    /// The title that tools print.
    public var title: String { "\(chip) Gigabit Ethernet Controller (QEMU \(device))" }

    /// Every NIC that `qemu:` accepts.
    public static let all = [
        QEMUModel(device: "e1000", chip: "82540EM"),
        QEMUModel(device: "e1000-82545em", chip: "82545EM"),
        QEMUModel(device: "e1000-82544gc", chip: "82544GC"),
    ]

    /// The model of that name.
    ///
    /// - Throws: `NICFailure.noSuchModel` with a sentence that lists the known names.
    public static func named(_ device: String) throws(NICFailure) -> QEMUModel {
        if let model = all.first(where: { $0.device == device }) { return model }
        let known = all.map { "qemu:\($0.device)" }.joined(separator: ", ")
        throw .noSuchModel("qemu:\(device.prefix(40)): QEMU's bus has no such NIC; known: \(known)")
    }
}

/// How QEMU is found and how long it is waited for.
public struct QEMUSettings: Sendable {
    /// The program; nil: `qemu-system-x86_64` is looked for along PATH.
    public var executable: String?
    /// Nanoseconds that a running QEMU gets for one answer before it counts as dead.
    public var replyLimit: UInt64 = 2_000_000_000
    /// Nanoseconds that QEMU gets from its start to its first answer: less than a stack waits for its claim.
    public var startLimit: UInt64 = 10_000_000_000
    /// Octets of frames from the cable that wait while QEMU takes none.
    public var queueOctets = 1 << 20

    public init() {}
}
