import CCalls
import Glibc
import Testing
@testable import runner

/// The filter, run as the kernel runs it.
struct FilterTests {
    /// What the kernel shows a filter of a call: `struct seccomp_data`.
    struct Call {
        var number: UInt32
        var architecture: UInt32
        var arguments: [6 of UInt64] = .init(repeating: 0)

        func word(_ offset: UInt32) -> UInt32? {
            switch offset {
            case 0: return number
            case 4: return architecture
            case 16..<64 where offset % 4 == 0:
                let argument = arguments[Int(offset - 16) / 8]
                return UInt32(truncatingIfNeeded: offset % 8 == 0 ? argument : argument >> 32)
            default: return nil
            }
        }
    }

    /// nil: the kernel would refuse the filter, or it has no end.
    static func run(_ filter: [FilterInstruction], _ call: Call) -> UInt32? {
        var accumulator: UInt32 = 0, at = 0
        while at < filter.count {
            let instruction = filter[at]
            let holds: Bool
            switch instruction.code {
            case FilterInstruction.load:
                guard let word = call.word(instruction.operand) else { return nil }
                accumulator = word
                at += 1
                continue
            case FilterInstruction.ifEqual: holds = accumulator == instruction.operand
            case FilterInstruction.ifAtLeast: holds = accumulator >= instruction.operand
            case FilterInstruction.end: return instruction.operand
            default: return nil
            }
            at += 1 + Int(holds ? instruction.then : instruction.otherwise)
        }
        return nil
    }

    static let machines = [Machine.x86_64, .aarch64]

    static func verdict(_ machine: Machine, _ call: SocketCall, _ arguments: [6 of UInt64] = .init(repeating: 0)) -> UInt32? {
        run(Filter.instructions(for: machine), Call(number: machine.number(call), architecture: machine.architecture, arguments: arguments))
    }

    @Test func `sockets of the internet families are ours, all others the kernel's`() {
        for machine in Self.machines {
            for family: UInt64 in 0...60 {
                let wanted = family == 2 || family == 10 ? Filter.notify : Filter.allow
                #expect(Self.verdict(machine, .socket, [family, 1, 0, 0, 0, 0]) == wanted, "family \(family)")
            }
            // An int's register may hold anything above its 32 bits.
            #expect(Self.verdict(machine, .socket, [0xdead_0000_0002, 1, 0, 0, 0, 0]) == Filter.notify)
        }
    }

    @Test func `every other call on a socket is ours, unless it carries the library's word`() {
        let plain = SocketCall.allCases.filter { ![.socket, .sendto, .recvfrom].contains($0) }
        #expect(plain.count == 14)
        for machine in Self.machines {
            for call in plain {
                #expect(Self.verdict(machine, call) == Filter.notify, "\(call)")
                #expect(Self.verdict(machine, call, [0, 0, 0, 0, 0, DRYDOCK_PASS]) == Filter.allow, "\(call)")
                // Half of the word is not the word.
                for half in [DRYDOCK_PASS & 0xffff_ffff, DRYDOCK_PASS & ~0xffff_ffff] {
                    #expect(Self.verdict(machine, call, [0, 0, 0, 0, 0, half]) == Filter.notify, "\(call)")
                }
            }
            #expect(Self.verdict(machine, .socket, [2, 1, 0, 0, 0, DRYDOCK_PASS]) == Filter.allow)
        }
    }

    @Test func `send and recv are ours with an address only`() {
        for machine in Self.machines {
            for call in [SocketCall.sendto, .recvfrom] {
                #expect(Self.verdict(machine, call) == Filter.allow)
                #expect(Self.verdict(machine, call, [0, 0, 0, 0, 1, 16]) == Filter.notify)
                #expect(Self.verdict(machine, call, [0, 0, 0, 0, 1 << 32, 16]) == Filter.notify, "an address above 4 GiB")
                #expect(Self.verdict(machine, call, [0, 0, 0, 0x40, 0, 0]) == Filter.allow, "MSG_DONTWAIT")
            }
        }
    }

    @Test func `all other system calls are the kernel's`() {
        for machine in Self.machines {
            let filter = Filter.instructions(for: machine), ours = Set(SocketCall.allCases.map(machine.number))
            for number: UInt32 in 0...600 where !ours.contains(number) {
                #expect(Self.run(filter, Call(number: number, architecture: machine.architecture, arguments: [2, 2, 2, 1, 1, 1])) == Filter.allow)
            }
        }
    }

    @Test func `a call in x32's disguise does not exist`() {
        for call in SocketCall.allCases {
            let number = Machine.x86_64.number(call) | 0x4000_0000
            let verdict = Self.run(Filter.instructions(for: .x86_64), Call(number: number, architecture: Machine.x86_64.architecture))
            #expect(verdict == Filter.refuse | UInt32(ENOSYS))
        }
    }

    @Test func `a 32-bit program has no internet sockets, and everything else`() {
        let refused = Filter.refuse | UInt32(EAFNOSUPPORT)
        for machine in Self.machines {
            let filter = Filter.instructions(for: machine), narrow = machine.narrow
            func verdict(_ number: UInt32, _ first: UInt64) -> UInt32? {
                Self.run(filter, Call(number: number, architecture: narrow.architecture, arguments: [first, 0, 0, 0, 0, 0]))
            }
            #expect(verdict(narrow.socket, 2) == refused)
            #expect(verdict(narrow.socket, 10) == refused)
            #expect(verdict(narrow.socket, 1) == Filter.allow)
            if let any = narrow.any {
                #expect(verdict(any, 1) == refused)
                #expect(verdict(any, 3) == Filter.allow)
            }
            // The numbers of the wide calls mean other things there.
            for call in SocketCall.allCases where machine.number(call) != narrow.socket && machine.number(call) != narrow.any {
                #expect(verdict(machine.number(call), 2) == Filter.allow, "\(call)")
            }
        }
        #expect(Self.run(Filter.instructions(for: .x86_64), Call(number: 41, architecture: 8)) == Filter.refuse | UInt32(ENOSYS))
    }

    @Test func `the filter is one that the kernel takes: short, and every jump lands inside`() {
        for machine in Self.machines {
            let filter = Filter.instructions(for: machine)
            #expect(filter.count < 100)
            for (at, instruction) in filter.enumerated() where instruction.code & 7 == 5 {
                #expect(at + 1 + Int(max(instruction.then, instruction.otherwise)) < filter.count)
            }
            #expect(filter.last?.code == FilterInstruction.end)
        }
    }

    @Test func `this machine's numbers are the C library's`() throws {
        let machine = try #require(Machine.of(architecture: 0xc000_003e))
        #expect(machine.call(41) == .socket)
        #expect(machine.call(299) == .recvmmsg)
        #expect(machine.call(0) == nil)
        #expect(machine.call(-1) == nil)
    }
}
