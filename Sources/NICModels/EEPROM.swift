import Wire

/// The serial EEPROM: 64 words, read through EERD or clocked bit by bit through EECD (a Microwire 93C46).
struct EEPROM {
    static let wordCount = 64
    /// Words 0 to 63 add up to this. 8254x §5.6.35.
    static let checksum: UInt16 = 0xbaba
    /// One Microwire word at 1 MHz: start, opcode, address and data are 25 clocks.
    static let readNanoseconds: UInt64 = 25_000

    private(set) var words: [UInt16]

    /// The contents that a card of this kind leaves the factory with. 8254x §5.6.
    init(mac: MACAddress, device: UInt16, subsystem: UInt16) {
        words = [UInt16](repeating: 0xffff, count: Self.wordCount)
        for index in 0..<3 { words[index] = UInt16(mac.octets[2 * index]) | UInt16(mac.octets[2 * index + 1]) << 8 }
        words[0x03] = 0x0000
        words[0x0a] = 0x640a  // Initialization control 1: identifiers below are valid.
        words[0x0b] = subsystem
        words[0x0c] = 0x8086
        words[0x0d] = device
        words[0x0e] = 0x8086
        words[0x0f] = 0x3040  // Initialization control 2.
        words[0x3f] = 0
        let sum = words.reduce(UInt16(0)) { $0 &+ $1 }
        words[0x3f] = Self.checksum &- sum
    }

    /// The word at `address`; an address beyond the part wraps as its address lines do.
    func word(_ address: UInt32) -> UInt16 { words[Int(address % UInt32(Self.wordCount))] }

    mutating func write(_ value: UInt16, _ address: UInt32) { words[Int(address % UInt32(Self.wordCount))] = value }
}

/// The Microwire state machine behind EECD: SK, CS and DI go in, DO comes out. 8254x §13.4.3, §5.3.
struct Microwire {
    private static let addressBits = 6
    private enum State: Equatable {
        case idle, command, address, read, write, done
    }

    private var state = State.idle
    private var shift: UInt32 = 0
    private var count = 0
    private var address: UInt32 = 0
    private var opcode: UInt32 = 0
    private var clock = false
    private var selected = false
    private var writeEnabled = false
    /// What the part drives; high while idle or ready.
    private(set) var output = true

    /// The pins changed. Bits are sampled at the rising edge of the clock.
    mutating func drive(clock newClock: Bool, select: Bool, input: Bool, part: inout EEPROM) {
        defer { (clock, selected) = (newClock, select) }
        if !select {
            (state, output) = (.idle, true)
            return
        }
        if !selected { (state, shift, count) = (.command, 0, 0) }
        if newClock, !clock { rise(input, &part) }
    }

    private mutating func rise(_ input: Bool, _ part: inout EEPROM) {
        let bit: UInt32 = input ? 1 : 0
        switch state {
        case .idle, .done: break
        case .command:
            // Leading zeros are skipped; the start bit is the first one, two bits of opcode follow.
            if count == 0, bit == 0 { return }
            shift = shift << 1 | bit
            count += 1
            if count == 3 { (opcode, state, shift, count) = (shift & 3, .address, 0, 0) }
        case .address:
            shift = shift << 1 | bit
            count += 1
            if count == Self.addressBits { begin(&part) }
        case .read:
            output = shift & 0x8000 != 0
            shift = shift << 1 & 0xffff
            count += 1
            if count == 16 {
                // A read goes on with the next word for as long as the part is clocked.
                address += 1
                (shift, count) = (UInt32(part.word(address)), 0)
            }
        case .write:
            shift = shift << 1 | bit
            count += 1
            if count == 16 {
                if writeEnabled { part.write(UInt16(truncatingIfNeeded: shift), address) }
                state = .done
            }
        }
    }

    private mutating func begin(_ part: inout EEPROM) {
        address = shift
        switch opcode {
        case 2: (state, shift, count, output) = (.read, UInt32(part.word(address)), 0, false)
        case 1: (state, shift, count) = (.write, 0, 0)
        case 3:
            if writeEnabled { part.write(0xffff, address) }
            state = .done
        case 0:
            // Extended opcodes are in the two upper address bits: 11 enables writing, 00 disables it.
            if address >> 4 == 3 { writeEnabled = true }
            if address >> 4 == 0 { writeEnabled = false }
            state = .done
        default: state = .done
        }
    }
}
