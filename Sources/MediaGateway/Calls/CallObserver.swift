public import Orchestrator
public import Persistence
public import StreamingPipeline
public import TierManager

/// Somebody who watches calls from inside the process: the demo's printer, tests. Called on the call's loop; must not wait.
///
/// Holds what callers said: never wire it to a log.
public protocol CallObserver: Sendable {
    /// - Parameter callSid: the carrier's name for the call; `call` is ours, as in all that follows.
    func callStarted(_ call: String, callSid: String, from: String)
    func heard(_ call: String, _ transcript: Transcript)
    func answering(_ call: String, _ reply: Reply, _ grant: TierGrant)
    func turnCompleted(_ call: String, _ turn: TurnSummary)
    func callEnded(_ call: String, reason: String)
}

/// One turn, as it went.
public struct TurnSummary: Sendable {
    /// Numbers the replies of the call; 0 is the greeting.
    public var generation: Int
    public var stages: StageTimes
    public var tier: Tier
    public var costMicroDollars: Int
    public var wasteMicroDollars: Int
    /// The caller spoke over it.
    public var wasInterrupted: Bool
    public var heardText: String
}

/// Whoever watches one thing need not mention the others.
extension CallObserver {
    public func callStarted(_ call: String, callSid: String, from: String) {}
    public func heard(_ call: String, _ transcript: Transcript) {}
    public func answering(_ call: String, _ reply: Reply, _ grant: TierGrant) {}
    public func turnCompleted(_ call: String, _ turn: TurnSummary) {}
    public func callEnded(_ call: String, reason: String) {}
}
