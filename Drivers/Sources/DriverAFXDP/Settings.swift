import DriverKit
import HostLink

/// What the options ask for, checked.
struct Settings: Sendable {
    /// Where the program sits, and whether frames may be copied.
    enum Mode: Sendable { case best, zeroCopy, native, generic }

    var link = LinkSettings(receive: 1024, transmit: 1024)
    var queue: UInt32 = 0
    var mode: Mode = .best
    var busyPoll = false

    static var help: StaticString {
        """
        ifname=NAME            the interface of the host (required); what arrives on its queue is the stack's alone
        queue=0..63            queue of the interface (default 0)
        mode=MODE              zerocopy, native (in the host's driver, with copies) or generic (in the host's stack);
                               default: the first of these that the interface has
        busy=on|off            have our calls do the interface's work (default off)
        mac=XX:XX:XX:XX:XX:XX  use this address, not the interface's
        mtu=68..1500           octets of payload (default: the interface's, at most 1500)
        promiscuous            accept every frame
        receive=64..4096       receive buffers, a multiple of 8 (default 1024)
        transmit=64..4096      transmit buffers, a multiple of 8 (default 1024)
        verbose[=0..2]         log more
        """
    }

    /// Reads all options; the first that is wrong is named in the log.
    init(_ options: inout Options) throws(DriverFailure) {
        while let option = options.next() {
            if try link.take(option, options, mtu: AFXDP.mtuRange) { continue }
            if let on = try link.toggle(option, options, "busy") {
                busyPoll = on
            } else if options.named(option, "queue") {
                queue = try options.number(option, in: 0...63, allowed: "0 to 63, a queue of the interface")
            } else if options.named(option, "mode") {
                mode = try Settings.mode(option, options)
            } else {
                throw options.refuse(option, "is not known", allowed: "ifname= queue= mode= busy= mac= mtu= promiscuous receive= transmit= verbose")
            }
        }
        guard !link.name.isEmpty else { throw options.missing("ifname", allowed: "ifname= and the name of one of the host's interfaces") }
    }

    private static func mode(_ option: Options.Option, _ options: Options) throws(DriverFailure) -> Mode {
        if options.valued(option, "zerocopy") { return .zeroCopy }
        if options.valued(option, "native") { return .native }
        if options.valued(option, "generic") { return .generic }
        throw options.refuse(option, "is none", allowed: "zerocopy, native or generic")
    }

    /// Entries of a ring for `buffers`: a power of two.
    static func entries(_ buffers: UInt32) -> UInt32 {
        var size: UInt32 = 64
        while size < buffers { size <<= 1 }
        return size
    }
}
