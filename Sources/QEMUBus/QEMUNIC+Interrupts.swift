public import NICModels

/// How the device interrupts. Messages reach the bells inside QEMU; nothing of them is seen here.
extension QEMUNIC {
    public var signalsBells: Bool { interruptKind == .msi || interruptKind == .msix }

    public func vectorLimit(_ kind: InterruptKind) -> Int {
        switch kind {
        case .none: 0
        case .line: 1
        case .msi: min(model.msi, BellBoard.most)
        case .msix: min(model.msix, BellBoard.most)
        }
    }

    /// Costs some round trips. While the device sends messages its line is silent.
    ///
    /// - Throws: `cannotStart` also when QEMU does not take the bells.
    public func setInterrupts(_ kind: InterruptKind, vectors: Int, bells: [Int32]) throws(NICFailure) -> Int {
        guard let machine else { throw failure.map { .cannotStart($0) } ?? .notClaimed }
        let limit = vectorLimit(kind)
        guard kind == .none || limit > 0 else { throw .notSupported("\(model.title) does not interrupt by \(kind.text)") }
        defer { settleUp(machine) }
        machine.function.messages?.turnOff(machine.function)
        interruptKind = .none
        guard kind == .msi || kind == .msix else {
            guard machine.bus.settle() else { throw .cannotStart(machine.bus.failure ?? QEMUMachine.ended) }
            interruptKind = kind
            return limit
        }
        let granted = min(vectors, limit, bells.count)
        guard granted > 0 else { throw .notSupported("messages need a vector and a bell for it") }
        guard let board = machine.bells, let first = board.hang(Array(bells.prefix(granted)), bus: machine.bus) else {
            throw .cannotStart("QEMU does not take the eventfds of \(granted) vectors; reset the NIC, and ask again")
        }
        let address = DeviceWindow.doorbell + BellBoard.doorbell
        if kind == .msi {
            machine.function.messages?.turnOnMSI(machine.function, address: address, data: UInt32(first))
        } else {
            machine.function.messages?.turnOnMSIX(machine.function, vectors: granted, address: address, first: UInt32(first))
        }
        guard machine.bus.settle() else { throw .cannotStart(machine.bus.failure ?? QEMUMachine.ended) }
        interruptKind = kind
        return granted
    }
}

extension InterruptKind {
    /// As the PCI specifications call it.
    var text: String {
        switch self {
        case .none: "nothing"
        case .line: "INTx"
        case .msi: "MSI"
        case .msix: "MSI-X"
        }
    }
}
