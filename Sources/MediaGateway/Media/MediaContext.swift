import AudioCodec
import EventLoop
import Logging
import Orchestrator
import StreamingPipeline

/// What all media streams share, whoever carries them: settings, the door, and the services behind it.
struct MediaContext: Sendable {
    var isLoopback: Bool
    var endpointing: EndpointingConfiguration
    var playout: PlayoutConfiguration
    /// From the WebSocket's opening to `start`.
    var startDeadline: Duration
    /// Without a word from the peer for this long, the call is over.
    var noMedia: Duration
    var voiceActivity: VoiceActivityModel?
    var admission: Admission
    var directory: CallDirectory
    var metrics: GatewayMetrics
    /// `nil` in loopback.
    var services: CallServices?

    func pipeline(sampleRate: SampleRate = .hz8000, ear: (any RecognitionStream)?) -> InboundPipeline {
        InboundPipeline(sampleRate: sampleRate, configuration: endpointing, voiceActivity: voiceActivity, ear: ear)
    }

    /// Makes the call of a stream that has started.
    /// - Parameter sampleRate: what its ear will be fed.
    /// - Returns: `nil` in loopback, where nobody answers.
    func open(
        _ identity: CallIdentity, facts: [Fact], leg: any CallLeg, loop: EventLoop, sampleRate: SampleRate = .hz8000
    ) -> (call: Call, ear: (any RecognitionStream)?)? {
        guard let services else { return nil }
        let call = Call(identity: identity, facts: facts, loop: loop, leg: leg, services: services)
        directory.add(call)
        return (call, services.openEar(for: call, sampleRate: sampleRate))
    }
}

extension CallServices {
    /// An ear whose reports come back on the call's loop. Without one the call goes on by keypad.
    fileprivate func openEar(for call: Call, sampleRate: SampleRate) -> (any RecognitionStream)? {
        do {
            return try recogniser?.open(sampleRate: sampleRate) { [weak call, loop = call.loop] event in
                loop.post { [weak call] in call?.assumeIsolated { $0.recognised(event) } }
            }
        } catch {
            logger.error("no ear for this call", metadata: ["callID": "\(call.identity.id)", "callSid": "\(call.identity.callSid)", "reason": "\(error)"])
            return nil
        }
    }
}
