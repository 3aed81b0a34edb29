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
import TextChannel
import TierManager
import Understanding
import WebSocketTransport

/// The composition root: makes every part, hands each what it declared it needs, and takes all of it down again.
final class Gateway: Sendable {
    let configuration: LoadedConfiguration
    let database: GatewayDatabase
    let ledger: SQLiteBudgetLedger
    let demoOperator: DemoOperator
    let recogniser: WhisperRecognizer?
    let synthesiser: FliteSynthesizer?
    let group: EventLoopGroup
    let server: WebServer
    let admission: Admission
    let directory: CallDirectory
    let health: HealthBoard
    let switches: Switches
    let overload: OverloadGuard
    let models: ModelRoom
    private let prompts: PromptRoom
    let sessions: ChatSessions
    let handoffs: HandoffDesk
    private let events: EventBus
    private let counted: CountedEvents
    private let sink: SQLiteEventSink
    private let callbacks: CallbackRoom
    private let maintenance: Task<Void, Never>
    private let logger: Logger

    var port: Int { Int(server.port) }

    /// Starts everything; serves calls from the moment it returns.
    /// - Throws: ``CommandFailure``: one sentence that says what is missing and which command brings it.
    static func start(
        _ configuration: LoadedConfiguration, logger: Logger, observer: (any CallObserver)? = nil, callbacks: (any GatewayCallbacks)? = nil
    ) async throws -> Gateway {
        do {
            return try await Gateway(configuration, logger, observer, callbacks)
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure("cannot start: \(error)")
        }
    }

