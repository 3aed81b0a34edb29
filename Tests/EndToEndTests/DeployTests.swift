import Foundation
import Testing

@Suite("deploy/: parsed, every path and command in it followed; no container engine runs here, so no image is built")
struct DeployTests {
    static let isYAMLThere = PythonPackage.yaml.install()

    /// The command lines that container, compose file and unit start.
    static func commands() async throws -> [[String]] {
        let verdict = try await PythonPackage.yaml.run("scripts/lib/check_deploy.py")
        try #require(verdict.status == 0, "\(verdict.output)\(verdict.errors)")
        let line = try #require(verdict.output.split(separator: "\n").last)
        let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: [[String]]]
        return try #require(object?["commands"])
    }

    @Test(
        "the gateway starts with each command line, and is ready",
        .enabled(if: isYAMLThere && Callers.areModelsThere, "no Models/, or PyYAML could not be installed"))
    func starts() async throws {
        let commands = try await Self.commands()
        #expect(commands.count == 3)
        for command in commands {
            // The folder is the image's own; the address is given to compose.
            let settings = command.dropFirst().filter { $0 != "--set" && !$0.hasPrefix("storage.path=/var/lib/media-gateway/") }
                .map { $0.hasPrefix("server.public_url=") ? "server.public_url=https://voice.example.com" : $0 }
            #expect(command.first == "serve" && command.contains { $0.hasPrefix("storage.path=/var/lib/media-gateway/") })
            let gateway = try await GatewayProcess(settings, environment: ["TWILIO_AUTH_TOKEN": "0123456789abcdef0123456789abcdef"])
            let socket = try RawSocket(port: gateway.port)
            try socket.send("GET /ready HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nConnection: close\r\n\r\n")
            let answer = String(decoding: socket.receiveUntilClosed() ?? [], as: UTF8.self)
            #expect(answer.hasPrefix("HTTP/1.1 200"), "\(command): \(answer)")
            #expect(await gateway.stop() == 0)
        }
    }
}
