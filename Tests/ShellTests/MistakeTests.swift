import Shell
import Symbols
import Testing

/// A mistake is one line, and nothing traps.
struct MistakeTests {
    @Test(arguments: [
        ("debgu", "unknown symbol debgu; nearest: debug"), ("DEBUG = zzz", "unknown symbol zzz; lkup \"part\" searches"), ("1 / 0", "division by zero"),
        ("1 % 0", "division by zero"), ("1.0 / 0", "division by zero"), ("debug /= 0", "division by zero"), ("*0", "address 0x0 is not mapped (4 octets wanted)"),
        ("*(char *)0xdead0000", "address 0xdead0000 is not mapped (1 octet wanted)"), ("(struct ring)5", "int cannot be cast to struct ring"),
        ("(int)rx", "struct ring cannot be cast to int"), ("(struct rign *)5", "unknown type struct rign; lkup \"part\" searches"), ("(int *)1.5", "double cannot be cast to int *"),
        ("rx.haed", "struct ring has no field haed; nearest: head"), ("debug.head", "int has no fields"), ("5 = 6", "what stands left of the assignment has no place in memory"),
        ("table = 5", "what stands left of the assignment has no place in memory"), ("&5", "what '&' stands before has no address"), ("&rx.owned", "what '&' stands before has no address"),
        ("1 << 32", "a shift by 32 of a number of 32 bits"), ("1 << -1", "a shift by -1 of a number of 32 bits"), ("1 +", "column 4: the expression stops short"),
        ("(1", "column 3: ')' is missing before the end"), ("1 2", "column 3: the number stands where nothing is expected"), ("\"abc", "column 1: the string has no closing \""),
        ("'", "column 1: the character has no closing '"), ("''", "column 1: '' holds no character"), ("0x", "column 1: 0x is no number"), ("09", "column 1: 09 is no number"),
        ("1.2.3", "column 1: 1.2.3 is no number"), ("@", "column 1: '@' means nothing here"), ("rx + 1", "'+' cannot be done with struct ring and int"), ("~1.5", "'~' cannot be done with double"),
        ("show(rx)", "a struct ring cannot be given to a function; its address can"), ("*(void *)0x10000", "a void * leads to nothing of known size; cast it first"),
        ("(long char)1", "column 11: 'long char' is no type"), ("1.5()", "a double cannot be called"), ("/* open", "column 1: the comment has no end"), ("rx.", "column 4: a field's name is missing before the end"),
    ])
    func `a mistake is said in one line`(line: String, said: String) {
        var shell = Interpreter(FakeTarget.board())
        #expect(shell.say(line) == said)
        #expect(shell.say("1") == "value = 1 = 0x1")
    }

    @Test func `a target that cannot be written says so, and nothing has changed`() {
        var board = FakeTarget.board()
        board.isReadOnly = true
        var shell = Interpreter(board)
        #expect(shell.say("debug = 1") == "address 0x10200 cannot be written")
        #expect(shell.say("debug") == "value = 0 = 0x0")
    }

    @Test func `what was answered before a mistake stands`() {
        var shell = Interpreter(FakeTarget.board())
        #expect(shell.say("debug = 2; nothing; debug = 3") == "debug = 0x10200: value = 2 = 0x2\nunknown symbol nothing; lkup \"part\" searches")
        #expect(shell.say("debug") == "value = 2 = 0x2")
    }

    @Test(arguments: ["(", "-", "!", "*", "[", "1+", "1?", "1?1:", "x=", "f(", "(int)", "sizeof ", "rx.", "1,", "int(*)(", "(int(*)(", "a["])
    func `depth without end is refused`(part: String) {
        var shell = Interpreter(FakeTarget.board())
        for count in [121, 500, 5000] {
            let error = shell.answer(String(repeating: part, count: count) + "1").error
            #expect(error != nil)
        }
    }

    @Test func `an expression as deep as is allowed has an answer`() {
        var shell = Interpreter(FakeTarget.board())
        #expect(shell.say(String(repeating: "1+", count: 100) + "1") == "value = 101 = 0x65")
        #expect(shell.say(String(repeating: "(", count: 30) + "1" + String(repeating: ")", count: 30)) == "value = 1 = 0x1")
    }

    static let words = [
        "1", "0", "-1", "0x7fffffffffffffff", "9223372036854775808", "1.5", "1e308", "'a'", "\"s\"", "debug", "rx", "table", "where", "show", "poll", "half", "nothing", "small", "wide", "ratio", "flag", "x", "y",
        "rx.head", "rx.owned", "rx.next", "rx.name", "head", "+", "-", "*", "/", "%", "&", "|", "^", "~", "!", "<", ">", "=", "?", ":", ",", ";", "(", ")", "[", "]", ".", "->", "++", "--", "<<", ">>", "==",
        "&&", "||", "+=", "-=", "*=", "/=", "<<=", ">>=", "(int)", "(char)", "(struct ring *)", "(unsigned long)", "(float)", "(_Bool)", "(enum mode)", "sizeof", "sizeof(int[4294967296])", "sizeof(int[4294967296][4294967296][4294967296])",
        "(int *)", "(int (*)(int, ...))", "struct", "ring", "void", "(void)", "...", "`a b`", "@", "'", "\"", "\\", "é", "(int (*)[3])", "(int[3])",
    ]

    @Test(arguments: 0..<8 as Range<UInt64>)
    func `words in any order neither trap nor hang`(seed: UInt64) {
        var random = Random(state: seed &* 0x9e37_79b9_7f4a_7c15 | 1), answered = 0
        for _ in 0..<300 {
            var board = FakeTarget.board()
            board.returned = Returned(random.next(), floating: Double(bitPattern: random.next()))
            for index in 0x100..<0x260 where random.next() % 3 == 0 { board.memory[index] = UInt8(truncatingIfNeeded: random.next()) }
            var shell = Interpreter(board)
            for _ in 0..<3 {
                let line = (0..<Int(random.next() % 9 + 1)).map { _ in Self.words[Int(random.next() % UInt64(Self.words.count))] }.joined(separator: random.next() % 2 == 0 ? " " : "")
                let answer = shell.answer(line)
                if let error = answer.error { #expect(!error.line.contains("\n")) } else { answered += 1 }
            }
        }
        #expect(answered > 10)
    }

    @Test func `octets of any kind neither trap nor hang`() {
        var random = Random(state: 7), shell = Interpreter(FakeTarget.board())
        for _ in 0..<1000 {
            let line = String(decoding: (0..<Int(random.next() % 24)).map { _ in UInt8(truncatingIfNeeded: random.next()) }, as: UTF8.self)
            if let error = shell.answer(line).error { #expect(!error.line.isEmpty) }
        }
    }
}

/// The same numbers in every run.
struct Random {
    var state: UInt64
    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
