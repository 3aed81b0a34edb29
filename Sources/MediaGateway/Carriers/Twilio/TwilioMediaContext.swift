import EventLoop
import Logging
import Orchestrator
import StreamingPipeline

/// What all Twilio streams share: settings, the door, and the services behind it.
struct TwilioMediaContext: Sendable {
    var isLoopback: Bool
    var endpointing: EndpointingConfiguration
    var playout: PlayoutConfiguration
    var startDeadline: Duration
    var noMedia: Duration
    var voiceActivity: VoiceActivityModel?
    var admission: Admission
    var tokens: StreamTokens
    /// True when a stream must bring the token of its webhook.
    var isTokenRequired: Bool
    /// When set, streams of other accounts are refused.
    var accountSid: Secret?
    var directory: CallDirectory
    var metrics: GatewayMetrics
    /// `nil` in loopback.
    var services: CallServices?

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
            metrics.refused("account")
            return false
        }
        guard isTokenRequired, !isProven else { return true }
        metrics.refused("token")
        return false
    }

    func pipeline(ear: (any RecognitionStream)?) -> InboundPipeline {
        InboundPipeline(configuration: endpointing, voiceActivity: voiceActivity, ear: ear)
    }

    /// Makes the call of a stream that has started.
    func open(_ start: TwilioMessage.Start, leg: any CallLeg, loop: EventLoop) -> (call: Call, ear: (any RecognitionStream)?)? {
        guard let services else { return nil }
        let identity = CallIdentity(
            callSid: start.callSid, from: start.customParameters[Parameter.from] ?? "",
            to: start.customParameters[Parameter.to] ?? "")
        var facts = start.customParameters.filter { !Parameter.reserved.contains($0.key) }.sorted { $0.key < $1.key }
            .map { Fact(key: $0.key, value: $0.value, source: "lead") }
        if !identity.from.isEmpty { facts.append(Fact(key: Parameter.callerFact, value: identity.from, source: "carrier")) }
        let call = Call(identity: identity, facts: facts, loop: loop, leg: leg, services: services)
        directory.add(call)
        return (call, services.openEar(for: call))
    }
}

extension CallServices {
    /// An ear whose reports come back on the call's loop. Without one the call goes on by keypad.
    fileprivate func openEar(for call: Call) -> (any RecognitionStream)? {
        do {
            return try recogniser?.open { [weak call, loop = call.loop] event in
                loop.post { [weak call] in call?.assumeIsolated { $0.recognised(event) } }
            }
        } catch {
            logger.error("no ear for this call", metadata: ["callID": "\(call.identity.id)", "callSid": "\(call.identity.callSid)", "reason": "\(error)"])
            return nil
        }
    }
}
