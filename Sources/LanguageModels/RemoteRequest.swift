import Orchestrator

/// The body of `POST` to a remote agent.
struct RemoteRequest: Encodable {
    struct KnownFact: Encodable { var key: String, value: String, source: String }
    struct Past: Encodable { var user: String, reply: String, heard: String }
    var session_id: String
    var generation: Int
    var channel: String
    var agent: String
    var text: String
    var confidence: Double
    var keypad: Bool
    var facts: [KnownFact]
    var history: [Past]
    /// For the first event.
    var deadline_ms: Int64

    /// Bytes of text that are told of the past; older exchanges are left out.
    static let maximumHistoryBytes = 131_072

    init(_ turn: RemoteTurn, within: Duration) {
        (session_id, generation, channel, agent) = (turn.session, turn.generation, turn.channel.rawValue, turn.agent)
        (text, confidence, keypad) = (turn.text, turn.confidence, turn.isKeypad)
        facts = turn.facts.map { KnownFact(key: $0.key, value: $0.value, source: $0.source) }
        var room = Self.maximumHistoryBytes
        let latest = turn.history.reversed().prefix { exchange in
            room -= exchange.user.utf8.count + exchange.reply.utf8.count + exchange.heard.utf8.count
            return room >= 0
        }
        history = latest.reversed().map { Past(user: $0.user, reply: $0.reply, heard: $0.heard) }
        deadline_ms = Int64(within / .milliseconds(1))
    }
}
