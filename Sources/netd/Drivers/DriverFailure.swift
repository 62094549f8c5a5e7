import CDriver
import Glibc
import Host
package import Messages

/// Why a driver could not be had. Each case has a sentence of its own and the errno that `mount` prints as its reason.
package enum DriverFailure: Error, Equatable {
    case notAbsolute(String)
    case noFile(String, errno: Int32)
    case notLoadable(String, dlerror: String)
    case noEntry(String)
    case noTable(String)
    case wrongABI(String, theirs: UInt32)
    case shortTable(String, octets: UInt32, abi: UInt32)
    case missingCallout(String, name: String)
    case badName(String)
    case noHardware(driver: String)
    case noSuchNIC(String)
    case nicBusy(String, holder: String)
    case notMatched(driver: String, nic: String, vendor: UInt16, device: UInt16)
    case attachFailed(driver: String, nic: String, errno: Int32, said: String?)
    case badAttachment(driver: String, why: String)
    case nameTaken(String)
    case badOption(String, why: String)
    case busFailed(nic: String, why: String)
    case noDetach(String)
    case needsNoNIC(driver: String, option: String)
    /// What a driver's own process said.
    case refusedByHost(Failure)

    var code: Int32 {
        switch self {
        case .notAbsolute, .badOption, .badName, .needsNoNIC: EINVAL
        case .noFile(_, let errno): errno
        case .notLoadable, .noEntry, .noTable, .wrongABI, .shortTable, .missingCallout: ENOEXEC
        case .noHardware, .noSuchNIC, .notMatched: ENODEV
        case .nicBusy: EBUSY
        case .attachFailed(_, _, let errno, _): errno
        case .badAttachment: EPROTO
        case .nameTaken: EALREADY
        case .busFailed: EIO
        case .noDetach: EOPNOTSUPP
        case .refusedByHost(let failure): failure.code
        }
    }

    /// What failed, why, and what to do.
    var failure: Failure {
        let (what, why, fix) = sentence
        return Failure(Errno(rawValue: code), what: what, why: why, fix: fix)
    }

    private var sentence: (String, String, String) {
        switch self {
        case .notAbsolute(let path):
            ("unable to load \(path)", "a stack opens drivers by absolute path", "give the whole path of the driver file")
        case .noFile(let path, let errno):
            ("unable to load \(path)", Self.text(errno), "check the path; drivers are built by: swift build -c release --package-path Drivers")
        case .notLoadable(let path, let dlerror):
            ("unable to load \(path)", dlerror, "build it as a shared library for this machine")
        case .noEntry(let path):
            ("unable to load \(path)", "it exports no \(DRYDOCK_ENTRY_SYMBOL)", "a driver image returns its table from that function (drydock_driver.h)")
        case .noTable(let path):
            ("unable to init \(path)", "\(DRYDOCK_ENTRY_SYMBOL) returned no table", "return the address of a static struct drydock_driver")
        case .wrongABI(let path, let theirs):
            ("driver variant mismatch: \(path)", "it was built for driver contract \(theirs), this stack speaks \(DRYDOCK_ABI_OLDEST) to \(DRYDOCK_ABI)",
             theirs > DRYDOCK_ABI ? "use a newer Drydock, or rebuild the driver against this one's kit" : "rebuild the driver against this Drydock's kit")
        case .shortTable(let path, let octets, let abi):
            ("driver variant mismatch: \(path)", "its table has \(octets) octets, contract \(abi) needs \(Contract.driverOctets(abi))",
             "set `size` to sizeof(drydock_driver), or rebuild the driver against this Drydock's kit")
        case .missingCallout(let path, let name):
            ("unable to init \(path)", "its table has no `\(name)`", "every callout up to `quiesce` is required")
        case .badName(let path):
            ("unable to init \(path)", "its name and interface prefix must be 1 to 11 letters, digits or '-', the prefix without a digit at its end", "correct `name` and `prefix` in the driver's table")
        case .noHardware(let driver):
            ("unable to init \(driver)", "no unclaimed NIC that it drives", "add one: nic add NAME sim:82540em; see them: nic list")
        case .noSuchNIC(let nic):
            ("no NIC named \(nic)", "none of that name is running", "see them: nic list")
        case .nicBusy(let nic, let holder):
            ("NIC \(nic) is busy", "\(holder) has claimed it", "destroy the interface there first, or name another: mount -o nic=NAME")
        case .notMatched(let driver, let nic, let vendor, let device):
            ("unable to init \(driver)", "it does not drive \(nic) (\(Self.hex(vendor)):\(Self.hex(device)))", "mount the driver of that device")
        case .attachFailed(let driver, let nic, let errno, let said):
            ("unable to init \(driver)", "attach to \(nic) failed: " + (said ?? Self.text(errno)), "the driver's log lines say more: see the instance's log")
        case .badAttachment(let driver, let why):
            ("unable to init \(driver)", why, "correct what `attach` fills in")
        case .nameTaken(let name):
            ("interface \(name) exists", "the name or unit is taken", "choose another with -o name= or lan=, or destroy it: ifconfig \(name) destroy")
        case .badOption(let option, let why):
            ("malformed option \(option)", why, "options are comma-separated: nic=em-a,lan=0,mtu=1500")
        case .busFailed(let nic, let why):
            ("NIC \(nic) cannot be used", why, "see it: nic show \(nic)")
        case .needsNoNIC(let driver, let option):
            ("option \(option)=", "\(driver) drives no NIC: it is a link of the host's own", "leave it out; the driver's options are shown by: use devnp-\(driver).so")
        case .refusedByHost(let failure): (failure.what, failure.why, failure.fix)
        case .noDetach(let name):
            ("\(name) cannot be destroyed", "it has no driver to detach", "only driver, vlan and other created interfaces can be destroyed")
        }
    }

    static func text(_ errno: Int32) -> String { unsafe String(cString: strerror(errno)) }
    private static func hex(_ value: UInt16) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 4 - digits.count) + digits
    }
}
