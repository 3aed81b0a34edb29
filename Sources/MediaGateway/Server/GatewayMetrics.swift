import CoreMetrics
import Orchestrator
import Persistence
import StreamingPipeline
import Telemetry
import TierManager

/// Every metric that the gateway counts by itself; what others count is observed at each scrape (``Gateway``).
struct GatewayMetrics: Sendable {
    static let declarations =
        [
            MetricDeclaration("gateway_calls_ended_total", .counter, help: "Calls that ended, by reason.", labels: ["reason"]),
            MetricDeclaration(
                "gateway_turn_latency_seconds", .histogram(buckets: MetricDeclaration.turnBuckets),
                help: "Last voiced inbound sample to first audible outbound frame, uninterrupted turns."),
            MetricDeclaration(
                "gateway_stage_seconds", .histogram(buckets: MetricDeclaration.turnBuckets),
                help: "Last voiced inbound sample to each stage of a turn.", labels: ["stage"]),
            MetricDeclaration("gateway_transcripts_total", .counter, help: "Utterances heard, by outcome.", labels: ["outcome"]),
            MetricDeclaration(
                "gateway_decode_seconds", .histogram(buckets: MetricDeclaration.workBuckets), help: "Wall time of a final decode."),
            MetricDeclaration("gateway_recognition_failures_total", .counter, help: "Utterances that the recogniser failed on."),
            MetricDeclaration("gateway_transcripts_late_total", .counter, help: "Transcripts that did not come in time."),
            MetricDeclaration("gateway_voice_failures_total", .counter, help: "Clauses that a voice failed on."),
            MetricDeclaration("gateway_interruptions_total", .counter, help: "Replies that the caller interrupted."),
            MetricDeclaration("gateway_marks_missing_total", .counter, help: "Marks that the carrier never sent back."),
            MetricDeclaration("gateway_marks_implausible_total", .counter, help: "Marks that came back before their audio could have been played."),
            MetricDeclaration("gateway_frames_refused_total", .counter, help: "Outbound frames that the socket did not take at once."),
            MetricDeclaration("gateway_playout_frames_total", .counter, help: "Outbound frames of calls that ended."),
            MetricDeclaration("gateway_playout_late_frames_total", .counter, help: "Of these, frames that left 20 ms late or more."),
            MetricDeclaration("gateway_playout_underruns_total", .counter, help: "Times that a caller's ear ran dry inside a reply."),
            MetricDeclaration("gateway_stream_faults_total", .counter, help: "Bad messages on carrier streams, by kind.", labels: ["kind"]),
            MetricDeclaration("gateway_refused_total", .counter, help: "Requests and streams refused, by reason.", labels: ["reason"]),
            MetricDeclaration("gateway_model_tokens_total", .counter, help: "Tokens of language models, by model and kind.", labels: ["model", "kind"]),
            MetricDeclaration("gateway_model_cost_micro_dollars_total", .counter, help: "Spent on language models, by model.", labels: ["model"]),
            MetricDeclaration("gateway_breaker_open", .gauge, help: "1 while a language model must not be asked.", labels: ["model"]),
            MetricDeclaration("gateway_breaker_trips_total", .counter, help: "Times that a model's circuit breaker opened.", labels: ["model"]),
            MetricDeclaration("gateway_cache_entries", .gauge, help: "Answers of language models that are kept."),
            MetricDeclaration("gateway_cache_hits_total", .counter, help: "Turns answered from the kept ones."),
            MetricDeclaration("gateway_cache_misses_total", .counter, help: "Turns that were looked for there, and asked."),
            MetricDeclaration(
                "gateway_decision_seconds", .histogram(buckets: MetricDeclaration.turnBuckets), help: "A turn's arrival to its decision, by who advised.",
                labels: ["source"]),
            MetricDeclaration("gateway_model_requests_running", .gauge, help: "Requests to language models that run."),
            MetricDeclaration("gateway_model_requests_waiting", .gauge, help: "Requests to language models that wait for a place."),
            MetricDeclaration("gateway_context_pool_ready", .gauge, help: "Conversations that are made ahead."),
            MetricDeclaration("gateway_context_pool_misses_total", .counter, help: "Conversations that found none made ahead."),
            MetricDeclaration("gateway_events_skipped_total", .counter, help: "Events about turns left out of the store while a component was down."),
            MetricDeclaration("gateway_degradation_level", .gauge, help: "0 full, 1 partial, 2 minimal."),
            MetricDeclaration("gateway_cost_micro_dollars_total", .counter, help: "Spent on voices, by tier.", labels: ["tier"]),
            MetricDeclaration("gateway_waste_micro_dollars_total", .counter, help: "Of that, speech that nobody heard.", labels: ["tier"]),
            MetricDeclaration(
                "gateway_chat_latency_seconds", .histogram(buckets: MetricDeclaration.turnBuckets), help: "A chat message's arrival to its answer."),
            MetricDeclaration("gateway_chat_sockets_open", .gauge, help: "WebSockets of chat that are open."),
            MetricDeclaration("gateway_chat_sessions", .gauge, help: "Chat sessions in memory."),
            MetricDeclaration("gateway_handoffs_waiting", .gauge, help: "Hand-overs to a person that are under way."),
            MetricDeclaration("gateway_overload_level", .gauge, help: "0 none, 1 no new chats, 2 no new calls."),
            MetricDeclaration("gateway_calls_active", .gauge, help: "Calls that are live."),
            MetricDeclaration("gateway_calls_admitted", .gauge, help: "Places taken: live calls and those promised one."),
            MetricDeclaration("gateway_sockets_open", .gauge, help: "Sockets open."),
            MetricDeclaration("gateway_sockets_refused_total", .counter, help: "Sockets closed at once because too many were open."),
            MetricDeclaration("gateway_websockets_closed_total", .counter, help: "WebSockets closed, by cause.", labels: ["cause"]),
            MetricDeclaration("gateway_recogniser_ears", .gauge, help: "Calls that the recogniser listens to."),
            MetricDeclaration("gateway_recogniser_queue", .gauge, help: "Utterances that wait for a worker."),
            MetricDeclaration("gateway_recogniser_wasted_total", .counter, help: "Decodes thrown away because the caller went on."),
            MetricDeclaration("gateway_late_ticks_total", .counter, help: "Ticks of 5 ms that came late, all loops."),
            MetricDeclaration("gateway_events_lost_total", .counter, help: "Lifecycle events that the store did not take."),
            MetricDeclaration("gateway_process_cpu_seconds_total", .counter, help: "User and system time of the process, sampled."),
            MetricDeclaration("gateway_loop_stalls_total", .counter, help: "Times that an event loop was held up for 50 ms or more."),
            MetricDeclaration("gateway_loop_longest_stall_seconds", .gauge, help: "Longest time that an event loop was held up."),
            MetricDeclaration("gateway_store_writes_waiting", .gauge, help: "Writes that wait in memory because the store fails."),
            MetricDeclaration("gateway_store_records_lost_total", .counter, help: "Records that could not be kept."),
            MetricDeclaration("gateway_streams_dropped_total", .counter, help: "Event streams dropped because their readers were too slow."),
            MetricDeclaration("gateway_process_resident_bytes", .gauge, help: "Memory of the process, sampled."),
            MetricDeclaration("gateway_start_time_seconds", .gauge, help: "When the gateway started, in seconds since 1970."),
        ] + EventBus.metrics + LifecycleMetrics.metrics + CallbackSink.metrics + WebhookSender.metrics + LangfusePrompts.metrics

