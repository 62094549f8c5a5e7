/// What the protocols did, as `netstat -s` lists it: one counter each, grouped by protocol.
public enum Statistic: UInt8, CaseIterable, Sendable {
    case ipReceived, ipDelivered, ipForwarded, ipSent, ipFragmentsReceived, ipReassembled, ipReassemblyTimeouts
    case ipFragmented, ipFragmentsSent, ipWithOptions
    case icmpReceived, icmpEchoRequests, icmpEchoReplies, icmpErrorsReceived, icmpErrorsSent, icmpErrorsSuppressed
    case icmpErrorsLimited, icmpPathMTUUpdates
    case udpReceived, udpDelivered, udpSent, udpNoChecksum, udpHardwareChecked, udpErrorsDelivered
    case tcpReceived, tcpSent, tcpRetransmitted, tcpOpened, tcpEstablished, tcpClosed, tcpBroken, tcpSynsReceived
    case tcpHalfOpenTimeouts, tcpCookiesSent, tcpCookiesHonoured, tcpTimeWaits, tcpTimeWaitsCut, tcpChallengesSent
    case tcpChallengesLimited, tcpResetsSent, tcpResetsLimited, tcpKeepAlives, tcpWindowProbes, tcpNoPath, tcpBlackHoles
    case arpRequestsReceived, arpRepliesReceived, arpRequestsSent, arpRepliesSent, arpConflicts, arpProbesSent
    case arpAnnouncementsSent, arpExpired, arpFailed
    case igmpQueriesReceived, igmpReportsReceived, igmpReportsSent, igmpLeavesSent
    case ip6Received, ip6Delivered, ip6Forwarded, ip6Sent, ip6FragmentsReceived, ip6ReassemblyTimeouts, ip6Fragmented
    case ip6FragmentsSent, ip6WithExtensions
    case icmp6Received, icmp6EchoRequests, icmp6EchoReplies, icmp6ErrorsReceived, icmp6ErrorsSent, icmp6ErrorsSuppressed
    case icmp6ErrorsLimited, icmp6PathMTUUpdates
    case ndSolicitationsReceived, ndAdvertisementsReceived, ndSolicitationsSent, ndAdvertisementsSent, ndProbesSent
    case ndDuplicates, ndFailed, ndExpired, ndRouterSolicitationsSent, ndRouterAdvertisementsReceived
    case ndRedirectsReceived, ndRedirectsAccepted, ndListsFull
    case mldQueriesReceived, mldReportsReceived, mldReportsSent, mldDonesSent
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
