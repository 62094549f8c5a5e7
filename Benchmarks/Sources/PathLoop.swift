import CDriver
import Foundation
import Logging
import Rings
import Stack
import Wire
import netd

/// The frame path, counted: bursts of 32 frames between the descriptor rings of the real driver image and a UDP endpoint.
///
/// Run under `valgrind --tool=callgrind --toggle-collect='*measured*'`: what is counted is `measuredReceive` and
/// `measuredTransmit` with all that they call, and nothing of what plays the hardware.
enum PathLoop {
    static let burst = 32
    static let payload = 64

    static func run(driver: String, direction: String, frames: Int, isRecorded: Bool) -> Int32 {
        do {
            let bench = try PathBench(driver: driver, isRecorded: isRecorded)
            switch direction {
            case "receive": try bench.receive(bursts: frames / burst)
            case "transmit": try bench.transmit(bursts: frames / burst)
            default: return 2
            }
            return 0
        } catch {
            print("benchmarks: \(error)")
            return 1
        }
    }
}

struct BenchFailure: Error, CustomStringConvertible {
    var description: String
    init(_ text: String) { description = text }
}
