import Host
import Logging
import Messages
import Stack

/// `sysctl`.
extension Netd {
    func tunableReports() -> [TunableReport] {
        unsafe stack.pointee.listTunables().map {
            TunableReport(name: $0.name, value: $0.value, text: $0.text, least: $0.bounds?.lowerBound, greatest: $0.bounds?.upperBound)
        }
    }

    /// - Returns: what it was.
    func setTunable(_ name: String, _ value: Int) throws(Failure) -> Int {
        do {
            let old = unsafe try stack.pointee.setTunable(name, value)
            if old != value { logger.notice("\(name): \(old) -> \(value)") }
            return old
        } catch {
            switch error {
            case .unknown(let nearest): throw Failure(.notFound, what: name, why: "there is no such tunable", fix: nearest.map { "the nearest is \($0)" } ?? "see them: sysctl -a")
            case .fixed: throw Failure(.notPermitted, what: name, why: "it is fixed for the stack's life")
            case .outOfBounds(let bounds): throw Failure(.invalid, what: "\(name)=\(value)", why: "it is \(bounds.lowerBound) to \(bounds.upperBound)")
            }
        }
    }
}