    let recognitionFailures, lateTranscripts, voiceFailures, interruptions, missingMarks, implausibleMarks: Counter
    let eventsSkipped: Counter
    let framesRefused, framesPlayed, framesLate, underruns: Counter
    /// What the process used when it was last looked at.
    let usage = SampledUsage()
    private let latency, decode, chatLatency: CoreMetrics.Timer
    /// Chat sockets that are open.
    let chatSockets: Meter
    private let factory: any MetricsFactory

    init(_ factory: any MetricsFactory) {
        func counter(_ name: String) -> Counter { Counter(label: name, dimensions: [], factory: factory) }
        self.factory = factory
        recognitionFailures = counter("gateway_recognition_failures_total")
        lateTranscripts = counter("gateway_transcripts_late_total")
        voiceFailures = counter("gateway_voice_failures_total")
        interruptions = counter("gateway_interruptions_total")
        missingMarks = counter("gateway_marks_missing_total")
        implausibleMarks = counter("gateway_marks_implausible_total")
        eventsSkipped = counter("gateway_events_skipped_total")
        framesRefused = counter("gateway_frames_refused_total")
        framesPlayed = counter("gateway_playout_frames_total")
        framesLate = counter("gateway_playout_late_frames_total")
        underruns = counter("gateway_playout_underruns_total")
        latency = Timer(label: "gateway_turn_latency_seconds", dimensions: [], factory: factory)
        chatLatency = Timer(label: "gateway_chat_latency_seconds", dimensions: [], factory: factory)
        chatSockets = Meter(label: "gateway_chat_sockets_open", dimensions: [], factory: factory)
        decode = Timer(label: "gateway_decode_seconds", dimensions: [], factory: factory)
    }

