import Messages
import Testing
import CLinux

@testable import tools

/// What stands behind `break` and `dprintf`, and the bits that the processor is given.
@Suite struct BreakTests {
    @Test func `a place has an access, a condition and a time`() throws {
        let wish = try BreakWish(ShellArguments("-t 5 em0.TDT write if value == 3 + 4, 20"))
        #expect(wish.place == "em0.TDT" && wish.access == .write && wish.seconds == "20" && wish.standing == "5")
        #expect(wish.condition?.left == "value" && wish.condition?.right == "3 + 4")
        let plain = try BreakWish(ShellArguments("e1000_transmit"))
        #expect(plain.place == "e1000_transmit" && plain.access == nil && plain.condition == nil && plain.seconds == nil)
        #expect(throws: (any Error).self) { try BreakWish(ShellArguments("")) }
        #expect(throws: (any Error).self) { try BreakWish(ShellArguments("f if value > 3")) }
        #expect(throws: (any Error).self) { try BreakWish.argument("$7", value: nil) }
        #expect(throws: (any Error).self) { try BreakWish.argument("value", value: nil) }
    }

    @Test func `the control register has a length for memory and none for code`() {
        #expect(clinux_debug_control(0, 1, 1) == 1)
        #expect(clinux_debug_control(1, 4, 1) == 0xd_0001)
        #expect(clinux_debug_control(3, 8, 1) == 0xb_0001)
        #expect(clinux_debug_control(1, 2, 2) == 0x55_0005)
    }

    @Test func `what the processor cannot watch is refused in words`() {
        func complaint(_ address: UInt64, _ kind: Breakpoint.Kind, _ octets: Int) -> String? {
            Breakpoint(address, kind, octets: octets, milliseconds: 1, standing: 1, goesOn: false).complaint
        }
        #expect(complaint(0x1002, .write, 4)?.contains("multiple of 4") == true)
        #expect(complaint(0x1000, .write, 3)?.contains("not 3") == true)
        #expect(complaint(0x1000, .write, 4) == nil && complaint(0x1001, .run, 1) == nil)
        #expect(complaint(1 << 63, .run, 1)?.contains("no address") == true)
    }

    @Test func `a format is C's for numbers and texts`() throws {
        let format = try PrintFormat("%d %5u|%-4x|%04X %lx %s%% %c\\n", values: 7)
        let line = format.line([0xffff_ffff, 7, 0xab, 0xab, 1 << 40, 99, 65]) { "text at \($0)" }
        #expect(line == "-1     7|ab  |00AB 10000000000 text at 99% A")
        #expect(throws: (any Error).self) { try PrintFormat("%d", values: 0) }
        #expect(throws: (any Error).self) { try PrintFormat("%f", values: 1) }
        #expect(throws: (any Error).self) { try PrintFormat("%9999d", values: 1) }
        #expect(PrintFormat.replaced("$1 + *(int *)$6 + $7", [1, 2, 3, 4, 5, 0x60]) == "0x1UL + *(int *)0x60UL + $7")
    }
}
