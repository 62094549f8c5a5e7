@testable import Stack
import Wire

/// What fuzzing begins with: lives of connections, as packet scripts write them, turned into the octets that `StackExercise` reads.
enum StackSeeds {
    /// `<` a segment of the peer, `wait` seconds, and the owner's calls; numbers count from either side's first.
    static let scripts: [(name: String, text: String)] = [
        ("served", "< S 0 mss sackok\n< . 1 ack 1\naccept\n< P. 1:101 ack 1\nread 100\nwrite 3000\nms 50\n< . 101 ack 3001\nclose\n< F. 101 ack 3002\nwait 61"),
        ("peer closes", "< S 0 mss ts\n< . 1 ack 1 ts\naccept\n< F. 1 ack 1 ts\nwrite 10\n< . 2 ack 11 ts\nclose\n< . 2 ack 12 ts"),
        ("both close", "< S 0 mss\n< . 1 ack 1\naccept\nclose\n< F. 1 ack 1\n< . 2 ack 2\nwait 61"),
        ("opened by us", "connect\n< S. 0 ack 1 mss sackok\nwrite 5000\n< . 1 ack 1461\n< . 1 ack 5001\n< R. 1 ack 5001"),
        ("both open", "connect\n< S 0 mss\n< S. 0 ack 1 mss\n< . 1 ack 1\nwrite 10\nabort"),
        ("losses", "< S 0 mss sackok\n< . 1 ack 1\naccept\nwrite 20000\n< . 1 ack 1 sack\n< . 1 ack 1461 sack\nwait 3\n< . 1 ack 14601\nwait 200"),
        ("gaps", "< S 0 mss sackok\n< . 1 ack 1\naccept\n< P. 201:301 ack 1\n< P. 401:501 ack 1\n< F. 601 ack 1\n< P. 1:201 ack 1\nread 500\n< P. 301:401 ack 1\n< P. 501:601 ack 1"),
        ("closed window", "< S 0 mss\n< . 1 ack 1 win 0\naccept\nwrite 100\nwait 10\n< . 1 ack 1 win 0\nwait 60\n< . 1 ack 1 win 50\nwait 3\n< . 1 ack 101"),
        ("urgent", "< S 0 mss\n< . 1 ack 1\naccept\n< PU. 1:11 ack 1\nwrite 100\nurgent\n< . 11 ack 101\nread 10"),
        ("flood", String(repeating: "< S 0 mss\n", count: 3) + "stop\n" + String(repeating: "< S 5 mss\n< . 6 ack 1\n", count: 8)),
        ("noise", "< S 0 mss\n< R 1\n< . 1 ack 1\n< SF 5 ack 7\nwait 100\nlisten\nlisten\n< S 9 mss"),
    ]

    static let all: [(name: String, octets: [UInt8])] = scripts.map { ($0.name, octets(of: $0.text)) }

    static func octets(of script: String) -> [UInt8] { script.split(separator: "\n").flatMap { step($0.split(separator: " ")) } }

    private static let verbs: [Substring: UInt8] = [
        "write": 10, "read": 11, "shutdown": 12, "close": 13, "abort": 14, "deaf": 15, "urgent": 16, "accept": 17, "connect": 18,
        "listen": 19, "stop": 23,
    ]

    private static func step(_ words: [Substring]) -> [UInt8] {
        let verb = words[0], number = words.count > 1 ? Int(words[1]) ?? 0 : 0
        switch verb {
        case "<": return segment(words)
        case "ms": return [8, UInt8(clamping: number)]
        case "wait": return [9, UInt8(clamping: number), 1]
        case "write", "read": return [verbs[verb]!, 0, UInt8(number >> 8 & 0xff), UInt8(number & 0xff)]
        case "accept", "listen", "stop": return [verbs[verb]!]
        default: return [verbs[verb] ?? 8, 0]
        }
    }

    private static func segment(_ words: [Substring]) -> [UInt8] {
        let letters: [Character: UInt8] = ["F": 1, "S": 2, "R": 4, "P": 8, ".": 16, "U": 32, "E": 64, "C": 128]
        let flags = words[1].reduce(UInt8(0)) { $0 | (letters[$1] ?? 0) }
        let range = words[2].split(separator: ":").map { Int($0) ?? 0 }
        func value(_ word: Substring, _ otherwise: Int) -> Int { words.firstIndex(of: word).flatMap { Int(words[$0 + 1]) } ?? otherwise }
        let octets = range.count > 1 ? range[1] - range[0] : 0
        var bits: UInt8 = 0
        for (bit, word) in [(1, "mss"), (2, "sackok"), (4, "ts"), (8, "sack")] as [(UInt8, Substring)] where words.contains(word) { bits |= bit }
        func two(_ number: Int) -> [UInt8] { [UInt8(number >> 8 & 0xff), UInt8(number & 0xff)] }
        return [0, flags] + two(range[0]) + two(value("ack", 0)) + two(value("win", 65535)) + [bits] + two(octets)
    }
}
