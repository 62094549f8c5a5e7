import Shell
import Symbols
import Testing

/// What a line of C is worth.
struct ExpressionTests {
    @Test(arguments: [
        ("1", "1 = 0x1"), ("0x1F", "31 = 0x1f"), ("017", "15 = 0xf"), ("0b101", "5 = 0x5"), ("1'000", "1000 = 0x3e8"), ("10uL", "10 = 0xa"),
        ("-1", "-1 = 0xffffffff"), ("-1L", "-1 = 0xffffffffffffffff"), ("2147483648", "2147483648 = 0x80000000"), ("0xffffffff", "4294967295 = 0xffffffff"),
        ("18446744073709551615", "18446744073709551615 = 0xffffffffffffffff"), ("1.5", "1.5"), ("1e3", "1000.0"), (".5f", "0.5"), ("0x1.8p1", "3.0"), ("2.", "2.0"),
        ("'a'", "97 = 0x61 = 'a'"), ("'\\n'", "10 = 0xa"), ("'\\x41'", "65 = 0x41 = 'A'"), ("'\\101'", "65 = 0x41 = 'A'"), ("'ab'", "24930 = 0x6162"), ("'\\377'", "-1 = 0xff"),
    ])
    func `a constant of every form`(line: String, said: String) {
        var shell = Interpreter(FakeTarget())
        #expect(shell.say(line) == "value = " + said)
    }

    @Test(arguments: [
        ("2 + 3 * 4", "14"), ("(2 + 3) * 4", "20"), ("10 - 4 - 3", "3"), ("100 / 7 % 5", "4"), ("1 << 2 + 1", "8"), ("1 | 6 & 3 ^ 8", "11"), ("3 < 4 == 1", "1"),
        ("1 ? 2 : 0 ? 3 : 4", "2"), ("0 ? 2 : 0 ? 3 : 4", "4"), ("1 || 0 && 0", "1"), ("!0 + !5", "1"), ("~0 & 0xff", "255"), ("- -3", "3"), ("7, 8", "8"),
        ("5 && 0", "0"), ("0 || 9", "1"), ("-7 / 2", "-3"), ("-7 % 2", "-1"), ("1 - 2 < 0", "1"), ("+4", "4"), ("6 >> 1", "3"), ("-8 >> 1", "-4"), ("4 >= 4", "1"),
    ])
    func `operators bind as C says`(line: String, said: String) {
        var shell = Interpreter(FakeTarget())
        #expect(shell.say(line).hasPrefix("value = \(said) = 0x"), "\(shell.say(line))")
    }

    @Test(arguments: [
        // 6.3.1.8: -1 becomes the greatest unsigned number.
        ("-1 < 0u", "0 = 0x0"), ("-1L < 0u", "1 = 0x1"), ("0u - 1", "4294967295 = 0xffffffff"), ("2147483647 + 1", "-2147483648 = 0x80000000"),
        ("2147483647 + 1L", "2147483648 = 0x80000000"), ("(unsigned char)300", "44 = 0x2c = ','"), ("(signed char)200", "-56 = 0xc8"), ("(char)65", "65 = 0x41 = 'A'"),
        ("(unsigned char)200 + (unsigned char)100", "300 = 0x12c"), ("(short)0x18000", "-32768 = 0x8000"), ("(unsigned long)-1", "18446744073709551615 = 0xffffffffffffffff"),
        ("(int)2.9", "2 = 0x2"), ("(int)-2.9", "-2 = 0xfffffffe"), ("7 / 2.0", "3.5"), ("(float)0.1", "0.10000000149011612"), ("(_Bool)7", "1 = 0x1"), ("1.5 + 1", "2.5"),
        ("sizeof(int)", "4 = 0x4"), ("sizeof(unsigned long)", "8 = 0x8"), ("sizeof(char *)", "8 = 0x8"), ("sizeof (uint16_t)", "2 = 0x2"), ("sizeof(int[3])", "12 = 0xc"), ("sizeof 1L", "8 = 0x8"),
        ("(-2147483647 - 1) / -1", "-2147483648 = 0x80000000"), ("(-2147483647 - 1) % -1", "0 = 0x0"), ("(-9223372036854775807L - 1) / -1L", "-9223372036854775808 = 0x8000000000000000"),
    ])
    func `numbers are converted as C says`(line: String, said: String) {
        var shell = Interpreter(FakeTarget())
        #expect(shell.say(line) == "value = " + said)
    }

    @Test func `an address says which symbol it is in`() {
        var board = FakeTarget()
        board.symbols = [.init("sym", 0x53344)]
        var shell = Interpreter(board)
        #expect(shell.say("341193") == "value = 341193 = 0x534c9 = sym + 0x185")
        #expect(shell.say("0x53344") == "value = 340804 = 0x53344 = sym")
        #expect(shell.say("0x90000") == "value = 589824 = 0x90000")
    }

