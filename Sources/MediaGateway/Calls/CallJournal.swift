import Foundation
import Logging
import Orchestrator
import Persistence
import TierManager

/// Writes down what a call does, in order and behind its back: nothing of a call waits for the store.
///
/// Bounded: what does not fit is dropped and counted in the log. Money and the agent's facts do not go this way; they are durable
/// before the reply they belong to.
final class CallJournal: Sendable {
    private enum Entry: Sendable {
        case begin(CallRecord)
        case turn(TurnRecord)
        case escalation(EscalationRecord)
        case join(session: String)
        case end(reason: String, at: Date)
    }
    /// Entries that may wait.
    private static let capacity = 256
    private let entries: AsyncStream<Entry>.Continuation
    private let writing: Task<Void, Never>
    private let call: String
    private let logger: Logger

    init(call: String, store: CallStore, logger: Logger) {
        let (stream, entries) = AsyncStream.makeStream(of: Entry.self, bufferingPolicy: .bufferingOldest(Self.capacity))
        (self.entries, self.call, self.logger) = (entries, call, logger)
        writing = Task {
            for await entry in stream {
                do {
                    switch entry {
                    case .begin(let record): try await store.begin(record)
                    case .turn(let record): try await store.record(record)
                    case .escalation(let step): try await store.record(step)
                    case .join(let session): try await store.join(call: call, session: session)
                    case .end(let reason, let at): try await store.end(call: call, reason: reason, at: at)
                    }
                } catch {
                    logger.error("a call record was not stored", metadata: ["callID": "\(call)", "reason": "\(error)"])
                }
            }
        }
    }

    func began(_ identity: CallIdentity) {
        add(
            .begin(
                CallRecord(
                    id: identity.id, carrier: identity.carrier, carrierCallID: identity.callSid, from: identity.from, to: identity.to,
                    sessionID: identity.id, startedAt: Date())))
    }
    func turn(_ record: TurnRecord) { add(.turn(record)) }
    func joined(_ session: String) { add(.join(session: session)) }
    func escalation(_ step: EscalationRecord) { add(.escalation(step)) }

    /// The last entry.
    /// - Returns: when everything is written.
    func ended(_ reason: String) -> Task<Void, Never> {
        add(.end(reason: reason, at: Date()))
        entries.finish()
        return writing
    }

    private func add(_ entry: Entry) {
        if case .dropped = entries.yield(entry) {
            logger.error("a call record was dropped: the store is too slow", metadata: ["callID": "\(call)"])
        }
    }
}
