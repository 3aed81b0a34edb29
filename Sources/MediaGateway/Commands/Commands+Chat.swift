import EventLoop
import Foundation
import HTTPTransport
import Logging
import TextChannel
import WebSocketTransport
import WireJSON

extension Commands {
    /// `chat`: the shell, with the gateway at `url`, or one that is started for the purpose.
    public static func chat(_ source: ConfigurationSource, url: String?, session: String?) async throws(CommandFailure) {
        let configuration = try load(source), terminal = Terminal.standard
        // Of the whole process: what the libraries warn of is no news for a person, who is told in a sentence.
        let logger = GatewayLog.quiet
        do {
            let loop = try EventLoop(name: "chat"), resolver = try Resolver(lookUp: lookUp)
            let server = configuration.gateway.server
            let configured = "\(server.tls == nil ? "ws" : "wss")://\(urlHost(server.host)):\(server.port)/chat"
            var own: Gateway?
            var address = url ?? configured
            if url == nil, await !answers(server.host, server.port) {
                terminal.progress("no gateway on port \(server.port): starting one for this chat")
                var settings = configuration
                settings.gateway.server.port = 0
                settings.gateway.server.tls = nil
                let gateway = try await Gateway.start(settings, logger: logger)
                own = gateway
                address = "ws://\(urlHost(server.host)):\(gateway.port)/chat"
            }
            guard let target = WebSocketAddress(address) else { throw CommandFailure("--url = \(address): give ws://HOST:PORT/chat", exitCode: 2) }
            let key = configuration.secrets.apiKey
            let http = HTTPClient(loop: loop, resolver: resolver)
            let shell = ChatShell(terminal: terminal, http: http, base: target.httpBase, apiKey: key, wanted: session)
            let client = ChatClient {
                shell.heard($0)
            } ended: { _ in
                shell.ended()
            }
            do {
                _ = try await WebSocketClient(resolver: resolver).connect(
                    to: target.target, headers: key.map { ["Authorization": "Bearer \($0.revealed)"] } ?? [:], on: loop
                ) { client }
            } catch let error as WebSocketError {
                throw CommandFailure(await reason(of: error, target, http, key))
            }
            let ending = await shell.run(client)
            client.close()
            await own?.stop()
            // A gateway that hangs answers no goodbye.
            if case .interrupted = ending { throw CommandFailure("", exitCode: 130) }
            await loop.stop()
            switch ending {
            case .left, .interrupted: break
            case .unanswered(let count): throw CommandFailure("without an answer: \(count)")
            case .refused(let error): throw CommandFailure("\(session.map { "--session \($0): " } ?? "")\(error.message)")
            case .gone:
                let id = shell.sessionID, place = url.map { "--url \($0) " } ?? ""
                throw CommandFailure("the gateway closed the connection\(id.isEmpty ? "" : "; media-gateway chat \(place)--session \(id) goes on")")
            }
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
            HTTPClient.Request(url: "http://\(urlHost(host)):\(port)/health"), timeout: .seconds(1))
        await loop.stop()
        resolver.stop()
        return response != nil
    }

    /// The system's look-up, but for an IPv6 address as URLs and `Host` have it, in brackets: that is its own answer.
    @Sendable static func lookUp(_ host: String) -> Resolver.Answer {
        guard host.hasPrefix("["), host.hasSuffix("]") else { return Resolver.systemLookUp(host) }
        return .success([String(host.dropFirst().dropLast())])
    }

    /// Why there is no connection, for whoever typed the command. The WebSocket library knows little of it: the same request is made once
    /// more, by one that does.
    private static func reason(of error: WebSocketError, _ address: WebSocketAddress, _ http: HTTPClient, _ key: Secret?) async -> String {
        let place = "\(address.target.host):\(address.target.port)"
        let untrusted = "the gateway's certificate is not trusted here (SSL_CERT_FILE=authority.pem names one to trust)"
        if error.code == .timedOut { return "\(place) does not answer" }
        guard error.code == .refused else { return error.description }
        if error.description.contains("SSL") { return untrusted }
        var headers = [
            ("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Key", "bWVkaWEtZ2F0ZXdheS0wMA=="),
        ]
        if let key { headers.append(("Authorization", "Bearer \(key.revealed)")) }
        do throws(HTTPError) {
            let answer = try await http.send(
                HTTPClient.Request(url: address.httpBase + address.target.path, headers: headers), timeout: .seconds(2))
            if [401, 403].contains(answer.status) { return "the gateway wants an API key: set GATEWAY_API_KEY" }
            let message = (try? BoundedJSON(answer.body.span))?["error"]?["message"]?.text
            return "\(place) takes no chat at \(address.target.path): \(message ?? "HTTP \(answer.status)")"
        } catch {
            switch error.code {
            case .connectFailed: return "nobody listens at \(place)"
            case .tlsFailed: return untrusted
            default: return "\(place) takes no chat: \(error.detail)"
            }
        }
    }
}

/// A host as a URL has it: an IPv6 address in brackets (RFC 3986, 3.2.2).
func urlHost(_ host: String) -> String { host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : host }

/// `ws://HOST:PORT/PATH`, taken apart.
struct WebSocketAddress {
    /// An IPv6 address is in brackets here.
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