    private init(
        _ configuration: LoadedConfiguration, _ logger: Logger, _ observer: (any CallObserver)?, _ callbacks: (any GatewayCallbacks)?
    ) async throws {
        let settings = configuration.gateway
        (self.configuration, self.logger) = (configuration, logger)
        let registry = try PrometheusRegistry(GatewayMetrics.declarations)
        let metrics = GatewayMetrics(registry)
        let events = EventBus(factory: registry)
        self.events = events
        let counted = CountedEvents(events)
        self.counted = counted
        directory = CallDirectory()
        let isLoopback = settings.pipeline.loopback
        let system = SystemLimits.prepare(
            sockets: settings.server.limits.maxSockets, descriptorsEach: settings.server.tls == nil ? 1 : 3, calls: settings.admission.maxCalls)
        for warning in system.warnings { logger.warning("\(warning)") }
        let overload = OverloadGuard(chats: Double(settings.overload.noNewChats) / 100, calls: Double(settings.overload.noNewCalls) / 100)
        self.overload = overload
        let group = try EventLoopGroup(count: settings.server.resolvedLoops)
        self.group = group
        let database = try GatewayDatabase(path: settings.storage.path, logger: logger)
        let demoOperator = try await DemoOperator(database)
        (self.database, self.demoOperator, ledger) = (database, demoOperator, SQLiteBudgetLedger(database))
        let sink = SQLiteEventSink(database)
        self.sink = sink
        events.add(LifecycleMetrics(agents: configuration.domain.agents.map(\.name), factory: registry))
        let room = try CallbackRoom(configuration, callbacks: callbacks, group: group, registry: registry, logger: logger)
        self.callbacks = room
        room.start(events)
        let switches = Switches(configuration.switches) { name, isOn in
            events.emit(LifecycleEvent("switch.changed", subject: "gateway", ["name": name.rawValue, "enabled": "\(isOn)"]))
            logger.notice("switch", metadata: ["name": "\(name.rawValue)", "enabled": "\(isOn)"])
        }
        self.switches = switches
        admission = Admission(
            maximumCalls: settings.admission.maxCalls, startTimeout: settings.admission.startTimeout,
            closed: { !switches[.agent] ? .disabled : overload.level >= .noNewCalls ? .overloaded : nil },
            refused: { counted.note("call.refused", of: $0.rawValue, ["reason": $0.rawValue]) })
        let health = HealthBoard(essential: isLoopback ? [] : ["recogniser", "voice"], admission: admission)
        self.health = health
        health.set("store", .up)
        events.add(Analytics(sink: sink, isOff: { health.isImpaired }, skipped: metrics.eventsSkipped))
        let tiers = TierManager(
            policy: configuration.tiers, ledger: ledger,
            switches: {
                var tiers = switches.tiers
                tiers.escalation = tiers.escalation && !health.isImpaired
                return tiers
            })
        let store = SQLiteConversationStore(database)
        let codes = JoinCodes()
        prompts = try PromptRoom(configuration, group: group, registry: registry, logger: logger)
        let models = try ModelRoom(
            configuration, group: group, events: events, logger: logger, prompts: prompts.book, isCaching: { switches[.cache] },
            used: { metrics.used($0, $1, $2) })
        self.models = models
        let agent = AgentRoom(
            configuration.domain, pool: settings.agent.contextPool, remoteTime: settings.agent.remote.total, remote: models.remote,
            models: models.understanders, mayAnswerDirectly: { switches[.directModel] },
            decided: { metrics.decided($0, $1) }, tools: demoOperator.tools, store: store, events: events)
        handoffs = HandoffDesk(store: store, events: events, patience: settings.handoff.patience)
        sessions = ChatSessions(
            ChatServices(
                settings: ChatSettings(settings), greeting: agent.domain.greeting, store: store, handoffs: handoffs, events: events, codes: codes,
                isAgentEnabled: { switches[.agent] }, isStoreUp: { database.health.isUp }, answered: { metrics.answered($0) },
                openConversation: { agent.conversation($0, channel: .chat, userID: $1, restoring: $2) }))

        // A loopback needs neither ears nor voices; it can be chatted with all the same.
        var services: CallServices?
        if isLoopback {
            (recogniser, synthesiser) = (nil, nil)
        } else {
            let recogniser = try Self.recogniser(configuration)
            let synthesiser = try FliteSynthesizer(
                configuration: FliteConfiguration(workers: settings.speech.synthesiser.workers, queueCapacity: settings.speech.synthesiser.queue))
            (self.recogniser, self.synthesiser) = (recogniser, synthesiser)
            services = await Self.services(configuration, recogniser, synthesiser, database, tiers, agent, directory, metrics, logger, observer)
            services?.findChat = { [sessions] code in
                codes.redeem(code).map { id in { try await JoinedChat.open(try await sessions.find(id)) } }
            }
            services?.voiceWorked = { health.voice($0, worked: $1, at: EventLoop.now) }
            health.set("recogniser", .up)
            health.set("voice", .up)
        }
        let voiceActivity = Self.voiceActivity(configuration, logger)
        health.set("voice_activity", voiceActivity == nil ? .absent : .up)

        let secrets = configuration.secrets
        let tokens = StreamTokens(capacity: settings.admission.maxCalls, lifetime: settings.twilio.tokenLifetime)
        let media = MediaContext(
            isLoopback: isLoopback, endpointing: EndpointingConfiguration(settings.endpointing),
            playout: PlayoutConfiguration(startLead: settings.playback.lead, fullLead: settings.playback.ahead),
            startDeadline: settings.twilio.startDeadline, noMedia: settings.twilio.noMedia, voiceActivity: voiceActivity,
            admission: admission, directory: directory, metrics: metrics, services: services)
        let twilio = TwilioMediaContext(
            media: media, tokens: tokens, isTokenRequired: secrets.twilioAuthToken != nil, accountSid: secrets.twilioAccountSid)
        let routes = LateRoutes()
        server = try await WebServer(Self.web(settings, sockets: system.sockets), group: group, routes: routes)
        let publicURL = settings.server.resolvedPublicURL(port: Int(server.port))
        let webhooks = TwilioWebhooks(
            publicURL: publicURL, signature: secrets.twilioAuthToken.map { TwilioSignature(authToken: $0, publicURL: publicURL) },
            accountSid: secrets.twilioAccountSid, admission: admission, tokens: tokens,
            directory: directory, callStore: CallStore(database), metrics: metrics, counted: counted, logger: logger, refusals: ThrottledLog(logger))
        routes.set(
            GatewayRoutes(
                door: Door(listeningHost: settings.server.host, secrets: secrets, allowOpen: settings.security.allowOpen),
                health: health, registry: registry, metrics: metrics, webhooks: webhooks, twilio: twilio, media: media,
                chat: ChatContext(sessions: sessions, metrics: metrics, overload: overload),
                api: API(
                    sessions: sessions, conversations: store, calls: CallStore(database), handoffs: handoffs, events: events, switches: switches,
                    overload: overload, metrics: metrics, greeting: agent.domain.greeting),
                logger: logger))
        let stalls = ThrottledLog(logger)
        try group.watch { stall in
            let told = [
                "loop": "\(stall.loop)", "doing": "\(stall.activity)", "ms": "\(stall.elapsed.wholeMilliseconds)", "over": "\(stall.isOver)",
            ]
            stalls.warning("an event loop was held up", metadata: told.mapValues { .string($0) })
            counted.note("loop.stalled", of: "\(stall.loop)", size: stall.elapsed.wholeMilliseconds, count: stall.isOver ? 1 : 0, told)
        }
        maintenance = Self.maintain(
            Maintained(
                admission: admission, health: health, database: database, store: Self.watch(database, health, events, logger), metrics: metrics,
                overload: overload, group: group, server: server,
                retention: Retention(database, days: settings.storage.retentionDays, maximumBytes: settings.storage.maxSizeMB * 1_000_000), sessions: sessions,
                handoffs: handoffs, events: events, counted: counted, models: models, logger: logger, lost: { sink.dropped }),
            every: settings.metrics.interval)
        observe(registry, metrics.usage, sink, agent.pool)
        events.emit(LifecycleEvent("gateway.started", subject: "gateway", ["version": GatewayVersion.text]))
    }

