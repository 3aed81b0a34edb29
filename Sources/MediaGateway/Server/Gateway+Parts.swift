import AudioCodec
import EventLoop
import Foundation
import Logging
import Orchestrator
import Persistence
import SpeechEngines
import SpokenText
import StreamingPipeline
import Telemetry
import TextChannel
import TierManager
import Understanding
import WebSocketTransport

/// How each part is made from the settings.
extension Gateway {
    /// - Throws: ``CommandFailure``: without a recogniser nobody can be understood, so the gateway does not start.
    static func recogniser(_ configuration: LoadedConfiguration) throws(CommandFailure) -> WhisperRecognizer {
        let settings = configuration.gateway.speech.recogniser
        let words = DomainWords(configuration.domain)
        do {
            return try WhisperRecognizer(
                configuration: WhisperConfiguration(
                    model: "\(configuration.gateway.models.path)/\(settings.model)",
                    workers: settings.workers > 0 ? settings.workers : WhisperConfiguration.defaultWorkers, queueCapacity: settings.queue,
                    maximumStreams: configuration.gateway.admission.maxCalls,
                    repair: { words.repair($0).text }))
        } catch {
            throw CommandFailure("cannot start without a recogniser: \(error.detail)")
        }
    }

    static func voiceActivity(_ configuration: LoadedConfiguration, _ logger: Logger) -> VoiceActivityModel? {
        let path = "\(configuration.gateway.models.path)/\(configuration.gateway.speech.voiceActivity.model)"
        do { return try VoiceActivityModel(contentsOf: path) } catch {
            logger.warning(
                "voice activity falls back to energy, which takes noise for speech more often; run: make setup",
                metadata: ["reason": "\(error)"])
            return nil
        }
    }

    static func services(
        _ configuration: LoadedConfiguration, _ recogniser: WhisperRecognizer, _ synthesiser: FliteSynthesizer, _ database: GatewayDatabase,
        _ tiers: TierManager, _ agent: AgentRoom, _ directory: CallDirectory, _ metrics: GatewayMetrics, _ logger: Logger,
        _ observer: (any CallObserver)?
    ) async -> CallServices {
        let settings = configuration.gateway, pack = configuration.domain, policy = configuration.tiers
        let callStore = CallStore(database)
        let normaliser = SpeechNormaliser(), splitter = ClauseSplitter()
        var lines = [pack.agents.first?.greeting].compactMap { $0 }.map { $0.replacing("{organisation}", with: pack.organisation) }
        lines += pack.phrases.variants[.fallback] ?? []
        let words = lines.flatMap { splitter.clauses(of: $0) }.map { normaliser.speakable($0) }
        let fixedLines = await FixedLines(words, voices: Set(policy.tiers.map(\.voice)).sorted()) { words, voice, rate in
            try await synthesiser.audio(of: words, voice: voice, sampleRate: rate)
        }
        return CallServices(
            settings: CallSettings(
                turnDeadline: settings.agent.turnDeadline, replyBudget: settings.agent.replyBudget, silenceLadder: settings.silence.ladder,
                numberSilence: max(settings.endpointing.silence, .milliseconds(1_000))),
            recogniser: recogniser, synthesisers: [synthesiser.name: synthesiser], fixedLines: fixedLines, normaliser: normaliser,
            splitter: splitter, tiers: tiers, policy: policy, events: agent.events, metrics: metrics,
            observer: observer, logger: logger, directory: directory,
            openJournal: { call in CallJournal(call: call, store: callStore, logger: logger) },
            openConversation: { session, facts in agent.conversation(session, channel: .voice, facts: facts) })
    }

    /// - Parameter sockets: that the system allows.
    static func web(_ settings: GatewayConfiguration, sockets: Int) -> WebServer.Configuration {
        var web = WebServer.Configuration()
        web.host = settings.server.host
        web.port = UInt16(settings.server.port)
        let limits = settings.server.limits
        web.tls = settings.server.tls.map { TLSFiles(certificateChain: $0.certificate, privateKey: $0.key) }
        web.limits.maximumSockets = sockets
        web.limits.maximumMessageBytes = limits.maxMessageBytes
        web.limits.maximumBodyBytes = limits.maxBodyBytes
        web.limits.head = limits.handshake
        web.limits.body = limits.handshake
        web.limits.idle = limits.idle
        web.limits.slowReader = limits.slowReader
        web.limits.pingAfter = limits.ping
        return web
    }

    /// What is looked after while the gateway runs.
    struct Maintained: Sendable {
        var admission: Admission, health: HealthBoard, database: GatewayDatabase, store: StoreWatch, metrics: GatewayMetrics, overload: OverloadGuard
        var group: EventLoopGroup, server: WebServer, retention: Retention, sessions: ChatSessions, handoffs: HandoffDesk, events: any EventSink
        var counted: CountedEvents, models: ModelRoom, logger: Logger
        /// Events that the store did not take.
        var lost: @Sendable () -> Int

