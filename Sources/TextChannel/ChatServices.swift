public import Orchestrator

public import struct Foundation.Date

/// What every chat session uses: built once by the composition root.
public struct ChatServices: Sendable {
    public var settings: ChatSettings
    /// What a session is greeted with before anybody has spoken.
    public var greeting: String
    public var store: any ConversationStore
    public var handoffs: HandoffDesk
    public var events: any EventSink
    public var codes: JoinCodes
    /// False while the switch `agent.enabled` is off.
    public var isAgentEnabled: @Sendable () -> Bool
    /// False while what is committed waits in memory: sessions then stay there, too.
    public var isStoreUp: @Sendable () -> Bool
    /// Hears how long each answer took.
    public var answered: @Sendable (Duration) -> Void
    /// Opens the conversation of a session, or goes on with what the store has of it.
    public var openConversation: @Sendable (_ session: String, _ userID: String?, _ stored: StoredConversation?) -> Conversation
    /// Monotonic, from any start.
    let now: @Sendable () -> Duration
    let sleep: @Sendable (Duration) async throws -> Void
    /// Wall time, for records.
    let date: @Sendable () -> Date
    let turns: SharedRate, openings: SharedRate

    public init<C: Clock>(
        settings: ChatSettings, greeting: String, store: any ConversationStore, handoffs: HandoffDesk, events: any EventSink = NoEvents(),
        codes: JoinCodes = JoinCodes(),
        clock: C = ContinuousClock(), date: @escaping @Sendable () -> Date = { Date() }, isAgentEnabled: @escaping @Sendable () -> Bool = { true },
        isStoreUp: @escaping @Sendable () -> Bool = { true },
        answered: @escaping @Sendable (Duration) -> Void = { _ in },
        openConversation: @escaping @Sendable (_ session: String, _ userID: String?, _ stored: StoredConversation?) -> Conversation
    ) where C.Duration == Duration {
        (self.settings, self.greeting, self.store, self.handoffs) = (settings, greeting, store, handoffs)
        (self.events, self.codes) = (events, codes)
        (self.isAgentEnabled, self.isStoreUp, self.answered, self.openConversation) = (isAgentEnabled, isStoreUp, answered, openConversation)
        self.date = date
        let origin = clock.now
        now = { origin.duration(to: clock.now) }
        sleep = { try await clock.sleep(for: $0) }
        turns = SharedRate(perSecond: settings.turnsPerSecond, now: .zero)
        openings = SharedRate(perSecond: settings.newSessionsPerSecond, now: .zero)
    }
}

/// `chat.*`: what a chat session may ask for.
public struct ChatSettings: Sendable, Equatable {
    /// Sessions held in memory; the store keeps the others.
    public var maximumSessions = 10_000
    /// Devices on one session.
    public var maximumDevices = 8
    /// Messages of one session that may wait for their answers.
    public var maximumWaiting = 8
    /// Of one session, in the long run and at once.
    public var messagesPerMinute = 60, burst = 10
    /// Of all sessions together, a second: calls on the same machine must not wait for chats.
    public var turnsPerSecond = 200, newSessionsPerSecond = 100
    /// Text of one message, in bytes of UTF-8.
    public var longestMessage = 8_000
    /// A session that no device is on leaves the memory after this time.
    public var forgetAfter = Duration.seconds(600)
    /// From a turn's arrival to its answer.
    public var turnDeadline = Duration.milliseconds(1_500)
    /// A turn that takes longer than this is announced by `progress`.
    public var typingAfter = Duration.milliseconds(300)
    /// From a reply that leaves a tool at work to the question what became of it.
    public var followUpAfter = Duration.seconds(1)
    public init() {}
}

/// Where a session's events are shown: a socket, an event stream.
public protocol ChatDevice: AnyObject, Sendable {
    /// Called in order; must not wait.
    func deliver(_ event: ChatEvent)
}

/// A phone call that a session has gone to.
public protocol SpokenLine: AnyObject, Sendable {
    /// A typed turn of the call; its answer is spoken, and shown. The turn comes back by ``ChatSession/relay(_:typedOn:)``.
    func typed(_ message: ChatRequest.Message, on device: ObjectIdentifier?)
    /// Nobody wants to hear more of this answer.
    func cancel()
    /// The session has ended, and the call with it.
    func end()
}
