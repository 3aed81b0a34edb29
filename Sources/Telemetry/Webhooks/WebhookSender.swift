public import CoreMetrics
public import Foundation
public import HTTPTransport
public import Orchestrator
import Synchronization

/// Sends an operator's address what the callbacks hear, signed (``WebhookSignature``): each notice at least once, those of one session in
/// order, and again with growing pauses until the receiver takes it.
///
/// ```
/// POST                      {"id": …, "type": "agent.transition", "at": …, "subject": session, "data": {…}}
/// X-Gateway-Event           the type
/// X-Gateway-Delivery        the id: the same for every try, so that what came twice can be told
/// X-Gateway-Timestamp       seconds since 1970, of this try
/// X-Gateway-Signature       sha256=HEX over timestamp + "." + body
/// ```
///
/// Any 2xx takes it. A redirect is not followed, and is as final as a 4xx; 408, 425, 429, 5xx, refusals and silence are tried again. What
/// does not fit into the queue drops the oldest there, which is counted, as is what was given up.
public final class WebhookSender: EventSink {
    public struct Configuration: Sendable {
        /// `http` or `https`.
        public var url: String
        public var signature: WebhookSignature
        public var kinds = Set(CallbackNotice.Kind.allCases)
        /// Notices that are not delivered yet, those under way included; more than ``concurrent``.
        public var capacity = 1_000
        /// Requests at once.
        public var concurrent = 4
        /// For one request, to the end of the answer.
        public var timeout = Duration.seconds(5)
        /// Requests for one notice.
        public var tries = 6
        /// After the first try; doubles with each.
        public var firstPause = Duration.seconds(1)
        public init(url: String, signature: WebhookSignature) { (self.url, self.signature) = (url, signature) }
    }
    /// A notice that did not arrive, for the log.
    public struct Failure: Sendable, Equatable {
        public var kind: CallbackNotice.Kind
        public var delivery: String
        /// `HTTP 400`, or why there was no answer.
        public var reason: String
        public var tries: Int
    }

    /// What to declare for the registry.
    public static let metrics = [
        MetricDeclaration("gateway_webhooks_sent_total", .counter, help: "Webhooks that the receiver took."),
        MetricDeclaration("gateway_webhooks_failed_total", .counter, help: "Webhooks given up, for a final answer or after the last try."),
        MetricDeclaration("gateway_webhooks_dropped_total", .counter, help: "Webhooks dropped because too many waited, the oldest first."),
        MetricDeclaration("gateway_webhooks_waiting", .gauge, help: "Webhooks that are not delivered yet."),
    ]

    private struct State {
        var queue: WebhookQueue
        /// Requests under way, by sequence.
        var requests: [Int: Task<Void, Never>] = [:]
        /// What ends a subject's rest.
        var rests: [String: Task<Void, Never>] = [:]
        /// Nothing more is taken.
        var isClosing = false
        /// Nothing is tried any more at all.
        var isOver = false
        var closing: CheckedContinuation<Void, Never>?
    }
    private let state: Mutex<State>
    let configuration: Configuration
    let http: HTTPClient
    private let clock: TurnClock
    let now: @Sendable () -> Date
    private let failed: @Sendable (Failure) -> Void
    private let sentCount, failedCount, droppedCount: Counter
    private let waiting: Meter

    /// - Parameters:
    ///   - clock: measures pauses.
    ///   - now: wall time, for notices and timestamps.
    ///   - failed: hears of notices that are given up; returns at once.
    public init(
        _ configuration: Configuration, http: HTTPClient, factory: any MetricsFactory = MetricsSystem.factory,
        clock: any Clock<Duration> = ContinuousClock(), now: @escaping @Sendable () -> Date = { Date() },
        failed: @escaping @Sendable (Failure) -> Void = { _ in }
    ) {
        (self.configuration, self.http, self.now, self.failed) = (configuration, http, now, failed)
        self.clock = TurnClock.counting(clock)
        state = Mutex(State(queue: WebhookQueue(capacity: configuration.capacity, places: configuration.concurrent)))
        sentCount = Counter(label: "gateway_webhooks_sent_total", dimensions: [], factory: factory)
        failedCount = Counter(label: "gateway_webhooks_failed_total", dimensions: [], factory: factory)
        droppedCount = Counter(label: "gateway_webhooks_dropped_total", dimensions: [], factory: factory)
        waiting = Meter(label: "gateway_webhooks_waiting", dimensions: [], factory: factory)
    }