    private func count(_ name: String, _ label: (String, String), by amount: Int = 1) {
        guard amount > 0 else { return }
        Counter(label: name, dimensions: [label], factory: factory).increment(by: amount)
    }

    func ended(_ reason: String) { count("gateway_calls_ended_total", ("reason", reason)) }
    func fault(_ kind: String) { count("gateway_stream_faults_total", ("kind", kind)) }
    func chats(_ count: Int) { Meter(label: "gateway_chat_sessions", dimensions: [], factory: factory).set(count) }
    func handoffs(_ count: Int) { Meter(label: "gateway_handoffs_waiting", dimensions: [], factory: factory).set(count) }
    func answered(_ latency: Duration) { chatLatency.recordNanoseconds(latency.wholeNanoseconds) }
    func refused(_ reason: String) { count("gateway_refused_total", ("reason", reason)) }

    func decided(_ source: String, _ time: Duration) {
        Timer(label: "gateway_decision_seconds", dimensions: [("source", source)], factory: factory).recordNanoseconds(time.wholeNanoseconds)
    }

    func used(_ model: String, _ usage: ModelUsage, _ costMicroDollars: Int) {
        let tokens = [("input", usage.inputTokens - usage.cachedInputTokens), ("cached", usage.cachedInputTokens), ("output", usage.outputTokens)]
        for (kind, count) in tokens where count > 0 {
            Counter(label: "gateway_model_tokens_total", dimensions: [("model", model), ("kind", kind)], factory: factory).increment(by: count)
        }
        count("gateway_model_cost_micro_dollars_total", ("model", model), by: costMicroDollars)
    }

    func heard(_ transcript: Transcript) {
        count("gateway_transcripts_total", ("outcome", transcript.rejection?.rawValue ?? "understood"))
        decode.recordNanoseconds(transcript.decodeTime.wholeNanoseconds)
    }

    func played(_ counters: PlayoutCounters) {
        framesPlayed.increment(by: counters.frames)
        framesLate.increment(by: counters.lateFrames)
        underruns.increment(by: counters.underruns)
    }

    func turn(_ turn: TurnSummary) {
        count("gateway_cost_micro_dollars_total", ("tier", turn.tier.name), by: turn.costMicroDollars)
        count("gateway_waste_micro_dollars_total", ("tier", turn.tier.name), by: turn.wasteMicroDollars)
        guard !turn.wasInterrupted, let first = turn.stages.firstAudio else { return }
        latency.recordNanoseconds(first.wholeNanoseconds)
        let stages = [
            ("endpoint", turn.stages.endpoint), ("stt_final", turn.stages.sttFinal), ("decision", turn.stages.decision),
            ("first_text", turn.stages.firstText), ("first_audio", turn.stages.firstAudio),
        ]
        for (stage, time) in stages {
            guard let time else { continue }
            Timer(label: "gateway_stage_seconds", dimensions: [("stage", stage)], factory: factory).recordNanoseconds(time.wholeNanoseconds)
        }
    }
}
