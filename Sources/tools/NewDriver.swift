internal import ArgumentParser
internal import Glibc
internal import Host

/// `drydock new-driver`: a package with a driver that works, to be made into another.
struct NewDriver: Tool {
    static let configuration = CommandConfiguration(
        commandName: "new-driver",
        abstract: "Write a package with a driver of your own.",
        discussion: """
            The package builds without Drydock's sources: the kit is copied into it. Its driver drives the teaching NIC sim:abc,
            attaches, passes traffic, and has tests; you change it into the driver of your chip. Its README.md says how.

            Examples:
              drydock new-driver mynic --lang swift
              drydock new-driver mynic --lang c --directory ~/drivers/mynic

            Exit status: 0 done; 1 failed; 64 wrong words.
            """)

    @Argument(help: "The driver's name: devnp-NAME.so, interfaces NAME0, NAME1, …") var name: String
    @Option(help: "swift or c.") var lang: String = "swift"
    @Option(help: "Where it goes; without it ./devnp-NAME.", completion: .directory) var directory: String?
    @Option(help: "The folder of Drydock's sources; without it DRYDOCK_KIT, or those that this program was built from.", completion: .directory)
    var kit: String?

    func perform(in world: World) throws(ToolFailure) -> Int32 {
        guard let language = DriverTemplate.Language(rawValue: lang) else {
            throw ToolFailure("--lang \(lang)", "there is no template in that language", "choose swift or c", exit: Self.usageExit)
        }
        if let objection = DriverTemplate.objection(to: name) {
            throw ToolFailure("driver name \(name.prefix(40))", objection.why, objection.fix, exit: Self.usageExit)
        }
        let target = Paths.absolute(directory ?? "devnp-\(name)")
        guard !FileSystem.exists(target) else {
            throw ToolFailure(target, "it exists already", "choose another place: --directory FOLDER")
        }
        let kit = try DriverKitFolder.find(kit, world)
        try write(DriverTemplate(language: language, name: name), from: kit, to: target)
        return world.print(next(language, directory ?? "devnp-\(name)"))
    }

    /// All of it or nothing: made under another name, and renamed when it is whole.
    private func write(_ template: DriverTemplate, from kit: DriverKitFolder, to target: String) throws(ToolFailure) {
        let parent = Paths.folder(of: target)
        let unfinished = "\(parent)/.\(Paths.name(of: target)).\(getpid())"
        do { try FileSystem.makeFolder(unfinished) } catch {
            throw ToolFailure(parent, error.description, "make that folder first, or choose another place: --directory FOLDER")
        }
        do throws(ToolFailure) {
            try template.write(from: kit, to: unfinished)
            guard unsafe rename(unfinished, target) == 0 else {
                throw ToolFailure(target, Errno.last.description, "choose another place: --directory FOLDER")
            }
        } catch {
            FileSystem.clear(unfinished)
            FileSystem.removeFolder(unfinished)
            throw error
        }
    }

    private func next(_ language: DriverTemplate.Language, _ place: String) -> String {
        let image = language == .swift ? ".build/release/libdevnp-\(name).so" : "devnp-\(name).so"
        let build = language == .swift ? "swift build -c release" : "make"
        let test = language == .swift ? "swift test" : "make test"
        return """
            \(place): a driver that works, in \(language == .swift ? "Swift" : "C"). README.md leads to the first ping; in short:
              cd \(ShellText.quoted(place))
              \(test)
              \(build)
              nic add \(name)-a sim:abc --cable peer:10.1.0.1/24
              io-pkt-v6-hc -i2 -ptcpip prefix=/sock2
              mount -Tio-pkt2 $PWD/\(image)
              SOCK=/sock2 ifconfig \(name)0 10.1.0.2/24
              SOCK=/sock2 ping -c 3 10.1.0.1

            """
    }
}
