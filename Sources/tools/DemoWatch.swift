internal import FoundationEssentials
internal import Host

/// A ping that runs while other things happen, and reports in JSON when it is interrupted.
final class DemoWatch {
    private let process: ProcessHandle
    private let ends: DescriptorPair

    init(_ program: String, _ words: [String], _ environment: [String]) throws(ToolFailure) {
        do {
            ends = try FileDescriptor.pipe()
            process = try Spawn.start(program, arguments: words, environment: environment, descriptors: [-1, ends.second.raw, -1])
        } catch {
            throw ToolFailure(words.joined(separator: " "), error.description, "")
        }
    }

    deinit {
        try? process.signal(.kill)
        _ = process.waitForEnd(Deadline(in: .seconds(2)))
        _ = process.reap()
    }

    func end() throws(ToolFailure) -> PingReport {
        try? process.signal(.interrupt)
        guard process.waitForEnd(Deadline(in: .seconds(5))) else {
            throw ToolFailure("the first stack's ping", "it does not end when it is interrupted", "")
        }
        let octets = (try? ends.first.readAll(limit: 65536)) ?? []
        guard let report = try? JSONDecoder().decode(PingReport.self, from: Data(octets)) else {
            throw ToolFailure("the first stack's ping", "it ended without a report", "")
        }
        return report
    }
}
