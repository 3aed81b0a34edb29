public import struct Foundation.Date
public import Orchestrator

/// Conversations in SQLite: a turn with all it changes is one savepoint of a durable transaction.
///
/// While the database is out of order, what is written waits in memory, and the methods return (``GatewayDatabase/health``).
/// All throw a ``StorageError``.
public struct SQLiteConversationStore: ConversationStore {
    let database: GatewayDatabase
    public init(_ database: GatewayDatabase) { self.database = database }

    public func begin(_ session: SessionRecord) async throws { try await database.write(.begin(session)) }

    /// A repetition of a turn that is there already changes nothing, nor does a turn of a session that was erased. One of a
    /// session that was never begun here makes the session.
    public func commit(_ turn: TurnCommit) async throws { try await database.write(.turn(turn)) }

    public func end(session: String, reason: String, at: Date) async throws {
        try await database.write(.end(session: session, reason: reason, at: at))
    }

    /// A state older than the one that is there changes nothing.
    public func save(_ handoff: HandoffRecord) async throws { try await database.write(.handoff(handoff)) }

    public func save(_ feedback: FeedbackRecord) async throws { try await database.write(.feedback(feedback)) }
}
