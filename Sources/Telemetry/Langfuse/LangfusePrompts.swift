public import CoreMetrics
public import Foundation
public import HTTPTransport
public import Orchestrator
import Synchronization

/// Fetches prompts that are looked after in Langfuse, and puts them in force: at once, then again and again, never within anybody's turn.
///
/// ```
/// GET /api/public/v2/prompts/NAME?label=production       Authorization: Basic …
/// ```
///
/// What cannot be fetched, or is no prompt of ours, changes nothing: the one in force stays, at first the pack's. So does one that is no
/// longer there.
public final class LangfusePrompts: Sendable {
    public struct Configuration: Sendable {
        public var project: LangfuseProject
        /// Of ``PromptTemplate/names``.
        public var names = PromptTemplate.names
        /// The version with this label counts.
        public var label = "production"
        /// In front of our names there.
        public var prefix = ""
        /// From one round of questions to the next.
        public var refresh = Duration.seconds(60)
        /// For one prompt, to the answer's end.
        public var timeout = Duration.seconds(5)
        public init(_ project: LangfuseProject) { self.project = project }
    }
    public struct Failure: Sendable, Equatable {
        /// Ours, without the prefix.
        public var prompt: String
        /// `HTTP 401`, why there was no answer, or what is wrong with the prompt.
        public var reason: String
    }
    /// What there is to say, for a log.
    public enum Note: Sendable, Equatable {
        /// From now on in force.
        case taken(prompt: String, version: Int)
        /// None of that name and label; told once.
        case missing(prompt: String)
        /// Those of one round; told at most once a minute.
        case failed([Failure])
    }
    public enum Outcome: String, Sendable, CaseIterable { case taken, unchanged, missing, refused, failed }

    /// What to declare for the registry.
    public static let metrics = [
        MetricDeclaration("gateway_prompt_version", .gauge, help: "Langfuse's version that is in force, 0 for the pack's file.", labels: ["prompt"]),
        MetricDeclaration("gateway_prompt_fetches_total", .counter, help: "Prompts asked for in Langfuse, by outcome.", labels: ["outcome"]),
    ]
    /// Of an answer.
    public static let maximumBytes = 262_144
    /// Between notes of failures, and at least that long after wrong keys.
    private static let minute = Duration.seconds(60)

    private enum Answer: Sendable {
        case prompt(LangfusePrompt)
        case missing
        /// - Parameter pause: before anything is asked again.
        case failed(String, pause: Duration)
    }
    private struct State {
        var task: Task<Void, Never>?
        var missing: Set<String> = []
        var lastFailure: Duration?
    }
    private let state = Mutex(State())
    private let configuration: Configuration
    private let book: PromptBook
    private let http: HTTPClient
    private let factory: any MetricsFactory
    private let clock: TurnClock
    private let now: @Sendable () -> Date
    private let told: @Sendable (Note) -> Void

    /// - Parameters:
    ///   - clock: measures pauses.
    ///   - now: wall time, against which dates in answers are held.
    ///   - told: returns at once.
    public init(
        _ configuration: Configuration, book: PromptBook, http: HTTPClient, factory: any MetricsFactory = MetricsSystem.factory,
        clock: any Clock<Duration> = ContinuousClock(), now: @escaping @Sendable () -> Date = { Date() },
        told: @escaping @Sendable (Note) -> Void = { _ in }
    ) {
        (self.configuration, self.book, self.http, self.factory, self.now, self.told) = (configuration, book, http, factory, now, told)
        self.clock = TurnClock.counting(clock)
        for name in configuration.names { setVersion(0, of: name) }
    }

    /// Returns at once.
    public func start() {
        state.withLock { state in
            guard state.task == nil else { return }
            state.task = Task { await run() }
        }
    }

    /// Breaks off what is under way; nothing is asked any more. Idempotent.
    public func stop() { state.withLock { $0.task }?.cancel() }

    /// The same, and waits for it. While the loop still runs.
    public func close() async {
        stop()
        await state.withLock { $0.task }?.value
    }

    private func run() async {
        while !Task.isCancelled {
            let pause = await round()
            do { try await clock.sleep(clock.elapsed() + pause) } catch { return }
        }
    }

