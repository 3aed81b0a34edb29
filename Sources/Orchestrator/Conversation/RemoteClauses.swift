import Synchronization

/// Reads the answer of the operator's agent clause by clause; what is written before a move comes before it. For one consumer.
final class RemoteClauses: Sendable {
    private struct State {
        var clauses = ClauseReader()
        var pending: RemoteEvent?
        var isOver = false
    }
    private let events: AsyncThrowingStream<RemoteEvent, any Error>
    private let state = Mutex(State())

    init(_ events: AsyncThrowingStream<RemoteEvent, any Error>) { self.events = events }

    /// - Returns: text in whole clauses, or a move; `nil` at the end and ever after.
    /// - Throws: what the stream throws; half a clause is lost with it.
    func next() async throws -> RemoteEvent? {
        while true {
            let (pending, isOver) = state.withLock { state in
                defer { state.pending = nil }
                return (state.pending, state.isOver)
            }
            if let pending { return pending }
            guard !isOver else { return nil }
            var iterator = events.makeAsyncIterator()
            let event: RemoteEvent?
            do { event = try await iterator.next() } catch {
                state.withLock { $0.isOver = true }
                throw error
            }
            if let event = state.withLock({ Self.take(event, &$0) }) { return event }
        }
    }

    private static func take(_ event: RemoteEvent?, _ state: inout State) -> RemoteEvent? {
        if case .text(let text)? = event { return state.clauses.take(text).map { .text($0) } }
        (state.pending, state.isOver) = (event, event == nil)
        return state.clauses.rest().map { .text($0) }
    }
}

/// The beginning of what the operator's agent answers: as much as the caller must hear by the deadline.
struct RemoteBeginning: Sendable {
    var words: OwnWords?
    /// In front of the words.
    var transitions: [(to: String, reason: String)] = []
    /// Set when there is nothing behind the words.
    var ending: RemoteEvent?

    /// - Parameters:
    ///   - working: what is said when a tool is at work and the service has no words for it.
    ///   - failed: hears what ended the rest.
    init(
        of reader: RemoteClauses, for channel: Channel, patience: Duration, working: String, failed: @escaping @Sendable (any Error) -> Void
    ) async throws {
        let next: @Sendable () async -> RemoteEvent? = {
            do { return try await reader.next() } catch {
                failed(error)
                return nil
            }
        }
        var shaper = AnswerShaper(for: channel, limits: .ofRemote(channel))
        while let event = try await reader.next() {
            switch event {
            case .text(let text):
                guard let first = shaper.take(text) else { continue }
                words = OwnWords(text: first, shaper: shaper, patience: patience, next: next)
                return
            case .progress(_, _, let text):
                let first = shaper.take(text + " ") ?? shaper.take(working + " ") ?? working
                let shown = Mutex<RemoteEvent?>(event)
                words = OwnWords(text: first, shaper: shaper, patience: patience) {
                    if let event = shown.withLock({ $0.take() }) { return event }
                    return await next()
                }
                return
            case .transition(let to, let reason): if transitions.count < Self.maximumTransitions { transitions.append((to, reason)) }
            case .handoff, .end:
                ending = event
                return
            }
        }
    }
    static let maximumTransitions = 16
}