    @Test func `a variable is read and written where it lies`() {
        var shell = Interpreter(FakeTarget.board())
        #expect(shell.say("debug") == "value = 0 = 0x0")
        #expect(shell.say("debug = 3") == "debug = 0x10200: value = 3 = 0x3")
        #expect(shell.say("debug += 4; debug") == "debug = 0x10200: value = 7 = 0x7\nvalue = 7 = 0x7")
        #expect(shell.say("debug++; debug--; ++debug") == "value = 7 = 0x7\nvalue = 8 = 0x8\ndebug = 0x10200: value = 8 = 0x8")
        #expect(shell.say("debug <<= 2, debug |= 1, debug") == "value = 33 = 0x21")
        #expect(shell.say("*&debug = 9, *(int *)0x10200") == "value = 9 = 0x9")
        #expect(shell.target.memory[0x200..<0x204].elementsEqual([9, 0, 0, 0]))
        #expect(shell.say("small = 'x'").hasSuffix("value = 120 = 0x78 = 'x'"))
        #expect(shell.say("octet = 300").hasSuffix("value = 44 = 0x2c"))
        #expect(shell.say("flag = 6").hasSuffix("value = 1 = 0x1"))
        #expect(shell.say("ratio = 1 / 4.0, ratio * 2") == "value = 0.5")
        #expect(shell.say("wide = -2").hasSuffix("value = -2 = 0xfffffffffffffffe"))
    }

    @Test func `pointers step by what they point at`() {
        var shell = Interpreter(FakeTarget.board())
        #expect(shell.say("table[2] = 5, *(table + 2)") == "value = 5 = 0x5")
        #expect(shell.say("where = table, where[2]") == "value = 5 = 0x5")
        #expect(shell.say("where++, where - table") == "value = 1 = 0x1")
        #expect(shell.say("*where++ = 8, table[1]") == "value = 8 = 0x8")
        #expect(shell.say("&table[3] - &table[1]") == "value = 2 = 0x2")
        #expect(shell.say("(char *)&table[3] - (char *)table") == "value = 12 = 0xc")
        #expect(shell.say("2[table]") == "value = 5 = 0x5")
        #expect(shell.say("where == table + 2") == "value = 1 = 0x1")
        #expect(shell.say("where + 1") == "value = 65564 = 0x1001c = rx" || shell.say("where + 1").hasSuffix("= table + 0xc"))
    }

    @Test func `fields are reached through structures, pointers, unions without a name, and bitfields`() {
        var shell = Interpreter(FakeTarget.board())
        #expect(shell.say("rx.head = 7") == "rx.head = 0x10100: value = 7 = 0x7")
        #expect(shell.say("rx.word = 0x20001, rx.halves[1]") == "value = 2 = 0x2")
        #expect(shell.say("rx.next = &rx, rx.next->next->head") == "value = 7 = 0x7")
        #expect(shell.say("rx.owned = 5; rx.level = -2; rx.owned; rx.level") == "value = 5 = 0x5\nvalue = -2 = 0x6\nvalue = 5 = 0x5\nvalue = -2 = 0x6")
        #expect(shell.target.memory[0x106] == 0b110_101_0)
        #expect(shell.say("rx.owned = 15") == "value = 7 = 0x7")
        #expect(shell.say("((struct ring *)0x10100)->head") == "value = 7 = 0x7")
        #expect(shell.say("((ring_t *)0x10100)->head + sizeof(struct ring)") == "value = 55 = 0x37")
        #expect(shell.say("rx.mode = 2") == "rx.mode = 0x10108: value = 2 = 0x2 = TX")
        #expect(shell.say("(enum mode)3") == "value = 3 = 0x3 = RX | TX")
    }

    @Test func `a structure is shown with its fields`() {
        var shell = Interpreter(FakeTarget.board())
        _ = shell.answer("rx.head = 7, rx.mode = 1, rx.name[0] = 'e', rx.name[1] = 'm', rx.next = &rx, rx.label = \"ring\", rx.gain = 0.5")
        #expect(shell.say("rx") == """
            value = 0x10100 = rx: struct ring
                head  = 7 = 0x7
                tail  = 0 = 0x0
                owned = 0 = 0x0
                level = 0 = 0x0
                mode  = 1 = 0x1 = RX
                union {...} = union {...}
                    word   = 0 = 0x0
                    halves = unsigned short[2]
                        [0] = 0 = 0x0
                        [1] = 0 = 0x0
                name  = "em"
                next  = 65792 = 0x10100 = rx
                label = 67584 = 0x10800 = octet + 0x5a6 = "ring"
                gain  = 0.5
            """)
    }

    @Test func `a new symbol is made by assignment, and lies in the target`() {
        var shell = Interpreter(FakeTarget.board())
        #expect(shell.say("x = 5") == "new symbol \"x\" added to symbol table.\nx = 0x10800: value = 5 = 0x5")
        #expect(shell.say("x = x * 2") == "x = 0x10800: value = 10 = 0xa")
        #expect(shell.say("*&x") == "value = 10 = 0xa")
        #expect(shell.say("p = &rx; p->head = 4; rx.head").hasSuffix("value = 4 = 0x4"))
        #expect(shell.say("s = \"hello\\n\"").hasSuffix("= octet + 0x5b6 = \"hello\\n\""), "\(shell.say("s"))")
        #expect(shell.say("s[1]") == "value = 101 = 0x65 = 'e'")
        #expect(shell.say("y += 1").hasPrefix("unknown symbol y"))
    }

    @Test func `an assignment's own value can be assigned`() {
        var shell = Interpreter(FakeTarget.board())
        #expect(shell.say("debug = plain = 6; debug + plain").hasSuffix("value = 12 = 0xc"))
    }

    @Test func `a comment ends what is read`() {
        var shell = Interpreter(FakeTarget.board())
        #expect(shell.say("1 /* one */ + 1 // two") == "value = 2 = 0x2")
        #expect(shell.say("// nothing") == "")
        #expect(shell.say(";;") == "")
    }
}
