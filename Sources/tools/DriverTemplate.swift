internal import Glibc
internal import Host

/// The files of a new driver's package, made from the kit: what is copied, and what is renamed on the way.
struct DriverTemplate {
    enum Language: String, CaseIterable { case swift, c }

    var language: Language
    /// As in `devnp-NAME.so`; also what its interfaces are called.
    var name: String

    /// One file or folder of the kit, and where it goes. A name in it is replaced when `isRenamed`.
    struct Item {
        var from: String, to: String
        var isRenamed = true
        /// Of a folder: only these; empty: all.
        var only: [String] = []
    }

    /// `abc` as a type's name begins: `Abc`.
    var typeName: String { name.prefix(1).uppercased() + name.dropFirst() }

    var items: [Item] {
        let common = [Item(from: "docs/ABC.md", to: "docs/ABC.md", isRenamed: false), Item(from: "LICENSE", to: "Kit/LICENSE", isRenamed: false)]
        let template = "Drivers/Templates/\(language.rawValue)"
        switch language {
        case .swift:
            return common + [
                Item(from: "\(template)/Package.swift", to: "Package.swift"), Item(from: "\(template)/README.md", to: "README.md"),
                Item(from: "\(template)/gitignore", to: ".gitignore"), Item(from: "Drivers/image.map", to: "image.map", isRenamed: false),
                Item(from: "Drivers/Sources/CDriver", to: "Kit/CDriver", isRenamed: false),
                Item(from: "Drivers/Sources/DriverKit", to: "Kit/DriverKit", isRenamed: false),
                Item(from: "Drivers/Sources/AbcRegisters", to: "Sources/\(typeName)Registers"),
                Item(from: "Drivers/Sources/DriverAbc", to: "Sources/Driver\(typeName)"),
                Item(from: "Tests/DriverAbcTests", to: "Tests/Driver\(typeName)Tests", only: ["AbcTests.swift", "Bench.swift", "FakeAbc.swift"]),
            ]
        case .c:
            return common + [
                Item(from: "\(template)/driver.c", to: "\(name).c"), Item(from: "\(template)/test.c", to: "test.c"),
                Item(from: "\(template)/Makefile", to: "Makefile"), Item(from: "\(template)/README.md", to: "README.md"),
                Item(from: "\(template)/gitignore", to: ".gitignore"),
                Item(from: "Drivers/Sources/CDriver/include/drydock_driver.h", to: "Kit/include/drydock_driver.h", isRenamed: false),
            ]
        }
    }

    /// Writes everything into `target`, an empty folder.
    func write(from kit: DriverKitFolder, to target: String) throws(ToolFailure) {
        for item in items { try copy(item, kit.path, target) }
    }

    private func copy(_ item: Item, _ kit: String, _ target: String) throws(ToolFailure) {
        let from = "\(kit)/\(item.from)", to = "\(target)/\(item.to)"
        let inside = FileSystem.names(in: from).filter { item.only.isEmpty || item.only.contains($0) }.sorted()
        guard !inside.isEmpty else { return try file(from, to, item.isRenamed) }
        // Documentation catalogues are for the kit's own pages.
        for name in inside where !name.hasSuffix(".docc") && !name.hasPrefix(".") {
            try copy(Item(from: "\(item.from)/\(name)", to: "\(item.to)/\(item.isRenamed ? renamed(name) : name)", isRenamed: item.isRenamed), kit, target)
        }
    }

    private func file(_ from: String, _ to: String, _ isRenamed: Bool) throws(ToolFailure) {
        // The kit's image source is a link in the reference driver's folder; a package has its own copy.
        let source = Paths.link(from).map { Paths.absolute($0, in: Paths.folder(of: from)) } ?? from
        guard let text = FileSystem.text(source, limit: 1 << 20) else {
            throw ToolFailure(from, "it cannot be read", "the kit is not whole: get Drydock's sources again")
        }
        do {
            try makeFolders(Paths.folder(of: to))
            try FileSystem.replace(to, with: Array((isRenamed ? renamed(text) : text).utf8))
            _ = unsafe chmod(to, 0o666 & ~Self.mask)
        } catch { throw ToolFailure(to, error.description, "choose another place: --directory FOLDER") }
    }

    private func makeFolders(_ path: String) throws(SystemError) {
        guard !FileSystem.exists(path) else { return }
        try makeFolders(Paths.folder(of: path))
        try FileSystem.makeFolder(path)
        _ = unsafe chmod(path, 0o777 & ~Self.mask)
    }

    /// What the user takes away from modes of new files. A tool has one thread.
    private static let mask: mode_t = {
        let mask = umask(0o077)
        _ = umask(mask)
        return mask
    }()

    /// Templates say `@name@` and `@Name@`; the sources of the reference driver are called `abc` and `Abc`.
    private func renamed(_ text: String) -> String {
        var out = text
        for (old, new) in [("@name@", name), ("@Name@", typeName)] { out = out.replacing(old, with: new) }
        guard language == .swift, !text.contains("@name@") else { return out }
        return out.replacing("docs/ABC.md", with: "\u{1}").replacing("Abc", with: typeName).replacing("abc", with: name).replacing("\u{1}", with: "docs/ABC.md")
    }

    /// Why a driver cannot be called so; nil: it can.
    static func objection(to name: String) -> (why: String, fix: String)? {
        let fix = "choose 2 to 11 letters and digits, a letter first and none of the digits last, as in: \(suggestion(name))"
        guard name.utf8.allSatisfy(isPlain) else { return ("it has more than letters and digits", fix) }
        guard (2...11).contains(name.utf8.count) else { return ("it has \(name.utf8.count) characters", fix) }
        guard let first = name.utf8.first, !isDigit(first) else { return ("it begins with a digit", fix) }
        guard let last = name.utf8.last, !isDigit(last) else { return ("it ends in a digit, and its interfaces are numbered: \(name)0", fix) }
        guard name.lowercased() != "kit" else { return ("the kit itself is called so", fix) }
        return nil
    }

    private static func suggestion(_ name: String) -> String {
        var plain = name.utf8.filter(isPlain).map { Character(Unicode.Scalar($0)) }
        while let first = plain.first, first.isNumber { plain.removeFirst() }
        while let last = plain.last, last.isNumber { plain.removeLast() }
        let made = String(plain.prefix(11))
        return made.count < 2 || made.lowercased() == "kit" ? "mynic" : made
    }

    private static func isDigit(_ c: UInt8) -> Bool { (0x30...0x39).contains(c) }
    private static func isPlain(_ c: UInt8) -> Bool { isDigit(c) || (0x41...0x5a).contains(c) || (0x61...0x7a).contains(c) }
}
