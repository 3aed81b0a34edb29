import EventLoop
import Foundation
import HTTPTransport
import Logging
import Orchestrator
import Telemetry

/// The prompts in force: the pack's, and those that Langfuse has in their place (`prompts.langfuse.*`).
///
/// Without an address it is the pack's alone, and costs nothing.
final class PromptRoom: Sendable {
    let book: PromptBook
    private let langfuse: LangfusePrompts?
    private let resolver: Resolver?

    /// Begins to fetch, and waits for nothing: until they are there, the pack's are in force.
    /// - Throws: ``EventLoopError`` when there is no thread for names.
    init(_ configuration: LoadedConfiguration, group: EventLoopGroup, registry: PrometheusRegistry, logger: Logger) throws {
        let book = PromptBook(configuration.domain.prompts)
        self.book = book
        let settings = configuration.gateway.prompts.langfuse, secrets = configuration.secrets
        guard let url = settings.url, let publicKey = secrets.langfusePublicKey, let secretKey = secrets.langfuseSecretKey else {
            (langfuse, resolver) = (nil, nil)
            return
        }
        let resolver = try Resolver()
        self.resolver = resolver
        var fetched = LangfusePrompts.Configuration(LangfuseProject(url: url, publicKey: publicKey.revealed, secretKey: secretKey.revealed))
        (fetched.label, fetched.prefix, fetched.refresh) = (settings.label, settings.prefix, settings.refresh)
        let langfuse = LangfusePrompts(
            fetched, book: book, http: HTTPClient(loop: group.leastLoaded, resolver: resolver), factory: registry,
            told: { Self.log($0, to: logger) })
        self.langfuse = langfuse
        langfuse.start()
    }

    deinit { langfuse?.stop() }

    private static func log(_ note: LangfusePrompts.Note, to logger: Logger) {
        switch note {
        case .taken(let prompt, let version):
            logger.notice("a prompt of Langfuse is in force", metadata: ["prompt": "\(prompt)", "version": "\(version)"])
        case .missing(let prompt):
            logger.notice("a prompt is not in Langfuse under its name and label; the one in force stays", metadata: ["prompt": "\(prompt)"])
        case .failed(let failures):
            var reasons: Logger.Metadata = [:]
            for failure in failures { reasons[failure.prompt] = "\(failure.reason)" }
            logger.warning("prompts were not taken from Langfuse; those in force stay", metadata: reasons)
        }
    }

    /// While the loops still run; idempotent.
    func close() async {
        await langfuse?.close()
        guard let resolver else { return }
        Thread.detachNewThread { resolver.stop() }
    }
}
