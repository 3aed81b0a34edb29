import EventLoop
import Foundation
import Logging
import Telemetry
import WebSocketTransport

/// The paths of DESIGN §6 that exist so far. Every request passes the door first: who may come in, and with which proof.
final class GatewayRoutes: WebRoutes {
    private let door: Door
    private let health: HealthBoard
    private let registry: PrometheusRegistry
    private let metrics: GatewayMetrics
    private let webhooks: TwilioWebhooks
    private let twilio: TwilioMediaContext
    private let media: MediaContext
    private let chat: ChatContext
    private let api: API
    private let refusals: ThrottledLog

    init(
        door: Door, health: HealthBoard, registry: PrometheusRegistry, metrics: GatewayMetrics, webhooks: TwilioWebhooks,
        twilio: TwilioMediaContext, media: MediaContext, chat: ChatContext, api: API, logger: Logger
    ) {
        (self.door, self.health, self.registry, self.metrics, self.webhooks) = (door, health, registry, metrics, webhooks)
        (self.twilio, self.media, self.chat, self.api, refusals) = (twilio, media, chat, api, ThrottledLog(logger))
    }

    func http(_ request: HTTPRequest, responder: HTTPResponder) {
        if let refusal = turnedAway(request, as: Self.visitor(of: request)) { return _ = responder.respond(refusal) }
        switch (request.path, request.method) {
        case ("/health", "GET"), ("/health", "HEAD"):
            responder.respond(HTTPReply(status: 200, headers: ["Content-Type": "application/json"], body: health.answer.json))
        case ("/ready", "GET"), ("/ready", "HEAD"):
            let (isReady, json) = health.answer
            responder.respond(HTTPReply(status: isReady ? 200 : 503, headers: ["Content-Type": "application/json"], body: json))
        case ("/metrics", "GET"):
            responder.respond(HTTPReply(type: PrometheusRegistry.contentType, registry.render()))
        case ("/twilio/voice", "POST"): responder.respond(webhooks.voice(request))
        case ("/twilio/status", "POST"): responder.respond(webhooks.status(request))
        case ("/health", _), ("/ready", _), ("/metrics", _): responder.respond(.methodNotAllowed("GET"))
        case ("/twilio/voice", _), ("/twilio/status", _): responder.respond(.methodNotAllowed("POST"))
        case ("/twilio/media", _), ("/chat", _), ("/audio", _), ("/ws", _):
            responder.respond(HTTPReply(status: 426, headers: ["Upgrade": "websocket"], body: Array("this path is a WebSocket\n".utf8)))
        case let (path, _) where path.hasPrefix("/v1/"): api.handle(request, responder)
        default: responder.respond(.notFound)
        }
    }

    func upgrade(_ request: HTTPRequest, on loop: EventLoop) -> UpgradeDecision {
        let path = request.path.hasSuffix("/") ? String(request.path.dropLast()) : request.path
        if path == "/ws" { return anything(request, on: loop) }
        let visitor: Door.Visitor = path == "/twilio/media" ? .carrier : .client
        if let refusal = turnedAway(request, as: visitor) { return .refuse(refusal) }
        switch path {
        case "/twilio/media":
            if let refusal = webhooks.checkUpgrade(request) { return .refuse(refusal) }
            return .accept(TwilioMediaSession(context: twilio, loop: loop))
        case "/audio": return .accept(AudioMediaSession(context: media, loop: loop))
        case "/chat": return .accept(ChatSocket(context: chat))
        default: return .refuse(.notFound)
        }
    }

    /// As the API says everything that goes wrong (`openapi.yaml`); carriers get the plain sentence.
    func refusal(_ reply: HTTPReply, of request: HTTPRequest?) -> HTTPReply {
        if let request, Self.visitor(of: request) == .carrier { return reply }
        return APIError(refused: reply).reply(with: reply.headers)
    }

    /// `WS /ws`: what it is shows with its first message, and so does what it must prove. Whoever could be neither is refused at once.
    private func anything(_ request: HTTPRequest, on loop: EventLoop) -> UpgradeDecision {
        let asClient = turnedAway(request, as: .client), asCarrier = turnedAway(request, as: .carrier) ?? webhooks.checkUpgrade(request)
        if let asClient, asCarrier != nil { return .refuse(asClient) }
        return .accept(
            FirstMessageSocket { [twilio, media, chat] kind in
                switch kind {
                case .carrier where asCarrier == nil: .success(TwilioMediaSession(context: twilio, loop: loop))
                case .audio where asClient == nil: .success(AudioMediaSession(context: media, loop: loop))
                case .chat where asClient == nil: .success(ChatSocket(context: chat))
                case .carrier: .failure(.init(code: 1008, reason: "the signature of the upgrade is missing"))
                case .audio, .chat: .failure(.init(code: 1008, reason: "Authorization: Bearer is missing"))
                }
            })
    }

    private static func visitor(of request: HTTPRequest) -> Door.Visitor {
        if request.path.hasPrefix("/twilio/") { return .carrier }
        return request.path.hasPrefix("/v1/") ? API.visitor(of: request) : .anyone
    }

    private func turnedAway(_ request: HTTPRequest, as visitor: Door.Visitor) -> HTTPReply? {
        guard let refusal = door.refusal(of: request, as: visitor) else { return nil }
        metrics.refused(refusal.code)
        refusals.warning("request refused", metadata: ["reason": "\(refusal.code)", "path": "\(request.path.prefix(64))"])
        return refusal.reply
    }
}
