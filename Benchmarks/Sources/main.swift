import Glibc

// The programs behind `Benchmarks/run`. Each prints one flat JSON object.
let words = Array(CommandLine.arguments.dropFirst())
switch words.first {
case "path-loop" where words.count == 4:
    exit(PathLoop.run(driver: words[1], direction: words[2], frames: Int(words[3]) ?? 0))
default:
    print("usage: benchmarks path-loop DRIVER.so receive|transmit FRAMES")
    exit(2)
}
