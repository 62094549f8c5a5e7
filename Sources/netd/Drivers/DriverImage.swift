import CDriver
import CLinux
import Glibc
import Host

/// A loaded driver library: one generation of it, from a private copy under a name never used before.
///
/// The copy is what makes reload safe: the C library returns the old handle for a file it has open, and a linker that
/// rewrites a mapped file in place would pull the code from under the stack.
// SAFETY: `table` points into the image, which stays loaded until this object goes; every attachment holds the object.
@safe package final class DriverImage {
    let path: String
    package let name: String
    let prefix: String
    let version: String
    let help: String
    /// Our copy: what the driver's own table says, and zeros where it is of an older contract and shorter.
    let table: UnsafePointer<drydock_driver>
    /// What it says of itself to shells and recorders, once it has been asked.
    private(set) var description: UnsafePointer<drydock_description>?
    /// It drives no NIC but something of the host's own. Contract 2.
    package let needsNoDevice: Bool
    /// Where its instructions are mapped: what a fault's address is compared with.
    let codeRange: Range<UInt64>
    /// Nil: the image itself is in other processes, and the table is ours.
    private let handle: UnsafeMutableRawPointer?
    /// Our copy, where it keeps its name for as long as it is loaded.
    let kept: String?
    /// Where the driver runs when it does not run here.
    let stock: HostStock?

    /// Loads `path`. On any failure the library is closed again and nothing has changed.
    ///
    /// - Parameter keepsName: whether the copy stays in `folder` until the image goes, so that a debugger finds it, also in a
    ///   core. Whoever owns the folder removes it when the process dies.
    package convenience init(path: String, generation: Int, folder: String, keepsName: Bool = false) throws(DriverFailure) {
        guard path.hasPrefix("/") else { throw .notAbsolute(path) }
        let copy = folder + "/driver-\(generation)-" + (path.split(separator: "/").last.map(String.init) ?? "image")
        try Self.copy(path, to: copy)
        var isKept = false
        // The mapping lives on without the name; nothing is left behind when the process dies.
        defer { if !isKept { unsafe unlink(copy) } }
        try self.init(path: path, opening: copy, mapped: copy, kept: keepsName ? copy : nil)
        isKept = keepsName
    }

    /// Loads the library at `copy`, which nobody will change, and calls it `path`.
    ///
    /// - Parameters:
    ///   - mapped: a part of the name that the kernel's list of mappings has for it.
    ///   - kept: what is to be removed when the image goes.
    init(path: String, opening copy: String, mapped: String, kept: String? = nil) throws(DriverFailure) {
        guard let handle = unsafe dlopen(copy, RTLD_NOW | RTLD_LOCAL) else {
            let said = unsafe dlerror().map { unsafe String(cString: $0) } ?? "unknown error"
            throw .notLoadable(path, dlerror: said.hasPrefix(copy) ? path + said.dropFirst(copy.count) : said)
        }
        do throws(DriverFailure) {
            let table = unsafe try Self.table(of: handle, path: path)
            do throws(DriverFailure) { try unsafe Self.check(table.pointee, path: path) } catch {
                unsafe table.deallocate()
                throw error
            }
            unsafe (self.name, self.prefix) = try Self.names(table.pointee, path: path)
            unsafe version = table.pointee.version.map { unsafe String(cString: $0) } ?? "unknown"
            unsafe help = table.pointee.help.map { unsafe String(cString: $0) } ?? ""
            unsafe self.table = table
            needsNoDevice = unsafe table.pointee.abi >= 2 && table.pointee.flags & DRYDOCK_DRIVER_NO_DEVICE != 0
        } catch {
            unsafe dlclose(handle)
            throw error
        }
        self.path = path
        self.kept = kept
        codeRange = Self.code(of: mapped)
        unsafe self.handle = handle
        stock = nil
    }

    /// An image that is loaded in driver hosts: its words here, its code there.
    init(path: String, _ hello: HostHello, stock: HostStock) {
        self.path = path
        (name, prefix, version, help) = (hello.name, hello.prefix, hello.version, hello.help)
        needsNoDevice = hello.needsNoDevice
        unsafe table = IsolatedTable.make(contract: hello.contract)
        (codeRange, self.stock, kept) = (0..<0, stock, nil)
        unsafe handle = nil
    }

    deinit {
        unsafe table.deallocate()
        if let handle = unsafe handle { unsafe dlclose(handle) }
        if let kept { unsafe unlink(kept) }
    }

    /// Asks the driver for it.
    func describe() -> UnsafePointer<drydock_description>? {
        unsafe description = table.pointee.describe?()
        return unsafe description
    }

    /// Whether the driver wants such a device.
    func matches(_ identity: drydock_identity) -> Bool {
        if let stock { return stock.matches(identity) }
        var identity = identity
        return unsafe table.pointee.match(&identity) > 0
    }

    /// The version of the contract that the driver was built for.
    var contract: UInt32 { unsafe table.pointee.abi }

    /// The executable part of a mapped file, from this process's own map.
    private static func code(of file: String) -> Range<UInt64> {
        for line in (FileSystem.text("/proc/self/maps", limit: 1 << 20) ?? "").split(separator: "\n") where line.contains(file) {
            let words = line.split(separator: " ", omittingEmptySubsequences: true)
            guard words.count >= 2, words[1].contains("x") else { continue }
            let bounds = words[0].split(separator: "-").compactMap { UInt64($0, radix: 16) }
            if bounds.count == 2, bounds[0] < bounds[1] { return bounds[0]..<bounds[1] }
        }
        return 0..<0
    }

    private static func copy(_ path: String, to copy: String) throws(DriverFailure) {
        let from = unsafe clinux_open(path, O_RDONLY | O_CLOEXEC, 0)
        guard from >= 0 else { throw .noFile(path, errno: errno) }
        defer { close(from) }
        var status = stat()
        guard unsafe fstat(from, &status) == 0 else { throw .noFile(path, errno: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw .noFile(path, errno: status.st_mode & S_IFMT == S_IFDIR ? EISDIR : EINVAL)
        }
        let to = unsafe clinux_open(copy, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o700)
        guard to >= 0 else { throw .noFile(copy, errno: errno) }
        defer { close(to) }
        var left = Int(status.st_size)
        while left > 0 {
            let sent = sendfile(to, from, nil, left)
            guard sent > 0 else {
                let why = sent < 0 ? errno : EIO
                unsafe unlink(copy)
                throw .noFile(path, errno: why)
            }
            left -= sent
        }
    }

    private static func table(of handle: UnsafeMutableRawPointer, path: String) throws(DriverFailure) -> UnsafePointer<drydock_driver> {
        guard let symbol = unsafe dlsym(handle, DRYDOCK_ENTRY_SYMBOL) else { throw .noEntry(path) }
        let entry = unsafe unsafeBitCast(symbol, to: (@convention(c) () -> UnsafePointer<drydock_driver>?).self)
        guard let table = unsafe entry() else { throw .noTable(path) }
        // These two words are in a table of any version; nothing else is looked at before both are judged.
        let words = unsafe UnsafeRawPointer(table)
        let abi = unsafe words.load(as: UInt32.self), octets = unsafe words.load(fromByteOffset: 4, as: UInt32.self)
        guard (DRYDOCK_ABI_OLDEST...DRYDOCK_ABI).contains(abi) else { throw .wrongABI(path, theirs: abi) }
        guard Int(octets) >= Contract.driverOctets(abi) else { throw .shortTable(path, octets: octets, abi: abi) }
        let copy = UnsafeMutablePointer<drydock_driver>.allocate(capacity: 1)
        unsafe UnsafeMutableRawPointer(copy).initializeMemory(as: UInt8.self, repeating: 0, count: MemoryLayout<drydock_driver>.size)
        unsafe UnsafeMutableRawPointer(copy).copyMemory(from: words, byteCount: Contract.driverOctets(abi))
        return unsafe UnsafePointer(copy)
    }

    private static func check(_ table: drydock_driver, path: String) throws(DriverFailure) {
        if let missing = unsafe firstMissing(table) { throw .missingCallout(path, name: missing) }
        _ = try unsafe names(table, path: path)
    }

    private static func firstMissing(_ t: drydock_driver) -> String? {
        let present: [(String, Bool)] = unsafe [
            ("name", t.name != nil), ("prefix", t.prefix != nil), ("match", t.match != nil), ("attach", t.attach != nil),
            ("start", t.start != nil), ("stop", t.stop != nil), ("detach", t.detach != nil),
            ("provide_receive", t.provide_receive != nil), ("return_receive", t.return_receive != nil),
            ("provide_transmit", t.provide_transmit != nil), ("return_transmit", t.return_transmit != nil),
            ("interrupt", t.interrupt != nil), ("timer", t.timer != nil), ("set_filter", t.set_filter != nil),
            ("get_media", t.get_media != nil), ("set_media", t.set_media != nil), ("set_offloads", t.set_offloads != nil),
            ("set_mtu", t.set_mtu != nil), ("statistics", t.statistics != nil), ("quiesce", t.quiesce != nil),
        ]
        return present.first { !$0.1 }?.0
    }

    private static func names(_ t: drydock_driver, path: String) throws(DriverFailure) -> (String, String) {
        let name = unsafe String(cString: t.name), prefix = unsafe String(cString: t.prefix)
        func plain(_ text: String) -> Bool {
            (1...11).contains(text.utf8.count) && text.utf8.allSatisfy { c in
                (0x30...0x39).contains(c) || (0x41...0x5a).contains(c) || (0x61...0x7a).contains(c) || c == 0x2d
            }
        }
        let longName = !name.isEmpty && name.utf8.count <= 31 && name.split(separator: "-").allSatisfy { plain(String($0)) }
        guard longName, plain(prefix), let last = prefix.utf8.last, !(0x30...0x39).contains(last) else { throw .badName(path) }
        return (name, prefix)
    }
}
