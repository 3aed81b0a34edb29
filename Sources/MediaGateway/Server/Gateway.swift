import AudioCodec
import EventLoop
import Foundation
import Logging
import Orchestrator
import Persistence
import SpeechEngines
import SpokenText
import StreamingPipeline
import Synchronization
import Telemetry
import TierManager
import Understanding
import WebSocketTransport

/// The composition root: makes every part, hands each what it declared it needs, and takes all of it down again.
final class Gateway: Sendable {
    let configuration: LoadedConfiguration
    let database: GatewayDatabase?
    let ledger: SQLiteBudgetLedger?
    let demoOperator: DemoOperator?
    let recogniser: WhisperRecognizer?
    let synthesiser: FliteSynthesizer?
    let group: EventLoopGroup
    let server: WebServer
    let admission: Admission
    let directory: CallDirectory
    let health: HealthBoard
    private let events: EventBus
    private let maintenance: Task<Void, Never>
    private let logger: Logger

    var port: Int { Int(server.port) }

    /// Starts everything; serves calls from the moment it returns.
    /// - Throws: ``CommandFailure``: one sentence that says what is missing and which command brings it.
    static func start(
        _ configuration: LoadedConfiguration, logger: Logger, observer: (any CallObserver)? = nil
    ) async throws -> Gateway {
        do {
            return try await Gateway(configuration, logger, observer)
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure("cannot start: \(error)")
        }
    }

    private init(_ configuration: LoadedConfiguration, _ logger: Logger, _ observer: (any CallObserver)?) async throws {
        let settings = configuration.gateway
        (self.configuration, self.logger) = (configuration, logger)
        let registry = try PrometheusRegistry(GatewayMetrics.declarations)
        let metrics = GatewayMetrics(registry)
        let events = EventBus(factory: registry)
        self.events = events
        admission = Admission(maximumCalls: settings.admission.maxCalls, startTimeout: settings.admission.startTimeout)
        directory = CallDirectory()
        let isLoopback = settings.pipeline.loopback
        let health = HealthBoard(essential: isLoopback ? [] : ["recogniser", "voice"], admission: admission)
        self.health = health

        let group = try EventLoopGroup(count: settings.server.resolvedLoops)
        self.group = group
        var services: CallServices?
        var sink: SQLiteEventSink?
        if isLoopback {
            (database, ledger, demoOperator, recogniser, synthesiser) = (nil, nil, nil, nil, nil)
        } else {
            let recogniser = try Self.recogniser(configuration)
            let synthesiser = try FliteSynthesizer(
                configuration: FliteConfiguration(workers: settings.speech.synthesiser.workers, queueCapacity: settings.speech.synthesiser.queue))
            let database = try GatewayDatabase(path: settings.storage.path, logger: logger)
            let ledger = SQLiteBudgetLedger(database)
            let demoOperator = try await DemoOperator(database)
            sink = SQLiteEventSink(database)
            if let sink { events.add(sink) }
            (self.recogniser, self.synthesiser, self.database) = (recogniser, synthesiser, database)
            (self.ledger, self.demoOperator) = (ledger, demoOperator)
            services = await Self.services(
                configuration, recogniser, synthesiser, database, ledger, demoOperator, events, directory, metrics, logger, observer)
            health.set("recogniser", .up)
            health.set("voice", .up)
            health.set("store", .up)
        }
        let voiceActivity = Self.voiceActivity(configuration, logger)
        health.set("voice_activity", voiceActivity == nil ? .absent : .up)

        let secrets = configuration.secrets
        let tokens = StreamTokens(capacity: settings.admission.maxCalls, lifetime: settings.twilio.tokenLifetime)
        let media = TwilioMediaContext(
            isLoopback: isLoopback, endpointing: EndpointingConfiguration(settings.endpointing),
            playout: PlayoutConfiguration(startLead: settings.playback.lead, fullLead: settings.playback.ahead),
            startDeadline: settings.twilio.startDeadline, noMedia: settings.twilio.noMedia, voiceActivity: voiceActivity,
            admission: admission, tokens: tokens, isTokenRequired: secrets.isAuthenticationConfigured,
            accountSid: secrets.twilioAccountSid, directory: directory,
            metrics: metrics, services: services)
        let routes = LateRoutes()
        server = try await WebServer(Self.web(settings), group: group, routes: routes)
        let publicURL = settings.server.resolvedPublicURL(port: Int(server.port))
        let webhooks = TwilioWebhooks(
            publicURL: publicURL, signature: secrets.twilioAuthToken.map { TwilioSignature(authToken: $0, publicURL: publicURL) },
            accountSid: secrets.twilioAccountSid, isAgentEnabled: settings.agent.enabled, admission: admission, tokens: tokens,
            directory: directory, callStore: database.map { CallStore($0) }, metrics: metrics, logger: logger, refusals: ThrottledLog(logger))
        routes.set(
            GatewayRoutes(
                tunnelGuard: TunnelGuard(
                    listeningHost: settings.server.host, isAuthenticationConfigured: secrets.isAuthenticationConfigured,
                    allowOpen: settings.security.allowOpen),
                health: health, registry: registry, metrics: metrics, webhooks: webhooks, media: media, logger: logger))
        maintenance = Self.maintain(admission, health, database, metrics, every: settings.metrics.interval)
        observe(registry, metrics.usage, sink)
    }

    // MARK: The end

    /// FIELD 22: no new calls; live ones finish; a closing line at the deadline; then everything is closed.
    /// - Parameter force: cuts the wait short: nothing is waited for any more.
    func drain(force: @escaping @Sendable () -> Bool) async {
        admission.drain()
        health.drain()
        logger.notice("draining", metadata: ["calls": "\(directory.count)", "promised": "\(admission.reservedCount)"])
        // Whoever was promised a place at the webhook still gets the call.
        await wait(configuration.gateway.shutdown.drain, force) { [admission] in admission.count > 0 }
        for call in directory.all { call.loop.post { call.assumeIsolated { $0.drain() } } }
        await wait(.seconds(8), force)
        await stop()
    }

    private func wait(_ limit: Duration, _ force: @Sendable () -> Bool, for others: @Sendable () -> Bool = { false }) async {
        let end = EventLoop.now + limit
        while directory.unfinished > 0 || others(), EventLoop.now < end, !force() { try? await Task.sleep(for: .milliseconds(50)) }
    }

    /// Closes every socket within 250 ms, then what stands behind them.
    func stop() async {
        admission.drain()
        maintenance.cancel()
        await server.stop()
        // The last turns are settled and written by tasks of their calls.
        await wait(.seconds(3)) { false }
        await group.stop()
        events.close()
        do { try await database?.close() } catch { logger.error("the database did not close", metadata: ["reason": "\(error)"]) }
        logger.notice("stopped")
    }
}

/// Routes that can be set once the port is known, which their own addresses depend on. Until then every answer is 503.
private final class LateRoutes: WebRoutes {
    private let routes = Mutex<GatewayRoutes?>(nil)
    func set(_ routes: GatewayRoutes) { self.routes.withLock { $0 = routes } }

    func http(_ request: HTTPRequest, responder: HTTPResponder) {
        guard let routes = routes.withLock({ $0 }) else { return _ = responder.respond(HTTPReply(status: 503, "starting\n")) }
        routes.http(request, responder: responder)
    }

    func upgrade(_ request: HTTPRequest, on loop: EventLoop) -> UpgradeDecision {
        routes.withLock { $0 }?.upgrade(request, on: loop) ?? .refuse(HTTPReply(status: 503, "starting\n"))
    }
}
