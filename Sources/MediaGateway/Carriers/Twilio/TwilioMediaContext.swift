import EventLoop
import Orchestrator
import StreamingPipeline

/// What all Twilio streams share: what every stream does, and the proof that Twilio sent them.
struct TwilioMediaContext: Sendable {
    var media: MediaContext
    var tokens: StreamTokens
    /// True when a stream must bring the token of its webhook.
    var isTokenRequired: Bool
    /// When set, streams of other accounts are refused.
    var accountSid: Secret?

    /// Names of the parameters that our own TwiML sets; everything else that comes with `start` is lead data.
    enum Parameter {
        static let token = "token"
        static let from = "from"
        static let to = "to"
        static let reserved: Set<String> = [token, from, to, Self.callerFact]
        /// The fact under which workflows find the caller's number.
        static let callerFact = "caller_phone"
    }

    /// The token is used up by this, also where none is required.
    func accepts(_ start: TwilioMessage.Start) -> Bool {
        var isProven = true
        do { try tokens.consume(start.customParameters[Parameter.token], callSid: start.callSid) } catch { isProven = false }
        if let accountSid, start.accountSid != accountSid.revealed {
            media.metrics.refused("account")
            return false
        }
        guard isTokenRequired, !isProven else { return true }
        media.metrics.refused("token")
        return false
    }

    /// Makes the call of a stream that has started.
    func open(_ start: TwilioMessage.Start, leg: any CallLeg, loop: EventLoop) -> (call: Call, ear: (any RecognitionStream)?)? {
        let identity = CallIdentity(
            callSid: start.callSid, from: start.customParameters[Parameter.from] ?? "",
            to: start.customParameters[Parameter.to] ?? "")
        var facts = start.customParameters.filter { !Parameter.reserved.contains($0.key) }.sorted { $0.key < $1.key }
            .map { Fact(key: $0.key, value: $0.value, source: "lead") }
        if !identity.from.isEmpty { facts.append(Fact(key: Parameter.callerFact, value: identity.from, source: "carrier")) }
        return media.open(identity, facts: facts, leg: leg, loop: loop)
    }
}
