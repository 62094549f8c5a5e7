import Foundation
import Testing

/// One line that says what failed, why and what to do; an exit code that is not zero; nothing half done.
@Suite(.serialized) struct BadInputTests {
    let dock: Dock
    init() throws { dock = try Dock() }

    /// The command must fail and its complaint must hold these words.
    func refused(_ words: [String], _ saying: [String], sock: String? = nil, at place: SourceLocation = #_sourceLocation) throws {
        let outcome = try dock.run(words, sock: sock)
        #expect(outcome.status != 0, "\(words.joined(separator: " ")) succeeded", sourceLocation: place)
        for word in saying { #expect(outcome.err.contains(word), "\(words.joined(separator: " ")): \(outcome.err)", sourceLocation: place) }
        #expect(!outcome.err.contains("Fatal error"), sourceLocation: place)
    }

    @Test func `unknown instances, taken prefixes and wrong numbers are told by name`() throws {
        defer { dock.close() }
        try refused(["ifconfig", "-a"], ["no stack at /nowhere", "io-pkt"], sock: "/nowhere")
        try refused(["mount", "-Tio-pkt9", "/tmp/x.so"], ["mount: Can't mount / (type io-pkt9)", "Possible reason"])
        try dock.good("io-pkt-v6-hc", "-i2", "-ptcpip", "prefix=/sock2")
        try refused(["io-pkt-v6-hc", "-i3", "-ptcpip", "prefix=/sock2"], ["/sock2", "in use"])
        try refused(["io-pkt-v6-hc", "-i2", "-ptcpip", "prefix=/other"], ["2", "in use"])
        try refused(["io-pkt-v6-hc", "-ix", "-ptcpip", "prefix=/other"], ["x"])
        try refused(["ping", "-c", "1", "-w", "2", "10.9.9.9"], [], sock: "/sock2")
        try refused(["ifconfig", "em7"], ["em7"], sock: "/sock2")
        try refused(["ifconfig", "lo0", "999.1.1.1"], ["999.1.1.1"], sock: "/sock2")
        try refused(["nic", "add", "em-x", "sim:82599"], ["82599", "82540em"])
        try refused(["nic", "add", "em-x", "sim:82540em", "--cable", "string:1"], ["string"])
        try refused(["nic", "add", "bad/name", "sim:82540em"], ["bad/name"])
        try refused(["nic", "show", "none"], ["none"])
        // Nothing of it was left.
        #expect(try dock.good("nic", "list").split(separator: "\n").count <= 1)
    }

    @Test func `every way a driver file can be wrong has its own sentence, and the stack goes on`() throws {
        defer { dock.close() }
        try dock.good("io-pkt-v6-hc", "-i2", "-ptcpip", "prefix=/sock2")
        let folder = dock.folder.path()
        try Data("not a library".utf8).write(to: dock.folder.appending(path: "text.so"))
        try refused(["mount", "-Tio-pkt2", "\(folder)missing.so"], ["Possible reason: No such file or directory"])
        try refused(["mount", "-Tio-pkt2", String(folder.dropLast())], ["Possible reason: Is a directory"])
        try refused(["mount", "-Tio-pkt2", "\(folder)text.so"], ["Possible reason: Exec format error", "unable to load"])
        try refused(["mount", "-Tio-pkt2", try Drivers.path("e1000")], ["Possible reason: No such device", "nic add"])
        try refused(["mount", "-Tio-pkt2", "-o", "nic=none", try Drivers.path("e1000")], ["no NIC named none"])
        try dock.good("nic", "add", "em-a", "sim:82540em")
        try refused(["mount", "-Tio-pkt2", "-o", "duplex=1", try Drivers.path("e1000")], ["duplex"])
        try refused(["mount", "-Tio-pkt2", "-o", "colour=red", try Drivers.path("e1000")], ["colour"])
        try refused(["mount", "-Tio-pkt2", "-o", "lan=x", try Drivers.path("e1000")], ["lan=x"])
        #expect(try dock.good("ifconfig", "-l", sock: "/sock2").trimmingCharacters(in: .whitespacesAndNewlines) == "lo0")
        try dock.good("mount", "-Tio-pkt2", try Drivers.path("e1000"))
        try refused(["mount", "-Tio-pkt2", "-o", "nic=em-a", try Drivers.path("e1000")], ["busy", "em-a"])
    }
}
