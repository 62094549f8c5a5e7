internal import Glibc
internal import Host

/// A package's folder, looked at until something in it is saved; then it is built.
struct DriverWatch {
    var folder: String
    /// nil: until interrupted.
    var times: Int?

    /// Between two looks. A save and the next are told apart; an editor that writes twice is waited for.
    private static let pause: UInt32 = 50

    /// How this folder is built.
    private func command() throws(ToolFailure) -> [String] {
        if FileSystem.exists("\(folder)/Package.swift") {
            return ["swift", "build", "-c", "release", "--package-path", folder]
        }
        if FileSystem.exists("\(folder)/Makefile") { return ["make", "-C", folder] }
        throw ToolFailure(folder, "it has neither a Package.swift nor a Makefile", "name the folder of a driver's package")
    }

    func run(_ world: World, _ remount: () throws(ToolFailure) -> Remount.Spent) throws(ToolFailure) -> Int32 {
        let command = try command(), interrupts = try world.interrupts()
        var seen = marks(folder), done = 0
        world.output("watching \(folder)\n")
        while times.map({ done < $0 }) ?? true {
            guard !Poll.readable(interrupts.raw, Deadline(in: .milliseconds(Int(Self.pause)))) else { break }
            var now = marks(folder)
            guard now != seen else { continue }
            repeat {
                seen = now
                Pause.milliseconds(Self.pause)
                now = marks(folder)
            } while now != seen
            try turn(command, world, remount)
            seen = marks(folder)
            done += 1
        }
        return Exit.success
    }

    private func turn(_ command: [String], _ world: World, _ remount: () throws(ToolFailure) -> Remount.Spent) throws(ToolFailure) {
        let clock = ContinuousClock(), start = clock.now
        let build: Subprocess.Outcome
        do { build = try Subprocess.run("/usr/bin/env", ["env"] + command, time: .seconds(600)) } catch {
            throw ToolFailure(command[0], error.description, "put it on PATH")
        }
        guard build.ending == .exited(0) else { return world.output(build.output + build.complaint + "not built; the old driver stays\n") }
        let built = clock.now - start
        do throws(ToolFailure) {
            let spent = try remount()
            world.output("built in \(Remount.Spent.seconds(built)) s, \(spent.text)\n")
        } catch { world.complaint(error.text("remount")) }
    }

    /// When each file was changed. Hidden files, and what a build makes, do not count.
    private func marks(_ path: String, depth: Int = 6) -> [String: UInt64] {
        var out: [String: UInt64] = [:]
        for name in FileSystem.names(in: path) where !name.hasPrefix(".") && !name.hasSuffix(".so") && !name.hasSuffix(".new") && !name.hasSuffix(".o") {
            var status = stat()
            let inner = "\(path)/\(name)"
            guard unsafe stat(inner, &status) == 0 else { continue }
            if status.st_mode & S_IFMT == S_IFDIR {
                if depth > 0 { out.merge(marks(inner, depth: depth - 1)) { old, _ in old } }
            } else if status.st_mode & 0o111 == 0 {
                out[inner] = UInt64(status.st_mtim.tv_sec) &* 1_000_000_000 &+ UInt64(status.st_mtim.tv_nsec) &+ UInt64(status.st_size)
            }
        }
        return out
    }
}
