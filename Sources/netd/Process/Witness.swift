import CLinux
import Host
import Messages

/// Whether this process is a copy that only tells: it calls no driver.
// SAFETY: one thread of a process reads it, and only a copy, which has one thread, ever writes it.
enum Witness {
    nonisolated(unsafe) fileprivate(set) static var isSpeaking = false
}

// What the stack says of itself when it hangs or has died: a copy of the process is made from outside, and this runs there.
extension Netd {
    /// Sockets that a copy lists: more would take it longer than it is waited for.
    private static let mostSockets = 4096

    /// Tells who makes the copy what is to run in it.
    func prepareWitness() throws(SystemError) {
        // SAFETY: this object lives as long as the process, and the copy has it at the same address.
        let done = unsafe clinux_witness_prepare("\(boot.words.folder)/\(Testimony.file)", { descriptor, context in
            guard let context = unsafe context else { return }
            unsafe Unmanaged<Netd>.fromOpaque(context).takeUnretainedValue().testify(to: FileDescriptor(owning: descriptor))
        }, Unmanaged.passUnretained(self).toOpaque())
        guard done == 0 else { throw .last("mmap") }
    }

    private func testify(to file: consuming FileDescriptor) {
        unsafe Witness.isSpeaking = true
        guard let octets = try? Body.encode(Testimony(answers: answers)) else { return }
        try? file.write(octets)
    }

    private var answers: [Testimony.Answer] {
        let list = interfaceReports()
        let hardware = list.compactMap { one in (try? hardwareReport(one.name)).map { Testimony.Answer(.hardware(interface: one.name), .hardware($0)) } }
        return hardware + [
            .init(.interfaces, .interfaces(list)), .init(.neighbors(.inet), .neighbors(neighborReports(.inet))),
            .init(.neighbors(.inet6), .neighbors(neighborReports(.inet6))), .init(.routes(nil), .routes(routeReports(nil))),
            .init(.statistics, .statistics(statisticsReport())), .init(.sockets, .sockets(Array(socketReports().prefix(Self.mostSockets)))),
            .init(.memory, .memory(memoryReport())), .init(.tunables, .tunables(tunableReports())),
        ]
    }
}
