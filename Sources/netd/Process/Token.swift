import Stack

/// What a descriptor of the event loop is: its kind in the upper octet, its number below.
enum Token: Equatable {
    case signals
    case supervisor
    case requests
    case interrupt(device: Int, vector: Int)
    case life(device: Int)
    case socket(UInt32)
    case stream(StreamID)

    init?(rawValue: UInt64) {
        let low = UInt32(truncatingIfNeeded: rawValue)
        switch rawValue >> 56 {
        case 1: self = .signals
        case 2: self = .supervisor
        case 3: self = .requests
        case 4: self = .interrupt(device: Int(low >> 8), vector: Int(low & 0xff))
        case 5: self = .life(device: Int(low))
        case 6: self = .socket(low)
        case 7: self = .stream(StreamID(rawValue: low))
        default: return nil
        }
    }

    var rawValue: UInt64 {
        switch self {
        case .signals: 1 << 56
        case .supervisor: 2 << 56
        case .requests: 3 << 56
        case .interrupt(let device, let vector): 4 << 56 | UInt64(device) << 8 | UInt64(vector)
        case .life(let device): 5 << 56 | UInt64(device)
        case .socket(let id): 6 << 56 | UInt64(id)
        case .stream(let id): 7 << 56 | UInt64(id.rawValue)
        }
    }
}