    /// Asks for each once, beside each other.
    /// - Returns: how long to wait before the next round.
    private func round() async -> Duration {
        let answers = await withTaskGroup(of: (String, Answer).self) { group in
            for name in configuration.names { group.addTask { (name, await self.fetch(name)) } }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        var pause = configuration.refresh, failures: [Failure] = []
        guard !Task.isCancelled else { return pause }
        for name in configuration.names {
            switch answers[name] {
            case .prompt(let prompt):
                state.withLock { _ = $0.missing.remove(name) }
                do throws(LangfusePrompt.Refusal) { try take(prompt, as: name) } catch {
                    count(.refused)
                    failures.append(Failure(prompt: name, reason: "version \(prompt.version): \(error.reason)"))
                }
            case .missing:
                count(.missing)
                if state.withLock({ $0.missing.insert(name).inserted }) { told(.missing(prompt: name)) }
            case .failed(let reason, let wish):
                count(.failed)
                failures.append(Failure(prompt: name, reason: reason))
                pause = max(pause, wish)
            case nil: break
            }
        }
        if !failures.isEmpty { tell(failures) }
        return pause
    }

    private func take(_ prompt: LangfusePrompt, as name: String) throws(LangfusePrompt.Refusal) {
        let template = try prompt.template(as: name)
        // Not by the version alone: one that others are put into changes with them.
        guard book.current(name) != template else { return count(.unchanged) }
        book.set(template, as: name)
        setVersion(prompt.version, of: name)
        count(.taken)
        told(.taken(prompt: name, version: prompt.version))
    }

    private func tell(_ failures: [Failure]) {
        let time = clock.elapsed()
        let isDue = state.withLock { state in
            if let last = state.lastFailure, time - last < Self.minute { return false }
            state.lastFailure = time
            return true
        }
        if isDue { told(.failed(failures)) }
    }

    private func count(_ outcome: Outcome) {
        Counter(label: "gateway_prompt_fetches_total", dimensions: [("outcome", outcome.rawValue)], factory: factory).increment()
    }

    private func setVersion(_ version: Int, of name: String) {
        Meter(label: "gateway_prompt_version", dimensions: [("prompt", name)], factory: factory).set(version)
    }

    // MARK: One prompt

    private func fetch(_ name: String) async -> Answer {
        let url = configuration.project.url("v2/prompts", configuration.prefix + name, query: [("label", configuration.label)])
        let headers = [("Authorization", configuration.project.authorization), ("Accept", "application/json"), ("User-Agent", "media-gateway")]
        do throws(HTTPError) {
            let response = try await http.stream(
                HTTPClient.Request(url: url, headers: headers), timeout: configuration.timeout, firstByteTimeout: configuration.timeout)
            guard response.status == 200 else {
                response.body.cancel()
                return answer(response.head)
            }
            guard let body = try await Self.bytes(of: response.body) else { return .failed("more than \(Self.maximumBytes) bytes", pause: .zero) }
            let prompt = try? JSONDecoder().decode(LangfusePrompt.self, from: Data(body))
            return prompt.map { .prompt($0) } ?? .failed("the answer is no prompt", pause: .zero)
        } catch {
            return .failed("\(error.code.rawValue)\(error.detail.isEmpty ? "" : " (\(error.detail))")", pause: .zero)
        }
    }

    /// What any other status than 200 means.
    private func answer(_ head: HTTPClient.Head) -> Answer {
        switch head.status {
        case 404: .missing
        case 401, 403: .failed("HTTP \(head.status): are the keys those of this project?", pause: Self.minute)
        default: .failed("HTTP \(head.status)", pause: RetryAfter.wait(head["retry-after"], now: now()) ?? .zero)
        }
    }

    /// - Returns: `nil` for more than ``maximumBytes``.
    private static func bytes(of body: HTTPBody) async throws(HTTPError) -> [UInt8]? {
        var bytes: [UInt8] = []
        for try await piece in body {
            bytes += piece
            guard bytes.count <= maximumBytes else {
                body.cancel()
                return nil
            }
        }
        return bytes
    }
}
