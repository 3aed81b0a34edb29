public import struct Foundation.Date
public import TierManager

/// The record of calls: who called, what each turn said, took and cost, and every step between agents and tiers.
///
/// Each method returns when its rows are durable, or, while the database is out of order, when they wait in memory
/// (``GatewayDatabase/health``), and throws a ``StorageError``.
public struct CallStore: Sendable {
    let database: GatewayDatabase
    public init(_ database: GatewayDatabase) { self.database = database }

    public func begin(_ call: CallRecord) async throws(StorageError) { try await write(.beginCall(call)) }

    /// Ends a call. The first end stands: a later one, such as the carrier's status callback, changes nothing.
    public func end(call id: String, reason: String, at: Date) async throws(StorageError) {
        try await write(.endCall(id: id, reason: reason, at: at))
    }

    /// The carrier knows a call by this id, e.g. a CallSid.
    public func end(carrierCall: String, reason: String, at: Date) async throws(StorageError) {
        try await write(.endCarrierCall(id: carrierCall, reason: reason, at: at))
    }

    /// The call goes on with a chat session's conversation.
    public func join(call id: String, session: String) async throws(StorageError) { try await write(.joinCall(id: id, session: session)) }

    /// Notes the ticket of the workflow that a call is in; a turn's commit does it by itself.
    public func enterWorkflow(_ context: String, call id: String) async throws(StorageError) {
        try await write(.workflow(context: context, call: id))
    }

    /// Writes a turn, or writes it again with more known, e.g. what was heard; the call's cost follows.
    public func record(_ turn: TurnRecord) async throws(StorageError) { try await write(.callTurn(turn)) }

    /// For a handover outside of a conversation's turns: those within come with ``SQLiteConversationStore/commit(_:)``.
    public func record(_ transition: AgentTransition) async throws(StorageError) { try await write(.transition(transition)) }

    /// A call that moved up keeps what made it.
    public func record(_ step: EscalationRecord) async throws(StorageError) { try await write(.escalation(step)) }

    private func write(_ write: StoredWrite) async throws(StorageError) {
        do { try await database.write(write) } catch { throw StorageError(error, path: database.path) }
    }
}
