import EventLoop
import Foundation
import HTTPTransport
import LanguageModels
import Logging
import Orchestrator

/// The operator's own agent and the language models that are asked, in order, with what guards them: breakers, a bound on what runs at
/// once, probes.
///
/// Without any it is empty, and costs nothing.
final class ModelRoom: Sendable {
    /// Asked before the models, behind its breaker.
    let remote: (any RemoteAgent)?
    let understanders: [any Understander]
    private let models: [any LanguageModel]
    let board: BreakerBoard
    let gate: FairGate
    let cache: ResponseCache
    private let prober: Prober
    private let resolver: Resolver?
    private let warming: Task<Void, Never>?

    /// From one look at a connection to the next: before servers let idle ones go.
    private static let warmEvery = Duration.seconds(45)

    /// - Parameter prompts: those in force.
    init(
        _ configuration: LoadedConfiguration, group: EventLoopGroup, events: any EventSink, logger: Logger, prompts: PromptBook,
        isCaching: @escaping @Sendable () -> Bool, used: @escaping ModelUnderstander.Used
    ) throws {
        let settings = configuration.gateway
        let providers = settings.llm.models.compactMap { name in settings.llm.providers.first { $0.name == name } }
        let clock = ContinuousClock()
        let board = BreakerBoard(
            CircuitBreaker.Configuration(failures: settings.breaker.failures, openTime: settings.breaker.open), clock: clock,
            onTransition: { step in
                events.emit(step.event)
                let told: Logger.Metadata = ["name": "\(step.provider)", "reason": "\(step.cause?.rawValue ?? "none")"]
                switch step.kind {
                case .opened: logger.warning("is left alone for a while", metadata: told)
                case .closed: logger.notice("answers again", metadata: told)
                case .halfOpen: break
                }
            })
        let gate = FairGate(places: settings.agent.maxConcurrentTurns, clock: clock)
        let cache = ResponseCache(capacity: settings.cache.entries, lifetime: settings.cache.lifetime, clock: clock)
        (self.board, self.gate, self.cache) = (board, gate, cache)
        let agent = settings.agent.remote
        guard !providers.isEmpty || agent.url != nil else {
            (remote, models, understanders, resolver, warming) = (nil, [], [], nil, nil)
            prober = Prober([], board: board)
            return
        }
        let resolver = try Resolver()
        let http = HTTPClient(loop: group.leastLoaded, resolver: resolver)
        let models = providers.map { Self.model($0, key: configuration.secrets.modelKeys[$0.name], http: http) }
        (self.models, self.resolver) = (models, resolver)
        understanders = models.map {
            ModelUnderstander(
                GuardedModel($0, board: board), gate: gate, pack: configuration.domain, prompts: prompts, cache: { isCaching() ? cache : nil },
                used: used)
        }
        let client = agent.url.map { url in
            var endpoint = RemoteAgentClient.Endpoint(url: url, key: configuration.secrets.remoteAgentKey.flatMap { APIKey($0.revealed) })
            (endpoint.betweenEvents, endpoint.total) = (agent.betweenEvents, agent.total)
            return RemoteAgentClient(endpoint, http: http)
        }
        // Places of its own: an agent that hangs keeps nobody from the models, which are asked in its stead.
        let remotePlaces = FairGate(places: settings.agent.maxConcurrentTurns, clock: clock)
        remote = client.map { GuardedAgent($0, board: board, gate: remotePlaces) }
        var probed: [any Probed] = models
        if let client { probed.append(client) }
        prober = Prober(probed, board: board)
        warming = Task {
            guard !models.isEmpty else { return }
            while !Task.isCancelled {
                for model in models { await model.warmUp() }
                try? await Task.sleep(for: Self.warmEvery)
            }
        }
        prober.start()
    }

    private static func model(_ provider: GatewayConfiguration.LanguageModels.Provider, key: Secret?, http: HTTPClient) -> any LanguageModel {
        var endpoint = ModelEndpoint(
            name: "llm.\(provider.name)", base: provider.url, model: provider.model, key: key.flatMap { APIKey($0.revealed) }, price: provider.price)
        (endpoint.firstText, endpoint.betweenPieces) = (provider.firstText, provider.betweenPieces)
        return switch provider.dialect {
        case .openai: ChatCompletionsModel(endpoint, server: .openAI, http: http)
        case .compatible: ChatCompletionsModel(endpoint, http: http)
        case .ollama: OllamaModel(endpoint, http: http)
        case .gemini: GeminiModel(endpoint, http: http)
        case .anthropic: AnthropicModel(endpoint, http: http)
        }
    }

    /// In the order in which they are asked.
    var names: [String] { (remote.map { [$0.name] } ?? []) + models.map(\.name) }

    /// Those that must not be asked now.
    var unavailable: Set<String> { Set(board.snapshot().filter { $0.state != .closed }.map(\.provider)) }

    deinit { stop() }

    /// Asks nobody any more. Idempotent.
    func stop() {
        warming?.cancel()
        prober.stop()
    }

    /// Once nobody asks: a look-up that is under way may take a while, and is waited for elsewhere.
    func close() {
        stop()
        guard let resolver else { return }
        Thread.detachNewThread { resolver.stop() }
    }
}
