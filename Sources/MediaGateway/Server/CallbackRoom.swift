import EventLoop
import Foundation
import HTTPTransport
import Logging
import Orchestrator
import Telemetry
import WebSocketTransport

/// Who is told of transitions, escalations and workflows that end: the operator's address (`callbacks.*`), and code in this process.
///
/// Without either it is empty, and costs nothing.
final class CallbackRoom: Sendable {
    private let sender: WebhookSender?
    private let sink: CallbackSink?
    private let resolver: Resolver?
    private let logger: Logger

    /// What the end of the gateway waits for notices that are not delivered yet.
    private static let patience = Duration.seconds(2)

    /// - Throws: ``EventLoopError`` when there is no thread for names.
    init(
        _ configuration: LoadedConfiguration, callbacks: (any GatewayCallbacks)?, group: EventLoopGroup, registry: PrometheusRegistry, logger: Logger
    ) throws {
        self.logger = logger
        sink = callbacks.map { CallbackSink($0, factory: registry) }
        let settings = configuration.gateway.callbacks
        guard let url = settings.url, let secret = configuration.secrets.webhookSecret else {
            (sender, resolver) = (nil, nil)
            return
        }
        let resolver = try Resolver()
        self.resolver = resolver
        var webhooks = WebhookSender.Configuration(url: url, signature: WebhookSignature(secret: secret.revealed))
        (webhooks.kinds, webhooks.capacity) = (Set(settings.events), settings.queue)
        let failures = ThrottledLog(logger)
        sender = WebhookSender(
            webhooks, http: HTTPClient(loop: group.leastLoaded, resolver: resolver), factory: registry,
            failed: { failure in
                let told = ["event": failure.kind.rawValue, "delivery": failure.delivery, "reason": failure.reason, "tries": "\(failure.tries)"]
                failures.warning("webhook given up", metadata: told.mapValues { .string($0) })
            })
    }

    /// From now on they hear what happens.
    func start(_ events: EventBus) {
        if let sink { events.add(sink) }
        if let sender { events.add(sender) }
    }

    /// Delivers what it can, for a moment. While the loops still run; idempotent.
    func close() async {
        async let told: Void? = sink?.close(within: Self.patience)
        let left = await sender?.close(within: Self.patience) ?? 0
        _ = await told
        if left > 0 { logger.warning("webhooks were not delivered before the end", metadata: ["count": "\(left)"]) }
        guard let resolver else { return }
        Thread.detachNewThread { resolver.stop() }
    }
}