        /// - Parameter last: how much was left at the last look.
        func lookAtModels(since last: inout HealthBoard.Degradation) {
            models.cache.expire()
            health.look(lost: lost(), at: EventLoop.now)
            health.models(models.names, down: models.unavailable)
            let level = health.degradation
            guard level != last else { return }
            last = level
            logger.warning("degradation", metadata: ["level": "\(level)"])
            events.emit(LifecycleEvent("degradation.changed", subject: "gateway", ["level": "\(level)"]))
        }

        /// A store that fails does not hold conversations up; what they leave waits in memory (`database.health`).
        func lookAtStore() {
            store.look()
            health.store(database.health)
        }

        /// A certificate that was renewed counts from the next connection on; one that is broken leaves the old one in force.
        /// - Parameter problem: what was last said of it, which the next looks do not say again.
        func lookAtCertificate(_ problem: inout String?) {
            guard server.certificatesChanged() else {
                problem = nil
                return
            }
            do {
                try server.reloadCertificate()
                problem = nil
                logger.notice("certificate read again")
                events.emit(LifecycleEvent("tls.reloaded", subject: "gateway"))
            } catch {
                guard problem != "\(error)" else { return }
                problem = "\(error)"
                logger.error("the new certificate is not used", metadata: ["reason": "\(error)"])
                events.emit(LifecycleEvent("tls.reload_failed", subject: "gateway", ["reason": "\(error)"]))
            }
        }

        /// What is too old, or too much, goes.
        func sweepStore() async {
            let report = await retention.sweep()
            if let failure = report.failure { logger.warning("retention stopped early", metadata: ["reason": "\(failure)"]) }
            guard report.rows > 0 else { return }
            logger.info("old records deleted", metadata: ["rows": "\(report.rows)", "bytes_in_use": "\(report.usedBytes)"])
        }

        /// Whether the loops keep up, by the one that is worst.
        func judgeLoad(since last: Duration) {
            let ticks = Int((EventLoop.now - last) / .milliseconds(5))
            guard let level = overload.judge(lateTicks: group.loops.map(\.lateTickCount), ofTicks: ticks) else { return }
            logger.warning("overload", metadata: ["level": "\(level.name)"])
            events.emit(LifecycleEvent("overload.changed", subject: "gateway", ["level": level.name]))
        }
    }

    /// Tells of a store that goes out, and of one that is back.
    static func watch(_ database: GatewayDatabase, _ health: HealthBoard, _ events: any EventSink, _ logger: Logger) -> StoreWatch {
        StoreWatch(
            isUp: {
                do { try await database.check() } catch { return false }
                return database.health.isUp
            },
            changed: { finding in
                health.set("store", finding == .up ? .up : .down)
                switch finding {
                case .up: logger.notice("the store answers again")
                case .silent: logger.error("the store does not answer")
                // The store has said why.
                case .failed: break
                }
                events.emit(
                    finding == .up
                        ? LifecycleEvent("store.up", subject: "gateway") : LifecycleEvent("store.down", subject: "gateway", ["reason": finding.rawValue]))
            })
    }

    /// Once a second: places whose stream never came, people nobody came for, chats that were left, the load, and whether the store
    /// still answers; now and then, what the process uses. Nothing here waits for the store.
    static func maintain(_ maintained: Maintained, every interval: Duration) -> Task<Void, Never> {
        Task {
            // The first sweep leaves the start alone.
            var nextSample = EventLoop.now, nextSweep = EventLoop.now + .seconds(60), lastRound = EventLoop.now
            var sweeping: Task<Void, Never>?
            var certificateProblem: String?, degradation = HealthBoard.Degradation.full
            let expiring = OneAtATime()
            while !Task.isCancelled {
                maintained.admission.expire()
                maintained.judgeLoad(since: lastRound)
                lastRound = EventLoop.now
                if EventLoop.now >= nextSample, let usage = ProcessUsage(pid: getpid()) {
                    nextSample += interval
                    maintained.metrics.usage.set(usage)
                }
                if EventLoop.now >= nextSweep {
                    nextSweep = EventLoop.now + .seconds(3_600)
                    sweeping?.cancel()
                    sweeping = Task { await maintained.sweepStore() }
                }
                maintained.lookAtCertificate(&certificateProblem)
                maintained.lookAtStore()
                maintained.lookAtModels(since: &degradation)
                maintained.counted.tell()
                expiring.start { await maintained.handoffs.expire() }
                await maintained.sessions.sweep()
                maintained.metrics.chats(await maintained.sessions.count)
                maintained.metrics.handoffs(await maintained.handoffs.count)
                try? await Task.sleep(for: .seconds(1))
            }
            sweeping?.cancel()
        }
    }

