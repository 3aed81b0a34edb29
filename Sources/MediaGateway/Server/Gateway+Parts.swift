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
        _ configuration: LoadedConfiguration, _ recogniser: WhisperRecognizer, _ synthesiser: FliteSynthesizer,
        _ database: GatewayDatabase, _ ledger: SQLiteBudgetLedger, _ demoOperator: DemoOperator, _ events: EventBus,
        _ directory: CallDirectory, _ metrics: GatewayMetrics, _ logger: Logger, _ observer: (any CallObserver)?
    ) async -> CallServices {
        let settings = configuration.gateway, pack = configuration.domain, policy = configuration.tiers
        let understanding = EmbeddedUnderstanding(pack: pack)
        let store = SQLiteConversationStore(database), callStore = CallStore(database)
        let normaliser = SpeechNormaliser(), splitter = ClauseSplitter()
        var lines = [pack.agents.first?.greeting].compactMap { $0 }.map { $0.replacing("{organisation}", with: pack.organisation) }
        lines += pack.phrases.variants[.fallback] ?? []
        let words = lines.flatMap { splitter.clauses(of: $0) }.map { normaliser.speakable($0) }
        let fixedLines = await FixedLines(words, voices: Set(policy.tiers.map(\.voice)).sorted()) { words, voice in
            try await synthesiser.audio(of: words, voice: voice, sampleRate: .hz8000)
        }
        return CallServices(
            settings: CallSettings(
                turnDeadline: settings.agent.turnDeadline, replyBudget: settings.agent.replyBudget, silenceLadder: settings.silence.ladder,
                numberSilence: max(settings.endpointing.silence, .milliseconds(1_000))),
            recogniser: recogniser, synthesisers: [synthesiser.name: synthesiser], fixedLines: fixedLines, normaliser: normaliser,
            splitter: splitter, tiers: TierManager(policy: policy, ledger: ledger), policy: policy, events: events, metrics: metrics,
            observer: observer, logger: logger, directory: directory,
            openJournal: { call in CallJournal(call: call, store: callStore, logger: logger) },
            openConversation: { session, facts in
                Conversation(
                    id: session, channel: .voice, pack: pack, understanders: [understanding], tools: demoOperator.tools, store: store,
                    events: events, facts: facts)
            })
    }

    static func web(_ settings: GatewayConfiguration) -> WebServer.Configuration {
        var web = WebServer.Configuration()
        web.host = settings.server.host
        web.port = UInt16(settings.server.port)
        let limits = settings.server.limits
        web.limits.maximumSockets = limits.maxSockets
        web.limits.maximumMessageBytes = limits.maxMessageBytes
        web.limits.maximumBodyBytes = limits.maxBodyBytes
        web.limits.head = limits.handshake
        web.limits.body = limits.handshake
        web.limits.idle = limits.idle
        web.limits.slowReader = limits.slowReader
        web.limits.pingAfter = limits.ping
        return web
    }

    /// Once a second: places whose stream never came, and whether the store still answers; now and then, what the process uses.
    static func maintain(
        _ admission: Admission, _ health: HealthBoard, _ database: GatewayDatabase?, _ metrics: GatewayMetrics, every interval: Duration
    ) -> Task<Void, Never> {
        Task {
            var nextSample = EventLoop.now
            while !Task.isCancelled {
                admission.expire()
                if EventLoop.now >= nextSample, let usage = ProcessUsage(pid: getpid()) {
                    nextSample += interval
                    metrics.usage.set(usage)
                }
                if let database {
                    do {
                        try await database.check()
                        health.set("store", .up)
                    } catch { health.set("store", .down) }
                }
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }

    func observe(_ registry: PrometheusRegistry, _ usage: SampledUsage, _ sink: SQLiteEventSink?) {
        let (directory, admission, server, group, health) = (self.directory, self.admission, self.server, self.group, self.health)
        registry.observe("gateway_calls_active") { Double(directory.count) }
        registry.observe("gateway_calls_admitted") { Double(admission.count) }
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
        if let sink { registry.observe("gateway_events_lost_total", as: .counter) { Double(sink.dropped) } }
    }
}

extension EndpointingConfiguration {
    init(_ settings: GatewayConfiguration.Endpointing) {
        self.init(
            onset: settings.onset, plausiblePause: settings.plausiblePause, silence: settings.silence,
            maximumUtterance: settings.maximumUtterance)
    }
}
