public import EventLoop
import Foundation
import HTTPTransport
public import WebSocketTransport

/// Places calls to a gateway as Twilio does: the webhook first, then the stream that its TwiML names.
public struct CallPlacement: Sendable {
    public struct Failure: Error, Sendable, CustomStringConvertible {
        public var description: String
        public init(_ description: String) { self.description = description }
    }
    /// Signs a request as the carrier would: address and form to `X-Twilio-Signature`.
    public typealias Signer = @Sendable (_ url: String, _ form: [(name: String, value: String)]) -> String

    /// The gateway's voice webhook, e.g. `http://127.0.0.1:8080/twilio/voice`.
    public var webhook: String
    public var from: String, to: String
    public var callSid: String, accountSid: String
    /// Form fields beyond Twilio's own: lead data.
    public var extra: [(name: String, value: String)]
    public var signer: Signer?

    public init(
        webhook: String, from: String = "+15550101", to: String = "+15550199", callSid: String = Self.identifier("CA"),
        accountSid: String = "AC00000000000000000000000000000000", extra: [(name: String, value: String)] = [], signer: Signer? = nil
    ) {
        (self.webhook, self.from, self.to, self.callSid) = (webhook, from, to, callSid)
        (self.accountSid, self.extra, self.signer) = (accountSid, extra, signer)
    }

    /// A Twilio-like identifier: two letters and 32 hex digits.
    public static func identifier(_ prefix: String) -> String {
        prefix + UUID().uuidString.replacing("-", with: "").lowercased()
    }

    /// What the webhook answered.
    public struct Connection: Sendable, Equatable {
        public var stream: String
        public var parameters: [String: String]
    }

    /// Asks the webhook where the call's stream goes.
    /// - Throws: ``Failure`` with what was answered instead.
    func connectTo(_ client: HTTPClient) async throws -> Connection {
        let form =
            [
                ("CallSid", callSid), ("AccountSid", accountSid), ("From", from), ("To", to), ("CallStatus", "ringing"),
                ("Direction", "inbound"), ("ApiVersion", "2010-04-01"),
            ] + extra.map { ($0.name, $0.value) }
        var headers = [("Content-Type", "application/x-www-form-urlencoded")]
        if let signer { headers.append(("X-Twilio-Signature", signer(webhook, form.map { (name: $0.0, value: $0.1) }))) }
        let body = form.map { "\(Self.escaped($0.0))=\(Self.escaped($0.1))" }.joined(separator: "&")
        let response: HTTPClient.Response
        do {
            response = try await client.send(
                HTTPClient.Request(method: "POST", url: webhook, headers: headers, body: Array(body.utf8)))
        } catch  where error.code == .connectFailed {
            throw Failure("nobody answers at \(webhook); start a gateway there with: media-gateway serve")
        } catch {
            throw Failure("\(webhook): \(error)")
        }
        let text = String(decoding: response.body, as: UTF8.self)
        guard response.status == 200 else { throw Failure("\(webhook) answered \(response.status): \(text.prefix(300))") }
        guard let stream = Self.attribute("url", of: "Stream", in: text).first else {
            throw Failure("\(webhook) did not connect the call: \(text.prefix(600))")
        }
        let names = Self.attribute("name", of: "Parameter", in: text), values = Self.attribute("value", of: "Parameter", in: text)
        return Connection(stream: stream, parameters: Dictionary(zip(names, values)) { first, _ in first })
    }

    /// Places the call and plays the script to its end.
    /// - Parameter heard: called on the loop when the agent begins and ends an answer.
    public func place(
        _ script: CallerScript, on loop: EventLoop, resolver: Resolver
    ) async throws -> CallReport {
        let connection = try await connectTo(HTTPClient(loop: loop, resolver: resolver))
        return try await run(script, connection, on: loop, resolver: resolver)
    }

    /// Plays the script over a stream whose address is known.
    public func run(_ script: CallerScript, _ connection: Connection, on loop: EventLoop, resolver: Resolver) async throws -> CallReport {
        guard let target = Self.target(connection.stream) else { throw Failure("\(connection.stream): not a WebSocket address") }
        var headers = HTTPHeaders()
        if let signer { headers.add("X-Twilio-Signature", signer(connection.stream, [])) }
        let (reports, report) = AsyncStream.makeStream(of: CallReport.self, bufferingPolicy: .bufferingNewest(1))
        let (callSid, accountSid) = (callSid, accountSid)
        var limits = TransportLimits()
        limits.idle = nil
        _ = try await WebSocketClient(resolver: resolver, limits: limits).connect(to: target, headers: headers, on: loop) {
            TwilioCaller(
                script, callSid: callSid, accountSid: accountSid, parameters: connection.parameters, loop: loop
            ) {
                report.yield($0)
                report.finish()
            }
        }
        for await report in reports { return report }
        throw Failure("the call was cancelled")
    }

    public static func target(_ address: String) -> WebSocketClient.Target? {
        guard let parts = URLComponents(string: address), let host = parts.host, parts.scheme == "ws" || parts.scheme == "wss" else { return nil }
        let usesTLS = parts.scheme == "wss"
        return WebSocketClient.Target(
            host: host, port: UInt16(clamping: parts.port ?? (usesTLS ? 443 : 80)), path: parts.path.isEmpty ? "/" : parts.path,
            usesTLS: usesTLS)
    }

    private static func escaped(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    }

    /// Values of an attribute in all elements of a name; the five entities of XML are resolved.
    static func attribute(_ name: String, of element: String, in document: String) -> [String] {
        document.split(separator: "<").filter { $0.hasPrefix(element + " ") }.compactMap { text in
            guard let start = text.range(of: " \(name)=\"")?.upperBound, let end = text[start...].firstIndex(of: "\"") else { return nil }
            var value = String(text[start..<end])
            for (entity, character) in [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")] {
                value = value.replacing(entity, with: character)
            }
            return value
        }
    }
}
