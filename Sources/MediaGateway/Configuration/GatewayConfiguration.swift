/// `gateway.yaml`: how this gateway runs. Read once, at start; nothing changes it afterwards.
///
/// Each section's reader is its only description: keys, units, ranges and defaults are printed from the calls that check them.
public struct GatewayConfiguration: Sendable, Equatable {
    public var server: Server
    public var security: Security
    public var admission: Admission
    public var twilio: Twilio
    public var storage: Storage
    public var models: Models
    public var pipeline: Pipeline
    public var endpointing: Endpointing
    public var speech: Speech
    public var playback: Playback
    public var silence: Silence
    public var agent: Agent
    public var llm: LanguageModels
    public var prompts: Prompts
    public var cache: Cache
    public var breaker: Breaker
    public var chat: Chat
    public var handoff: Handoff
    public var callbacks: Callbacks
    public var overload: Overload
    public var shutdown: Shutdown
    public var logging: Logging
    public var metrics: Metrics

    /// Every key at its default.
    public static var defaults: GatewayConfiguration {
        GatewayConfiguration(ConfigurationReader(.empty(origin: ""), report: ConfigurationReport()))
    }

    /// Reads the text of a `gateway.yaml` alone.
    /// - Parameters:
    ///   - name: what problems call it.
    ///   - overrides: as after `--set`.
    /// - Throws: ``ConfigurationError`` with every problem.
    public init(yaml: String, name: String = "gateway.yaml", overrides: [String] = []) throws(ConfigurationError) {
        let report = ConfigurationReport()
        var document = ConfigurationDocument(yaml: yaml, name: name, report: report)
        for argument in overrides { document.apply(try ConfigurationOverride(argument), report: report) }
        let reader = ConfigurationReader(document.root, report: report)
        self.init(reader)
        reader.finish()
        try report.finish()
    }

    init(_ reader: ConfigurationReader) {
        server = reader.section("server", Server.init)
        security = reader.section("security", Security.init)
        admission = reader.section("admission", Admission.init)
        twilio = reader.section("twilio", Twilio.init)
        storage = reader.section("storage", Storage.init)
        models = reader.section("models", Models.init)
        pipeline = reader.section("pipeline", Pipeline.init)
        endpointing = reader.section("endpointing", Endpointing.init)
        speech = reader.section("speech", Speech.init)
        playback = reader.section("playback", Playback.init)
        silence = reader.section("silence", Silence.init)
        agent = reader.section("agent", Agent.init)
        llm = reader.section("llm", LanguageModels.init)
        prompts = reader.section("prompts", Prompts.init)
        cache = reader.section("cache", Cache.init)
        breaker = reader.section("breaker", Breaker.init)
        chat = reader.section("chat", Chat.init)
        handoff = reader.section("handoff", Handoff.init)
        callbacks = reader.section("callbacks", Callbacks.init)
        overload = reader.section("overload", Overload.init)
        shutdown = reader.section("shutdown", Shutdown.init)
        logging = reader.section("logging", Logging.init)
        metrics = reader.section("metrics", Metrics.init)
    }
}
