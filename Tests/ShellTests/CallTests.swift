import Shell
import Symbols
import Testing

/// Functions of the target, called from the line.
struct CallTests {
    static func shell(returning value: UInt64 = 0, floating: Double = 0) -> Interpreter<FakeTarget> {
        var board = FakeTarget.board()
        board.returned = Returned(value, floating: floating)
        return Interpreter(board)
    }

    @Test(arguments: ["show(1, 2)", "show 1, 2", "(show)(1, 2)", "(*show)(1, 2)", "(&show)(1, 2)", "0x20100(1, 2)", "((int (*)())0x20100)(1, 2)"])
    func `a function is called, with parentheses or without, by name or by address`(line: String) {
        var shell = Self.shell(returning: 42)
        #expect(shell.say(line) == "value = 42 = 0x2a")
        #expect(shell.target.called == [0x20100])
        #expect(shell.target.calls == [[.integer(1), .integer(2)] + Array(repeating: .integer(0), count: 8)])
    }

    @Test func `a lone name that is a function's is a call of it, and nothing else is`() {
        var shell = Self.shell(returning: 1)
        #expect(shell.say("show") == "value = 1 = 0x1")
        #expect(shell.say("quiet; quiet()") == "")
        #expect(shell.say("&show") == "value = 131328 = 0x20100 = show")
        #expect(shell.target.called == [0x20100, 0x20300, 0x20300])
    }

    @Test func `arguments become what the function takes, and missing ones are zero`() {
        var shell = Self.shell(returning: 0xffff_ffff_0000_0007)
        #expect(shell.say("poll &rx") == "'&' cannot be done with int (struct ring *, int) and struct ring")
        #expect(shell.say("poll(&rx)") == "value = 7 = 0x7")
        #expect(shell.say("poll(&rx, -1)") == "value = 7 = 0x7")
        #expect(shell.target.calls == [[.integer(0x10100), .integer(0)], [.integer(0x10100), .integer(.max)]])
    }

    @Test func `floating arguments and results travel as such`() {
        var shell = Self.shell(returning: 9, floating: 2.5)
        #expect(shell.say("half(5)") == "value = 2.5")
        #expect(shell.target.calls == [[.floating(5)]])
    }

    @Test func `ten arguments are passed, and no more`() {
        var shell = Self.shell()
        #expect(shell.say("show 1,2,3,4,5,6,7,8,9,10") == "value = 0 = 0x0")
        #expect(shell.say("show 1,2,3,4,5,6,7,8,9,10,11") == "show takes 10 arguments, not 11")
        #expect(shell.say("poll(1, 2, 3)") == "poll takes 2 arguments, not 3")
        #expect(shell.say("quiet(1)") == "quiet takes 0 arguments, not 1")
        #expect(shell.target.calls == [(1...10).map { .integer($0) }])
    }

    @Test func `a string given to a function lies in the target`() throws {
        var shell = Self.shell()
        _ = shell.answer("log \"up \" \"now\", 3")
        #expect(shell.target.calls.first?.prefix(2) == [.integer(0x10800), .integer(3)])
        #expect(try shell.target.read(0x10800, 7) == Array("up now".utf8) + [0])
    }

    @Test func `a call is not made for its size`() {
        var shell = Self.shell()
        #expect(shell.say("sizeof(show(1))") == "value = 4 = 0x4")
        #expect(shell.target.called.isEmpty)
    }

    @Test func `only the branch that is taken calls`() {
        var shell = Self.shell()
        _ = shell.answer("0 && show(1), 1 || show(2), 1 ? 0 : show(3)")
        #expect(shell.target.called.isEmpty)
    }
}
