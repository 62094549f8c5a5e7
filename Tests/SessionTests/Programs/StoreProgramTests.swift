import Foundation
import Testing

/// Servers that keep data, and their clients.
@Suite(.serialized) struct StoreProgramTests {
    @Test(.programs("redis-server", "redis-cli", "redis-benchmark")) func `redis stores, tells, and stands its own benchmark`() throws {
        let dock = try Programs.prepare()
        defer { dock.close() }
        _ = try dock.serve("redis-server", "--port", "6379", "--bind", ProgramDock.server, "--save", "", "--protected-mode", "no", "--dir", dock.folder.path(),
                           port: 6379)
        func redis(_ words: String...) throws -> String {
            try dock.dock.good(["drydock", "run", "--", "redis-cli", "-h", ProgramDock.server] + words, sock: "/sock2")
        }
        #expect(try redis("set", "key", "value") == "OK\n")
        #expect(try redis("get", "key") == "value\n")
        let said = try dock.ask("redis-benchmark", "-h", ProgramDock.server, "-n", "1000", "-c", "10", "-t", "set,get", "--csv")
        #expect(said.contains("\"SET\"") && said.contains("\"GET\""), "\(said)")
    }

    /// The server runs as its own user where the tests run as root: it refuses to be root.
    @Test(.programs("psql"), .enabled(if: Postgres.binaries != nil, "PostgreSQL's server is not installed"))
    func `PostgreSQL answers psql, and takes a table through COPY`() throws {
        let dock = try Programs.prepare(), binaries = try #require(Postgres.binaries)
        let place = try Postgres.folder(), data = place.appending(path: "data").path()
        defer {
            dock.close()
            try? FileManager.default.removeItem(at: place)
        }
        try dock.dock.good(Postgres.user + ["\(binaries)/initdb", "-D", data, "-A", "trust", "-U", "owner", "--no-sync", "--locale=C"], seconds: 60)
        try dock.dock.good("sh", "-c", "echo 'host all all 10.8.0.0/24 trust' >> \(data)/pg_hba.conf")
        let server = try dock.begin(
            Postgres.user + ["\(binaries)/postgres", "-D", data, "-h", ProgramDock.server, "-k", "", "-c", "fsync=off"])
        func psql(_ command: String) throws -> Dock.Outcome {
            try dock.attempt("psql", "-h", ProgramDock.server, "-U", "owner", "-d", "postgres", "-At", "-c", command)
        }
        #expect(try eventually(within: 30) { try psql("select 1").status == 0 }, "\(server.outcome.all)")
        #expect(try psql("select 6 * 7").out == "42\n")
        #expect(try psql("create table t as select g, repeat('x', 1000) from generate_series(1, 2000) g").status == 0)
        #expect(try psql("copy t to stdout").out.count > 2_000_000)
    }
}

/// Where PostgreSQL's server is, and as whom it runs.
enum Postgres {
    static let binaries: String? = {
        let versions = ((try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql")) ?? []).sorted { Int($0) ?? 0 > Int($1) ?? 0 }
        return versions.map { "/usr/lib/postgresql/\($0)/bin" }.first { Namespace.has("\($0)/postgres") && Namespace.has("\($0)/initdb") }
    }()

    static var user: [String] { getuid() == 0 ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] : [] }

    /// A folder that the server's user can reach: a dock's own is closed to others.
    static func folder() throws -> URL {
        let place = FileManager.default.temporaryDirectory.appending(path: "dd-pg-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: place.path())
        return place
    }
}
