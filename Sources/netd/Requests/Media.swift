import CDriver
import Host
import Messages

/// Media words of `ifconfig`, and what drivers are asked for.
enum Media {
    static let words: [(word: String, megabits: UInt32)] = [("10baseT", 10), ("100baseTX", 100), ("1000baseT", 1000)]

    static func parse(_ word: String, _ fullDuplex: Bool?, _ interface: String) throws(Failure) -> drydock_media {
        var media = drydock_media()
        if ["autoselect", "auto"].contains(word.lowercased()) {
            media.flags = DRYDOCK_MEDIA_AUTO
            return media
        }
        guard let found = words.first(where: { $0.word.lowercased() == word.lowercased() }) else {
            throw Failure(.invalid, what: "\(interface): media \(word)", why: "there is none of that name",
                          fix: "choose of: autoselect \(words.map(\.word).joined(separator: " "))")
        }
        media.megabits = found.megabits
        if fullDuplex ?? true { media.flags |= DRYDOCK_MEDIA_FULL_DUPLEX }
        return media
    }

    static func report(_ media: drydock_media) -> MediaReport {
        var report = MediaReport(
            automatic: media.flags & DRYDOCK_MEDIA_AUTO != 0, megabits: Int(media.megabits),
            fullDuplex: media.flags & DRYDOCK_MEDIA_FULL_DUPLEX != 0, linkUp: media.flags & DRYDOCK_MEDIA_LINK_UP != 0)
        report.supported = ["autoselect"] + words.flatMap { one in
            // 1000BASE-T has no half duplex worth the name. IEEE 802.3 §40.1.1.
            one.megabits == 1000 ? ["\(one.word) mediaopt full-duplex"] : [one.word, "\(one.word) mediaopt full-duplex"]
        }
        return report
    }
}
