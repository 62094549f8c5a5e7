internal import FoundationEssentials
internal import Host

/// Writes a dossier's files into its crash folder.
package enum DossierWriter {
    /// Octets of all files together.
    package static let most = 8 << 20

    static func write(_ findings: DossierBuilder.Findings, _ folder: CrashFolder, most: Int) throws(SystemError) -> Dossier {
        let dossier = findings.dossier
        var left = most
        var files = [
            (CrashFolder.text, Array(DossierText.render(dossier).utf8)),
            (CrashFolder.json, Array(json(dossier).utf8)),
            (CrashFolder.page, Array(DossierPage.render(dossier).utf8)),
        ]
        if let story = findings.story { files.append((CrashFolder.capture, DossierCapture.octets(story))) }
        // What is most telling comes first; a file that no longer fits is left out whole.
        for (name, octets) in files where octets.count <= left {
            try FileSystem.replace(folder.file(name), with: octets)
            left -= octets.count
        }
        return dossier
    }

    package static func json(_ dossier: Dossier) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(dossier) else { return "{}\n" }
        return String(decoding: data, as: UTF8.self) + "\n"
    }
}
