import Foundation
import Testing

@Suite("TLS over the real binary: curl with a self-made authority, and a certificate that is renewed under it")
struct TLSTests {
    private static func run(_ program: String, _ arguments: [String], in folder: URL) throws -> (status: Int32, output: String) {
        let process = Process(), output = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [program] + arguments
        process.currentDirectoryURL = folder
        (process.standardOutput, process.standardError) = (output, output)
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }

    /// An authority's certificate and a server's that it signed, of that name.
    private static func certificate(_ name: String, in folder: URL) throws {
        if !FileManager.default.fileExists(atPath: folder.appending(path: "authority.pem").path) {
            _ = try run(
                "openssl",
                [
                    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=Test authority", "-keyout",
                    "authority.key", "-out", "authority.pem",
                ], in: folder)
        }
        try "subjectAltName=IP:127.0.0.1\n".write(to: folder.appending(path: "names.txt"), atomically: true, encoding: .utf8)
        _ = try run(
            "openssl",
            ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=\(name)", "-keyout", "next.key", "-out", "next.csr"],
            in: folder)
        _ = try run(
            "openssl",
            [
                "x509", "-req", "-in", "next.csr", "-CA", "authority.pem", "-CAkey", "authority.key", "-CAcreateserial", "-days", "2", "-extfile", "names.txt",
                "-out", "next.pem",
            ], in: folder)
        for kind in ["key", "pem"] {
            _ = try run("mv", ["next.\(kind)", "server.\(kind)"], in: folder)
        }
    }

    @Test("served by HTTPS, plain health checks from this machine too; a renewed certificate is taken up by itself", .timeLimit(.minutes(1)))
    func renewed() async throws {
        let folder = try GatewayProcess.makeFolder()
        try Self.certificate("first", in: folder)
        let gateway = try await GatewayProcess(
            ["pipeline.loopback=true", "server.tls.certificate=\(folder.path)/server.pem", "server.tls.key=\(folder.path)/server.key"])
        #expect(gateway.printed.contains("listening on https://"))
        @Sendable func curl(_ arguments: [String]) throws -> String {
            try Self.run("curl", ["-sS", "-v", "--max-time", "10", "--cacert", "authority.pem"] + arguments, in: folder).output
        }
        let url = "https://127.0.0.1:\(gateway.port)"
        #expect(try curl(["\(url)/ready"]).contains("\"status\":\"ready\""))
        #expect(try curl(["-X", "POST", "\(url)/v1/sessions"]).contains("session_id"))
        #expect(try curl(["http://127.0.0.1:\(gateway.port)/ready"]).contains("\"status\":\"ready\""))
        #expect(try curl(["--tls-max", "1.1", "\(url)/ready"]).contains("HTTP/1.1 200") == false)
        #expect(try curl(["\(url)/health"]).contains("CN=first"))
        try Self.certificate("second", in: folder)
        let isNew = await eventually(within: .seconds(10)) { (try? curl(["\(url)/health"]))?.contains("CN=second") == true }
        #expect(isNew)
        #expect(await gateway.stop() == 0)
    }

    @Test("a renewed certificate that is broken is told once, and the old one stays", .timeLimit(.minutes(1)))
    func brokenRenewal() async throws {
        let folder = try GatewayProcess.makeFolder()
        try Self.certificate("first", in: folder)
        let gateway = try await GatewayProcess(
            ["pipeline.loopback=true", "server.tls.certificate=\(folder.path)/server.pem", "server.tls.key=\(folder.path)/server.key"])
        try "no certificate\n".write(to: folder.appending(path: "server.pem"), atomically: true, encoding: .utf8)
        let failures = "SELECT count(*) FROM events WHERE name = 'tls.reload_failed' AND json_extract(attributes, '$.reason') != ''"
        let isTold = await eventually(within: .seconds(10)) { (try? EndingTests.rows(gateway.database.path, failures)) == 1 }
        #expect(isTold)
        let answer = try Self.run(
            "curl", ["-sS", "-v", "--max-time", "10", "--cacert", "authority.pem", "https://127.0.0.1:\(gateway.port)/health"], in: folder)
        #expect(answer.output.contains("CN=first"))
        #expect(await gateway.stop() == 0)
        #expect(try EndingTests.rows(gateway.database.path, failures) == 1)
    }

    @Test("a certificate without its key, and one that is missing, stop the start with a sentence")
    func broken() async throws {
        for settings in [["server.tls.certificate=/nowhere.pem"], ["server.tls.certificate=/nowhere.pem", "server.tls.key=/nowhere.key"]] {
            let run = try await CommandRun.media(["serve"] + (["server.port=0", "pipeline.loopback=true"] + settings).flatMap { ["--set", $0] })
            #expect(run.status != 0 && (run.errors.contains("server.tls.key") || run.errors.contains("/nowhere.pem")), "\(run.errors)")
        }
    }
}
