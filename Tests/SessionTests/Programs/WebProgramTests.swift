import Foundation
import Testing

/// Web servers and their clients, unmodified, over two stacks and a driver.
@Suite(.serialized) struct WebProgramTests {
    private static let web = "http://10.8.0.1:8000"

    private func python(_ dock: ProgramDock) throws -> Task {
        try dock.serve("python3", "-m", "http.server", "--directory", dock.folder.path(), "8000", port: 8000)
    }

    @Test(.programs("curl", "python3")) func `curl fetches a file from python's http.server, whole`() throws {
        let dock = try Programs.prepare()
        defer { dock.close() }
        let noise = try dock.noise("noise", octets: 3_000_000)
        _ = try python(dock)
        let got = dock.folder.appending(path: "got")
        try dock.ask("curl", "-sS", "-o", got.path(), "\(Self.web)/noise")
        #expect(try Data(contentsOf: got) == noise)
        let refused = try dock.attempt("curl", "-sS", "http://10.8.0.1:8001/")
        #expect(refused.status == 7, "curl: could not connect: \(refused.all)")
    }

    @Test(.programs("wget", "python3")) func `wget fetches over IPv4`() throws {
        let dock = try Programs.prepare()
        defer { dock.close() }
        try dock.file("page", "a page\n")
        _ = try python(dock)
        #expect(try dock.ask("wget", "-q", "-O", "-", "\(Self.web)/page") == "a page\n")
    }

    @Test(.programs("curl", "python3")) func `curl fetches over IPv6`() throws {
        let dock = try Programs.prepare()
        defer { dock.close() }
        try dock.file("page", "a page\n")
        _ = try dock.serve("python3", "-m", "http.server", "--bind", "::", "--directory", dock.folder.path(), "8000", port: 8000)
        #expect(try dock.ask("curl", "-sS", "-g", "http://[fd00:8::1]:8000/page") == "a page\n")
        #expect(try dock.ask("curl", "-sS", "\(Self.web)/page") == "a page\n", "one socket serves both families")
    }

    private func nginx(_ dock: ProgramDock, more: String = "") throws -> Task {
        let place = dock.folder.path()
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: place)
        let paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map { "\($0)_temp_path \(place)/\($0);" }.joined(separator: " ")
        let configuration = try dock.file("nginx.conf", """
            worker_processes 2; daemon off; pid \(place)/pid; error_log \(place)/errors;\(getuid() == 0 ? " user root;" : "")
            events { worker_connections 256; }
            http { access_log off; sendfile on; \(paths)
              server { listen 10.8.0.1:8000; \(more) root \(place); } }
            """)
        return try dock.serve("nginx", "-e", "\(place)/errors", "-c", configuration, port: 8000)
    }

    @Test(.programs("curl", "nginx")) func `nginx with two workers and sendfile serves curl, also over one kept connection`() throws {
        let dock = try Programs.prepare()
        defer { dock.close() }
        let noise = try dock.noise("noise", octets: 3_000_000)
        try dock.file("page", "a page\n")
        _ = try nginx(dock)
        let got = dock.folder.appending(path: "got")
        try dock.ask("curl", "-sS", "-o", got.path(), "\(Self.web)/noise")
        #expect(try Data(contentsOf: got) == noise)
        #expect(try dock.ask("curl", "-sS", "\(Self.web)/page", "\(Self.web)/page", "\(Self.web)/page") == "a page\na page\na page\n")
        let errors = try String(contentsOf: dock.folder.appending(path: "errors"), encoding: .utf8)
        #expect(!errors.contains("["), "\(errors)")
    }

    @Test(.programs("curl", "nginx", "openssl")) func `TLS and HTTP/2 pass`() throws {
        let dock = try Programs.prepare()
        defer { dock.close() }
        try dock.file("page", "a page\n")
        let key = dock.folder.appending(path: "key").path(), certificate = dock.folder.appending(path: "certificate").path()
        try dock.dock.good("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                           "/CN=10.8.0.1", "-keyout", key, "-out", certificate)
        _ = try nginx(dock, more: "listen 10.8.0.1:8443 ssl http2; ssl_certificate \(certificate); ssl_certificate_key \(key);")
        let said = try dock.ask("curl", "-sSk", "--http2", "-w", "%{http_version}", "https://10.8.0.1:8443/page")
        #expect(said == "a page\n2")
    }

    @Test(.programs("wrk", "nginx")) func `wrk's twenty connections are all served`() throws {
        let dock = try Programs.prepare()
        defer { dock.close() }
        try dock.file("page", "a page\n")
        _ = try nginx(dock)
        let said = try dock.ask("wrk", "-t2", "-c20", "-d1", "\(Self.web)/page")
        #expect(said.contains("requests in") && !said.contains("Socket errors") && !said.contains("Non-2xx"), "\(said)")
    }

    @Test(.programs("ab", "nginx"), arguments: [["-n", "200", "-c", "10"], ["-k", "-n", "400", "-c", "10"]])
    func `ab's requests are all answered, with and without kept connections`(how: [String]) throws {
        let dock = try Programs.prepare()
        defer { dock.close() }
        try dock.file("page", "a page\n")
        _ = try nginx(dock)
        let said = try dock.dock.good(["drydock", "run", "--", "ab"] + how + ["\(Self.web)/page"], sock: "/sock2", seconds: 60)
        #expect(said.contains("Failed requests:        0"), "\(said)")
    }
}