    public func emit(_ event: LifecycleEvent) {
        guard let notice = CallbackNotice(event, at: now()), configuration.kinds.contains(notice.kind) else { return }
        send(notice)
    }

    /// Queues a notice, whatever its kind. Any thread; never waits.
    public func send(_ notice: CallbackNotice) {
        state.withLock { state in
            guard !state.isClosing else { return droppedCount.increment() }
            if let dropped = state.queue.add(notice, id: UUID().uuidString.lowercased()) {
                droppedCount.increment()
                // If its subject was resting, it was for this one.
                if dropped.tries > 0 { state.rests.removeValue(forKey: dropped.subject)?.cancel() }
            }
            goOn(&state)
        }
    }

    /// Sends what it can in that time; what failed is not tried again where its pause is longer.
    /// - Returns: notices that were left. Nothing is sent afterwards.
    public func close(within limit: Duration) async -> Int {
        let end = clock.elapsed() + limit
        let timer = Task { [clock] in
            try? await clock.sleep(end)
            endWait()
        }
        await withCheckedContinuation { continuation in
            state.withLock { state in
                guard !state.isClosing, !state.isOver else { return continuation.resume() }
                (state.isClosing, state.closing) = (true, continuation)
                state.queue.close(at: end)
                goOn(&state)
            }
        }
        timer.cancel()
        return state.withLock { state in
            (state.isClosing, state.isOver) = (true, true)
            for task in state.requests.values { task.cancel() }
            for task in state.rests.values { task.cancel() }
            return state.queue.count
        }
    }

    private func endWait() {
        state.withLock { state in
            state.isOver = true
            state.closing?.resume()
            state.closing = nil
        }
    }

    // MARK: One delivery

    /// After each change: starts what there are places for.
    private func goOn(_ state: inout State) {
        while !state.isOver, let delivery = state.queue.next() {
            state.requests[delivery.sequence] = Task { await attempt(delivery) }
        }
        waiting.set(state.queue.count)
        if state.isClosing, state.queue.isQuiet {
            state.closing?.resume()
            state.closing = nil
        }
    }

    private func attempt(_ delivery: WebhookDelivery) async {
        let answer = await post(delivery)
        var delivery = delivery
        delivery.tries += 1
        let failure: Failure? = state.withLock { state in
            state.requests[delivery.sequence] = nil
            // Counted as left by whoever closed.
            guard !state.isOver else { return nil }
            defer { goOn(&state) }
            switch answer {
            case .taken:
                sentCount.increment()
                state.queue.finish(delivery)
            case .again(_, let pause) where delivery.tries < configuration.tries:
                rest(delivery, for: max(configuration.firstPause * (1 << (delivery.tries - 1)), pause ?? .zero), &state)
            case .again(let reason, _), .refused(let reason):
                failedCount.increment()
                state.queue.finish(delivery)
                return Failure(kind: delivery.notice.kind, delivery: delivery.id, reason: reason, tries: delivery.tries)
            }
            return nil
        }
        if let failure { failed(failure) }
    }

    private func rest(_ delivery: WebhookDelivery, for pause: Duration, _ state: inout State) {
        let subject = delivery.subject, until = clock.elapsed() + pause
        state.queue.rest(delivery, until: until)
        state.rests[subject] = Task { [weak self, clock] in
            do { try await clock.sleep(until) } catch { return }
            self?.rested(subject, until)
        }
    }

    private func rested(_ subject: String, _ until: Duration) {
        state.withLock { state in
            guard !state.isOver, state.queue.rested(subject, until: until) else { return }
            state.rests[subject] = nil
            goOn(&state)
        }
    }
}
