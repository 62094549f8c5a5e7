/// What the protocols did, as `netstat -s` lists it: one counter each, grouped by protocol.
public enum Statistic: UInt8, CaseIterable, Sendable {
    case ipReceived, ipDelivered, ipForwarded, ipSent, ipFragmentsReceived, ipReassembled, ipReassemblyTimeouts
    case ipFragmented, ipFragmentsSent, ipWithOptions
    case icmpReceived, icmpEchoRequests, icmpEchoReplies, icmpErrorsReceived, icmpErrorsSent, icmpErrorsSuppressed
    case icmpErrorsLimited, icmpPathMTUUpdates
    case udpReceived, udpDelivered, udpSent, udpNoChecksum, udpHardwareChecked, udpErrorsDelivered
    case arpRequestsReceived, arpRepliesReceived, arpRequestsSent, arpRepliesSent, arpConflicts, arpProbesSent
    case arpAnnouncementsSent, arpExpired, arpFailed
    case igmpQueriesReceived, igmpReportsReceived, igmpReportsSent, igmpLeavesSent
    case tapCopied, tapMissed, eventsLost

    /// The protocol: what stands before the name's first capital.
    public var group: String { String("\(self)".prefix { !$0.isUppercase }) }

    /// The rest of the name in words.
    public var text: String {
        var words = ""
        for character in "\(self)".drop(while: { !$0.isUppercase }) {
            if character.isUppercase, !words.isEmpty, words.last?.isUppercase != true { words += " " }
            words += character.isUppercase && !words.isEmpty && words.last?.isUppercase == true ? String(character) : character.lowercased()
        }
        return words
    }
}
