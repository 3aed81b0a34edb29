import EventLoop
import Foundation
import HTTPTransport
import Logging
import TextChannel
import WebSocketTransport

extension Commands {
    /// `chat`: the shell, with the gateway at `url`, or one that is started for the purpose.
    public static func chat(_ source: ConfigurationSource, url: String?, session: String?) async throws(CommandFailure) {
        let configuration = try load(source), terminal = Terminal.standard
        do {
            let loop = try EventLoop(name: "chat"), resolver = try Resolver()
            let server = configuration.gateway.server
            let configured = "\(server.tls == nil ? "ws" : "wss")://\(server.host):\(server.port)/chat"
            var own: Gateway?
            var address = url ?? configured
            if url == nil, await !answers(server.host, server.port) {
                terminal.progress("no gateway on port \(server.port): starting one for this chat")
                var settings = configuration
                settings.gateway.server.port = 0
                settings.gateway.server.tls = nil
                let gateway = try await Gateway.start(settings, logger: GatewayLog.quiet)
                own = gateway
                address = "ws://\(server.host):\(gateway.port)/chat"
            }
            guard let target = WebSocketAddress(address) else { throw CommandFailure("--url = \(address): give ws://HOST:PORT/chat", exitCode: 2) }
            let key = configuration.secrets.apiKey
            let shell = ChatShell(terminal: terminal, http: HTTPClient(loop: loop, resolver: resolver), base: target.httpBase, apiKey: key)
            let client = ChatClient {
                shell.heard($0)
            } ended: { _ in
                shell.ended()
            }
            _ = try await WebSocketClient(resolver: resolver).connect(
                to: target.target, headers: key.map { ["Authorization": "Bearer \($0.revealed)"] } ?? [:], on: loop
            ) { client }
            client.send(session.map { ["type": "hello", "session_id": $0] } ?? ["type": "hello"])
            let isFine = await shell.run(client)
            client.close()
            await own?.stop()
            await loop.stop()
            if !isFine { throw CommandFailure("the gateway closed the connection") }
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure("\(error)")
        }
    }

    /// Whether anybody listens there.
    private static func answers(_ host: String, _ port: Int) async -> Bool {
        guard let loop = try? EventLoop(name: "probe"), let resolver = try? Resolver() else { return false }
        let response = try? await HTTPClient(loop: loop, resolver: resolver).send(
            HTTPClient.Request(url: "http://\(host):\(port)/health"), timeout: .seconds(1))
        await loop.stop()
        resolver.stop()
        return response != nil
    }
}

/// `ws://HOST:PORT/PATH`, taken apart.
struct WebSocketAddress {
    var target: WebSocketClient.Target
    /// `http://HOST:PORT` of the same server.
    var httpBase: String

    init?(_ text: String) {
        guard let parts = URLComponents(string: text), let host = parts.host, ["ws", "wss"].contains(parts.scheme) else { return nil }
        let isSecure = parts.scheme == "wss"
        guard let port = UInt16(exactly: parts.port ?? (isSecure ? 443 : 80)) else { return nil }
        target = WebSocketClient.Target(host: host, port: port, path: parts.path.isEmpty ? "/chat" : parts.path, usesTLS: isSecure)
        httpBase = "\(isSecure ? "https" : "http")://\(host):\(port)"
    }
}
