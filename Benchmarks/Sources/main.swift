import Foundation

// The programs behind `Benchmarks/run`: figures as `name value`, one a line.
let words = Array(CommandLine.arguments.dropFirst())

func figures(_ all: [(String, Double)]) {
    for (name, value) in all { print("\(name) \((value * 1000).rounded() / 1000)") }
}

do {
    switch words.first {
    case "path-loop" where words.count == 4 || words.count == 5 && words[4] == "recorded":
        exit(PathLoop.run(driver: words[1], direction: words[2], frames: Int(words[3]) ?? 0, isRecorded: words.count == 5))
    case "forward" where words.count >= 3:
        figures(try ForwardingRounds.run(rounds: Int(words[1]) ?? 5, images: Array(words[2...])))
    case "forward-once" where words.count == 4:
        try Forwarding("image", image: words[1]).run(frames: Int(words[2]) ?? 0, size: Int(words[3]) ?? 32)
    case "recorder" where words.count == 3:
        figures(try RecorderBench.run(driver: words[1], rounds: Int(words[2]) ?? 5))
    case "start" where words.count == 4:
        figures(try Start.run(binary: words[1], driver: words[2], rounds: Int(words[3]) ?? 5))
    case "round-trip" where words.count == 4:
        figures(try RoundTrip.run(binary: words[1], driver: words[2], rounds: Int(words[3]) ?? 5))
    case "tcp-service" where words.count == 4:
        try TCPService.run(driver: words[1], options: words[2], address: words[3])
    default:
        print("usage: benchmarks path-loop DRIVER receive|transmit FRAMES [recorded] | recorder DRIVER ROUNDS | start|round-trip BINARY DRIVER ROUNDS"
              + " | forward ROUNDS NAME=IMAGE... | forward-once IMAGE FRAMES BATCH"
              + " | tcp-service DRIVER OPTIONS ADDRESS")
        exit(2)
    }
} catch {
    FileHandle.standardError.write(Data("benchmarks: \(error)\n".utf8))
    exit(1)
}
