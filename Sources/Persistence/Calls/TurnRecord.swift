public import struct Foundation.Date
public import Orchestrator

/// One user turn and its reply as the call knows them: a row of `turns`.
public struct TurnRecord: Sendable, Equatable, Codable {
    public var session: String
    public var callID: String?
    /// Counts from 1 within the session; 0 is the greeting.
    public var generation: Int
    public var channel: Channel
    /// When the user began to speak.
    public var at: Date
    public var userText: String
    /// 0…1: how sure the recogniser was.
    public var userConfidence: Double?
    public var replyText: String
    /// The part of the reply that was heard, by its marks (FIELD 5).
    public var heardText: String?
    /// µ-law bytes of the reply that were played.
    public var heardBytes: Int?
    public var interrupted: Bool
    public var decision: Decision?
    public var agent: String?
    public var tier: String?
    /// Who advised: `embedded`, a model's name, `fallback`.
    public var source: String?
    public var stages: StageTimes
    /// What was paid for the turn, and the part of it that nobody heard.
    public var costMicroDollars: Int, wasteMicroDollars: Int
    public var traceID: String?

    public init(
        session: String, callID: String? = nil, generation: Int, channel: Channel = .voice, at: Date, userText: String,
        userConfidence: Double? = nil, replyText: String, heardText: String? = nil, heardBytes: Int? = nil, interrupted: Bool = false,
        decision: Decision? = nil, agent: String? = nil, tier: String? = nil, source: String? = nil, stages: StageTimes = StageTimes(),
        costMicroDollars: Int = 0, wasteMicroDollars: Int = 0, traceID: String? = nil
    ) {
        (self.session, self.callID, self.generation, self.channel, self.at) = (session, callID, generation, channel, at)
        (self.userText, self.userConfidence, self.replyText) = (userText, userConfidence, replyText)
        (self.heardText, self.heardBytes, self.interrupted) = (heardText, heardBytes, interrupted)
        (self.decision, self.agent, self.tier, self.source, self.stages) = (decision, agent, tier, source, stages)
        (self.costMicroDollars, self.wasteMicroDollars, self.traceID) = (costMicroDollars, wasteMicroDollars, traceID)
    }
}

/// When each stage of a turn was reached, counted from the last voiced frame (DESIGN §4.6); `nil` for one it never reached.
public struct StageTimes: Sendable, Equatable, Codable {
    public var endpoint: Duration?, sttFinal: Duration?, decision: Duration?
    public var firstText: Duration?, firstAudio: Duration?, replyEnd: Duration?
    /// The part of the time to the first audio that no stage explains.
    public var unexplained: Duration?
    public init(
        endpoint: Duration? = nil, sttFinal: Duration? = nil, decision: Duration? = nil, firstText: Duration? = nil,
        firstAudio: Duration? = nil, replyEnd: Duration? = nil, unexplained: Duration? = nil
    ) {
        (self.endpoint, self.sttFinal, self.decision) = (endpoint, sttFinal, decision)
        (self.firstText, self.firstAudio, self.replyEnd, self.unexplained) = (firstText, firstAudio, replyEnd, unexplained)
    }
}
