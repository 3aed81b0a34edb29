import EventLoop
import Foundation
import Logging
import Telemetry
import WebSocketTransport

/// The paths of DESIGN §6 that exist so far. Every request passes the door first: who may come in, and with which proof.
final class GatewayRoutes: WebRoutes {
    private let tunnelGuard: TunnelGuard
    private let health: HealthBoard
    private let registry: PrometheusRegistry
    private let metrics: GatewayMetrics
    private let webhooks: TwilioWebhooks
    private let twilio: TwilioMediaContext
    private let media: MediaContext
    private let refusals: ThrottledLog

    init(
        tunnelGuard: TunnelGuard, health: HealthBoard, registry: PrometheusRegistry, metrics: GatewayMetrics, webhooks: TwilioWebhooks,
        twilio: TwilioMediaContext, media: MediaContext, logger: Logger
    ) {
        (self.tunnelGuard, self.health, self.registry, self.metrics) = (tunnelGuard, health, registry, metrics)
        (self.webhooks, self.twilio, self.media, refusals) = (webhooks, twilio, media, ThrottledLog(logger))
    }

    func http(_ request: HTTPRequest, responder: HTTPResponder) {
        if let refusal = turnedAway(request) { return _ = responder.respond(refusal) }
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
        case ("/twilio/media", _), ("/audio", _):
            responder.respond(HTTPReply(status: 426, headers: ["Upgrade": "websocket"], body: Array("this path is a WebSocket\n".utf8)))
        default: responder.respond(.notFound)
        }
    }

    func upgrade(_ request: HTTPRequest, on loop: EventLoop) -> UpgradeDecision {
        if let refusal = turnedAway(request) { return .refuse(refusal) }
        if request.path == "/audio" { return .accept(AudioMediaSession(context: media, loop: loop)) }
        guard request.path == "/twilio/media" || request.path == "/twilio/media/" else { return .refuse(.notFound) }
        if let refusal = webhooks.checkUpgrade(request) { return .refuse(refusal) }
        return .accept(TwilioMediaSession(context: twilio, loop: loop))
    }

    private func turnedAway(_ request: HTTPRequest) -> HTTPReply? {
        do {
            try tunnelGuard.check(remoteAddress: request.remoteAddress) { request.headers[$0] }
            return nil
        } catch {
            metrics.refused(error.code.rawValue)
            refusals.warning("request refused", metadata: ["reason": "\(error)"])
            return HTTPReply(status: 403, "\(error)\n")
        }
    }
}
