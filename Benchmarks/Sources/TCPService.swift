import Foundation
import Rings
import Stack
import Wire

/// The services of Benchmarks/Peers/traffic.c, inside the stack's own process.
enum TCPService {
    enum Service: UInt8 { case none, discard, echo, source, once, hold }

    /// Serves until it is killed.
    static func run(driver: String, options: String, address: String) throws {
        guard let address = IPv4Address(address) else { throw BenchFailure("\(address) is no address") }
        let host = try TCPHost(driver: driver, options: options, address: address)
        let service = unsafe try Services(host.stack, now: host.now)
        try FileHandle.standardOutput.write(contentsOf: Data("ready\n".utf8))
        while true { try host.round { service.serve($0, $1) } }
    }

    /// What is done with each stream, by its place in the stack's table.
    // SAFETY: the stack is the host's, which outlives this; spans that it lends are used during the call only.
    @safe final class Services {
        private let stack: UnsafeMutablePointer<Stack>
        private var kinds = [Service](repeating: .none, count: 1 << 16)
        private var listeners: [(StreamID, Service)] = []
        private let counter: EndpointID
        private var counted = 0
        private let text = [UInt8](repeating: UInt8(ascii: "x"), count: 2048)

        init(_ stack: UnsafeMutablePointer<Stack>, now: Instant) throws {
            unsafe self.stack = stack
            counter = unsafe try stack.pointee.openDatagram(.udp)
            unsafe try stack.pointee.bind(counter, to: .anyIPv4(7006))
            for (port, service) in [(7001, Service.discard), (7002, .echo), (7003, .source), (7004, .once), (7007, .hold)] {
                let listener = unsafe try stack.pointee.openStream()
                unsafe try stack.pointee.bindStream(listener, to: .anyIPv4(UInt16(port)))
                unsafe try stack.pointee.listen(listener, backlog: 4096)
                listeners.append((listener, service))
            }
        }

        private func place(_ id: StreamID) -> Int { Int(id.rawValue & 0xffff) }

        func serve(_ event: Event, _ now: Instant) {
            switch event {
            case .streamAcceptable(let listener): accept(listener, now)
            case .streamReadable(let id): read(id, now)
            case .streamWritable(let id): if kinds[place(id)] == .source { write(id, now) }
            case .readable(let id): if id == counter { count(now) }
            default: break
            }
        }

        private func accept(_ listener: StreamID, _ now: Instant) {
            guard let service = listeners.first(where: { $0.0 == listener })?.1 else { return }
            while let id = unsafe stack.pointee.accept(listener) {
                kinds[place(id)] = service
                var options = StreamOptions()
                options.noDelay = true
                unsafe try? stack.pointee.setStreamOptions(id, options)
                read(id, now)
            }
        }

        private func read(_ id: StreamID, _ now: Instant) {
            let service = kinds[place(id)]
            var octet: UInt8 = 0, total = 0
            while true {
                let taken = unsafe stack.pointee.read(id, most: .max, now: now) { spans in
                    var octets = 0
                    for unsafe span in unsafe spans { octets += span.octets }
                    if let first = unsafe spans.first { octet = unsafe first.start.load(as: UInt8.self) }
                    return octets
                }
                guard taken > 0 else { break }
                total += taken
            }
            switch service {
            case .echo: echo(id, octet, total, now)
            case .source: if total > 0 { write(id, now) }
            case .once:
                guard total > 0 else { break }
                echo(id, octet, 1, now)
                return finish(id, now)
            default: break
            }
            guard let condition = unsafe stack.pointee.streamCondition(id) else { return }
            if condition.isAtEnd || condition.error != nil { finish(id, now) }
        }

        private func finish(_ id: StreamID, _ now: Instant) {
            kinds[place(id)] = .none
            unsafe stack.pointee.closeStream(id, now: now)
        }

        private func echo(_ id: StreamID, _ octet: UInt8, _ count: Int, _ now: Instant) {
            for _ in 0..<count {
                _ = unsafe withUnsafeBytes(of: octet) { unsafe stack.pointee.write(id, $0.bytes, now: now) }
            }
        }

        /// As much as there is room for, 64 KiB at a time as traffic.c has it: copied, as a program's octets would be.
        private func write(_ id: StreamID, _ now: Instant) {
            let text = text
            unsafe text.withUnsafeBytes { text in
                while unsafe stack.pointee.fill(id, most: 1 << 16, now: now, { unsafe Self.copy(text, into: $0) }) > 0 {}
            }
            unsafe stack.pointee.wantSpace(id)
        }

        private static func copy(_ text: UnsafeRawBufferPointer, into spans: UnsafeBufferPointer<StreamSpan>) -> Int {
            var octets = 0
            for unsafe span in unsafe spans {
                for start in stride(from: 0, to: span.octets, by: text.count) {
                    unsafe (span.start + start).copyMemory(from: text.baseAddress!, byteCount: min(text.count, span.octets - start))
                }
                octets += span.octets
            }
            return octets
        }

        private func count(_ now: Instant) {
            while let datagram = unsafe stack.pointee.receive(counter) {
                let octets = datagram.packet.octets
                guard octets.byteCount == 1, unsafe octets.unsafeLoad(as: UInt8.self) == UInt8(ascii: "Q") else {
                    counted += 1
                    continue
                }
                let answer = Array(String(counted).utf8)
                unsafe try? stack.pointee.send(counter, to: datagram.metadata.source, payload: answer.span.bytes, now: now)
            }
        }
    }
}
