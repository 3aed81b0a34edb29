import Orchestrator
import Synchronization

/// The chat sessions in memory, by id; what has left it is brought back from the store.
public actor ChatSessions {
    private let services: ChatServices
    private var sessions: [String: ChatSession] = [:]
    private var restoring: [String: Task<Result<ChatSession, ChatError>, Never>] = [:]
    private var isDraining = false

    public init(_ services: ChatServices) { self.services = services }

    public nonisolated var settings: ChatSettings { services.settings }
    public var count: Int { sessions.count }

    /// A new session.
    /// - Parameter isPromised: a client gets its id and may come back for it, so it is written down at once.
    public func open(userID: String? = nil, isPromised: Bool = false) async throws(ChatError) -> ChatSession {
        guard services.isAgentEnabled() else { throw ChatError(.agentDisabled, "the agent is switched off") }
        if let wait = services.openings.take(now: services.now()) { throw ChatError(.busy, "too many sessions are being opened", retryAfter: wait) }
        try makeRoom()
        let session = ChatSession(id: ChatSession.newID(), userID: userID, stored: nil, services: services)
        sessions[session.id] = session
        if isPromised { await session.persist() }
        return session
    }

    /// A session that was opened before, also before a restart.
    /// - Throws: `unknownSession`, `sessionEnded`, or `unavailable` when the store cannot say.
    public func find(_ id: String) async throws(ChatError) -> ChatSession {
        if let session = sessions[id] { return session }
        let task = restoring[id] ?? Task { await restore(id) }
        restoring[id] = task
        let result = await task.value
        restoring[id] = nil
        return try result.get()
    }

    private func restore(_ id: String) async -> Result<ChatSession, ChatError> {
        let stored: StoredConversation?
        do { stored = try await services.store.conversation(id) } catch { return .failure(ChatError(.unavailable, "the store does not answer")) }
        // A call's conversation belongs to the call.
        guard let stored, stored.record.channel == .chat else { return .failure(ChatError(.unknownSession, "no session of that id")) }
        guard stored.endReason == nil else { return .failure(ChatError(.sessionEnded, "the session has ended")) }
        if let session = sessions[id] { return .success(session) }
        do throws(ChatError) { try makeRoom() } catch { return .failure(error) }
        let session = ChatSession(id: id, userID: nil, stored: stored, services: services)
        sessions[id] = session
        return .success(session)
    }

    /// The session if it is in memory.
    public func live(_ id: String) -> ChatSession? { sessions[id] }

    public func end(_ id: String, reason: String) async throws(ChatError) {
        let session = try await find(id)
        await session.end(reason)
        sessions[id] = nil
    }

    /// A device has left a session that nobody has spoken in: nothing of it is kept.
    public func forget(unused session: ChatSession) {
        guard session.activity.idle(at: services.now()) != nil else { return }
        sessions[session.id] = nil
    }

    // MARK: Bounds

    /// Lets go of sessions that no device is on. Called every few seconds. What the store does not have yet is only here.
    public func sweep() {
        guard services.isStoreUp() else { return }
        let now = services.now()
        for (id, session) in sessions {
            if let idle = session.activity.idle(at: now), idle >= services.settings.forgetAfter { sessions[id] = nil }
        }
    }

    private func makeRoom() throws(ChatError) {
        guard !isDraining else { throw ChatError(.shuttingDown, "the gateway is shutting down", retryAfter: .seconds(5)) }
        guard sessions.count >= services.settings.maximumSessions else { return }
        let now = services.now()
        let idle = sessions.values.compactMap { session in session.activity.idle(at: now).map { (session.id, $0) } }
        guard services.isStoreUp(), let longest = idle.max(by: { $0.1 < $1.1 }) else {
            throw ChatError(.busy, "\(services.settings.maximumSessions) sessions are open already", retryAfter: .seconds(10))
        }
        sessions[longest.0] = nil
    }

    /// No new sessions from now on.
    public func drain() { isDraining = true }

    /// Sessions in which an answer is being made.
    public var working: Int { sessions.values.count { $0.activity.working.load(ordering: .acquiring) } }

    /// Answers that are still being written end with what there is of them, and are stored so.
    public func cutShort() async {
        for session in sessions.values where session.activity.working.load(ordering: .acquiring) { await session.cancel() }
    }
}