    func observe(_ registry: PrometheusRegistry, _ usage: SampledUsage, _ sink: SQLiteEventSink, _ pool: ContextPool) {
        registry.observe("gateway_context_pool_ready") { Double(pool.ready) }
        registry.observe("gateway_context_pool_misses_total", as: .counter) { Double(pool.misses) }
        let (directory, admission, server, group, health) = (self.directory, self.admission, self.server, self.group, self.health)
        registry.observe("gateway_calls_active") { Double(directory.count) }
        registry.observe("gateway_calls_admitted") { Double(admission.count) }
        registry.observe("gateway_degradation_level") { Double(health.degradation.rawValue) }
        registry.observe("gateway_cache_entries") { [models] in Double(models.cache.count) }
        registry.observe("gateway_cache_hits_total", as: .counter) { [models] in Double(models.cache.hits) }
        registry.observe("gateway_cache_misses_total", as: .counter) { [models] in Double(models.cache.misses) }
        registry.observe("gateway_model_requests_running") { [models] in Double(models.gate.running) }
        registry.observe("gateway_model_requests_waiting") { [models] in Double(models.gate.waiting) }
        for model in models.names {
            registry.observe("gateway_breaker_open", labels: [("model", model)]) { [models] in models.unavailable.contains(model) ? 1 : 0 }
            registry.observe("gateway_breaker_trips_total", as: .counter, labels: [("model", model)]) { [models] in
                Double(models.board.snapshot().first { $0.provider == model }?.trips ?? 0)
            }
        }
        registry.observe("gateway_overload_level") { [overload] in Double(overload.level.rawValue) }
        registry.observe("gateway_sockets_open") { Double(server.openSockets) }
        registry.observe("gateway_sockets_refused_total", as: .counter) { Double(server.refusedSockets) }
        registry.observe("gateway_late_ticks_total", as: .counter) { Double(group.loops.reduce(0) { $0 + $1.lateTickCount }) }
        registry.observe("gateway_process_cpu_seconds_total", as: .counter) { usage.processorSeconds }
        registry.observe("gateway_process_resident_bytes") { usage.residentBytes }
        let startTime = (Date.now.timeIntervalSince1970 * 1_000).rounded() / 1_000 - health.uptime / .seconds(1)
        registry.observe("gateway_start_time_seconds") { startTime }
        for cause in WebSocketClosure.Cause.allCases {
            registry.observe("gateway_websockets_closed_total", as: .counter, labels: [("cause", cause.rawValue)]) {
                Double(server.counters.snapshot.closed[cause] ?? 0)
            }
        }
        if let recogniser {
            registry.observe("gateway_recogniser_ears") { Double(recogniser.statistics.openStreams) }
            registry.observe("gateway_recogniser_queue") { Double(recogniser.statistics.queueDepth) }
            registry.observe("gateway_recogniser_wasted_total", as: .counter) { Double(recogniser.statistics.wasted) }
        }
        registry.observe("gateway_loop_stalls_total", as: .counter) { Double(group.stallCount) }
        registry.observe("gateway_loop_longest_stall_seconds") { group.longestStall / .seconds(1) }
        registry.observe("gateway_store_writes_waiting") { [database] in Double(database.health.waiting) }
        registry.observe("gateway_store_records_lost_total", as: .counter) { [database] in Double(database.lost) }
        registry.observe("gateway_streams_dropped_total", as: .counter) { Double(server.counters.snapshot.streamsDropped) }
        registry.observe("gateway_events_lost_total", as: .counter) { Double(sink.dropped) }
    }
}

extension ChatSettings {
    init(_ settings: GatewayConfiguration) {
        self.init()
        let chat = settings.chat
        (maximumSessions, maximumDevices, longestMessage) = (chat.maxSessions, chat.maxDevices, chat.maxMessageBytes)
        (messagesPerMinute, burst, forgetAfter) = (chat.messagesPerMinute, chat.burst, chat.forget)
        (turnsPerSecond, newSessionsPerSecond) = (chat.turnsPerSecond, chat.newSessionsPerSecond)
        turnDeadline = settings.agent.turnDeadline
    }
}

extension LoadedConfiguration {
    /// How the switches stand at the start.
    var switches: [Switches.Name: Bool] {
        [
            .agent: gateway.agent.enabled, .directModel: gateway.agent.directModelFallback, .escalation: tiers.escalation.enabled,
            .budgetCheck: tiers.budget.checkEnabled, .cache: gateway.cache.enabled,
        ]
    }
}

extension Switches {
    /// Those that a plan for a voice asks.
    var tiers: TierSwitches { TierSwitches(escalation: self[.escalation], budgetCheck: self[.budgetCheck]) }
}

extension EndpointingConfiguration {
    init(_ settings: GatewayConfiguration.Endpointing) {
        self.init(
            onset: settings.onset, plausiblePause: settings.plausiblePause, silence: settings.silence,
            maximumUtterance: settings.maximumUtterance)
    }
}
