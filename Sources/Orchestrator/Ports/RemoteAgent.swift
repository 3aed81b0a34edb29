/// The operator's own agent, which answers whole user turns behind some wire. It is asked before the models and the embedded understanding,
/// and under the same rules: first words by the deadline, else the next one is asked; its breaker is the process's; what was not heard is
/// told with the next turn.
public protocol RemoteAgent: Sendable {
    /// Its name in records, metrics and errors: `agent.remote`.
    var name: String { get }

    /// Hands a user turn over.
    ///
    /// Cancelling the task, here or while the events are read, or letting the stream go, ends the request down to its socket.
    /// - Parameter within: for the first event; those that follow have bounds of the client's own.
    /// - Returns: as soon as the service has accepted the turn. The stream ends when the turn is answered, and throws ``ModelError`` when
    ///   the service breaks, stalls or sends what is no event.
    /// - Throws: ``ModelError``.
    func respond(to turn: RemoteTurn, within: Duration) async throws(ModelError) -> AsyncThrowingStream<RemoteEvent, any Error>
}

/// A user turn as the operator's service gets it.
public struct RemoteTurn: Sendable, Equatable {
    public var session: String
    public var generation: Int
    public var channel: Channel
    /// Who speaks for us now.
    public var agent: String
    /// What the caller said, and how surely: 0…1.
    public var text: String
    public var confidence: Double
    public var isKeypad = false
    /// What is known, e.g. `caller_phone` from the carrier.
    public var facts: [Fact] = []
    /// The last exchanges, oldest first; of each answer what was heard.
    public var history: [Exchange] = []
    public init(session: String, generation: Int, channel: Channel, agent: String, text: String, confidence: Double = 1) {
        (self.session, self.generation, self.channel) = (session, generation, channel)
        (self.agent, self.text, self.confidence) = (agent, text, confidence)
    }
}

/// A part of the operator's answer, in the order in which they come.
public enum RemoteEvent: Sendable, Equatable {
    /// Further words of the reply; never empty.
    case text(String)
    /// A tool of the service is at work. `percent` 0…100, if known; `text` is for the eye.
    case progress(tool: String, percent: Int?, text: String)
    /// Another agent of the service speaks from here on.
    case transition(to: String, reason: String)
    /// A person takes over when the reply was said.
    case handoff(reason: String)
    /// The conversation ends when the reply was said.
    case end(reason: String)
}
