internal import CDriver
internal import FoundationEssentials
internal import Glibc

/// What a driver image says of itself.
struct DriverFace: Codable, Equatable {
    var name: String
    /// Its interfaces are called `em0`, `em1`, ….
    var prefix: String
    var version: String
    /// One option a line.
    var help: String

    init?(json: String) {
        guard let face = try? JSONDecoder().decode(DriverFace.self, from: Data(json.utf8)) else { return nil }
        self = face
    }

    /// Loads the image into this process, reads its table, and calls nothing but the entry.
    init(_ path: String) throws(ToolFailure) {
        // SAFETY: the handle is used before any dlclose; it is never closed, since this process ends right after.
        guard let handle = unsafe dlopen(path, RTLD_NOW | RTLD_LOCAL) else {
            let said = unsafe dlerror().map { unsafe String(cString: $0) } ?? "it cannot be loaded"
            let bare = said.hasPrefix(path + ": ") ? String(said.dropFirst(path.utf8.count + 2)) : said
            throw ToolFailure(path, bare, "give a driver's library, as in: use /path/to/devnp-e1000.so")
        }
        guard let symbol = unsafe dlsym(handle, DRYDOCK_ENTRY_SYMBOL) else {
            throw ToolFailure(path, "it is no driver: it has no symbol \(DRYDOCK_ENTRY_SYMBOL)", "build it against drydock_driver.h")
        }
        // SAFETY: the contract gives the symbol this type.
        let entry = unsafe unsafeBitCast(symbol, to: (@convention(c) () -> UnsafePointer<drydock_driver>?).self)
        guard let table = unsafe entry() else { throw ToolFailure(path, "its entry returned nothing", "see drydock_driver.h") }
        let words = unsafe UnsafeRawPointer(table)
        // SAFETY: every version's table begins with these two words.
        let theirs = unsafe words.load(as: UInt32.self), octets = unsafe words.load(fromByteOffset: 4, as: UInt32.self)
        guard (DRYDOCK_ABI_OLDEST...DRYDOCK_ABI).contains(theirs) else {
            throw ToolFailure(path, "it was built for version \(theirs) of the contract, this Drydock speaks \(DRYDOCK_ABI_OLDEST) to \(DRYDOCK_ABI)",
                              theirs > DRYDOCK_ABI ? "use a newer Drydock, or build it again with this one's kit" : "build it again with this Drydock's kit")
        }
        guard let end = unsafe MemoryLayout<drydock_driver>.offset(of: \.match), Int(octets) >= end else {
            throw ToolFailure(path, "its table has \(octets) octets, too few for its texts", "set `size` to sizeof(drydock_driver)")
        }
        // SAFETY: the contract makes these NUL-terminated strings that live as long as the image.
        name = unsafe table.pointee.name.map { unsafe String(cString: $0) } ?? ""
        prefix = unsafe table.pointee.prefix.map { unsafe String(cString: $0) } ?? ""
        version = unsafe table.pointee.version.map { unsafe String(cString: $0) } ?? ""
        help = unsafe table.pointee.help.map { unsafe String(cString: $0) } ?? ""
    }

    func text(_ file: String) -> String {
        let options = help.split(separator: "\n").map { "  \($0)\n" }.joined()
        return """
            \(file): driver \(name), version \(version); interfaces \(prefix)0, \(prefix)1, …

            Options, after -o and separated by commas:
            \(options)
            Options of every driver:
              nic=NAME      the NIC to drive (see: nic list)
              name=NAME     another interface name than \(prefix)
              lan=N unit=N  the interface's number

            """
    }
}
