import Foundation
import WebSocketTransport

/// A certificate authority of the tests' own, made by the `openssl` command in a folder that goes with it. No key is kept anywhere else.
final class TestAuthority: Sendable {
    let folder: URL
    var authorityFile: String { folder.appendingPathComponent("authority.pem").path }

    init() async throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("authority-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try await openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "authority.key", "-out", "authority.pem",
            "-subj", "/CN=an authority of tests", "-days", "2")
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func path(_ name: String) -> String { folder.appendingPathComponent(name).path }
    func files(_ name: String) -> TLSFiles { TLSFiles(certificateChain: path("\(name).pem"), privateKey: path("\(name).key")) }

    /// A certificate for `localhost`, valid for so many days from now, which may be none.
    /// - Parameter subject: its common name, to tell one from another.
    @discardableResult
    func issue(_ name: String, subject: String = "localhost", days: Int = 2) async throws -> TLSFiles {
        try await openssl(
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "\(name).key", "-out", "\(name).csr",
            "-subj", "/CN=\(subject)")
        try "subjectAltName=DNS:localhost,IP:127.0.0.1\n".write(toFile: path("names"), atomically: true, encoding: .utf8)
        try await openssl(
            "x509", "-req", "-in", "\(name).csr", "-CA", "authority.pem", "-CAkey", "authority.key", "-CAcreateserial", "-days", "\(days)",
            "-extfile", "names", "-out", "\(name).pem")
        return files(name)
    }

    private func openssl(_ arguments: String...) async throws {
        let result = try await Command.run("openssl", arguments, in: folder)
        guard result.status == 0 else { throw RawPeer.Failure(description: "openssl \(arguments): \(result.errors)") }
    }
}

/// A program of the system, run to its end.
struct Command {
    var status: Int32
    var output: String
    var errors: String

    /// - Parameter input: for its standard input, which ends behind it.
    static func run(_ name: String, _ arguments: [String], in folder: URL? = nil, input: String = "") async throws -> Command {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["timeout", "20", name] + arguments
        process.currentDirectoryURL = folder
        let standardInput = Pipe(), output = Pipe(), errors = Pipe()
        (process.standardInput, process.standardOutput, process.standardError) = (standardInput, output, errors)
        let thread = ThreadExecutor()
        try process.run()
        standardInput.fileHandle(writing: input)
        let reader = Reader(thread)
        let text = await reader.read(output), complaints = await reader.read(errors)
        process.waitUntilExit()
        return Command(status: process.terminationStatus, output: text, errors: complaints)
    }

    /// Reads to the end on a thread of its own.
    private actor Reader {
        private let thread: ThreadExecutor
        nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe thread.asUnownedSerialExecutor() }
        init(_ thread: ThreadExecutor) { self.thread = thread }
        func read(_ pipe: Pipe) -> String { String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self) }
    }
}

extension Pipe {
    fileprivate func fileHandle(writing text: String) {
        try? fileHandleForWriting.write(contentsOf: Data(text.utf8))
        try? fileHandleForWriting.close()
    }
}