    // MARK: The end

    /// FIELD 22: no new calls; live ones finish; a closing line at the deadline; then everything is closed.
    /// - Parameter force: cuts the wait short: nothing is waited for any more.
    func drain(force: @escaping @Sendable () -> Bool) async {
        admission.drain()
        health.drain()
        await sessions.drain()
        events.emit(LifecycleEvent("gateway.draining", subject: "gateway"))
        logger.notice("draining", metadata: ["calls": "\(directory.count)", "promised": "\(admission.reservedCount)"])
        // Whoever was promised a place at the webhook still gets the call.
        await wait(configuration.gateway.shutdown.drain, force) { [admission] in admission.count > 0 }
        for call in directory.all { call.loop.post { call.assumeIsolated { $0.drain() } } }
        await wait(.seconds(8), force)
        await waitForChats(force)
        await stop()
    }

    private func wait(_ limit: Duration, _ force: @Sendable () -> Bool, for others: @Sendable () -> Bool = { false }) async {
        let end = EventLoop.now + limit
        while directory.unfinished > 0 || others(), EventLoop.now < end, !force() { try? await Task.sleep(for: .milliseconds(50)) }
    }

    /// Answers that are being made are still given.
    private func waitForChats(_ force: @Sendable () -> Bool) async {
        func wait(_ limit: Duration) async {
            let end = EventLoop.now + limit
            while await sessions.working > 0, EventLoop.now < end, !force() { try? await Task.sleep(for: .milliseconds(20)) }
        }
        await wait(.seconds(2))
        await sessions.cutShort()
        await wait(.milliseconds(500))
    }

    /// The last events are with the store before it closes, unless it hangs.
    private func waitForEvents() async {
        let end = EventLoop.now + .seconds(1)
        while !sink.isIdle, EventLoop.now < end { try? await Task.sleep(for: .milliseconds(5)) }
    }

    /// Closes every socket within 250 ms, then what stands behind them.
    func stop() async {
        admission.drain()
        maintenance.cancel()
        models.stop()
        await server.stop()
        // The last turns are settled and written by tasks of their calls.
        await wait(.seconds(3)) { false }
        await callbacks.close()
        await prompts.close()
        await group.stop()
        models.close()
        counted.tell()
        events.emit(LifecycleEvent("gateway.stopped", subject: "gateway"))
        events.close()
        await waitForEvents()
        do { try await database.close() } catch { logger.error("the database did not close", metadata: ["reason": "\(error)"]) }
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

    func refusal(_ reply: HTTPReply, of request: HTTPRequest?) -> HTTPReply { routes.withLock { $0 }?.refusal(reply, of: request) ?? reply }
}
