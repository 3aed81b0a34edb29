/// What a caller's side of a call saw and heard.
public struct CallReport: Sendable {
    public enum Ending: Sendable, Equatable {
        /// The gateway closed the stream, with this WebSocket close code.
        case gateway(code: Int)
        /// The caller hung up: the script was over.
        case caller
        /// No answer came within the caller's patience.
        case gaveUp(afterLine: Int)
        case failed(String)

        /// The gateway ended the call, with a close frame that said so, or with one that was lost because our audio was still on
        /// its way when the socket closed (1006).
        public var isByGateway: Bool { self == .gateway(code: 1000) || self == .gateway(code: 1006) }
    }
    /// One line of the script and the answer to it. Times are media time since the start of the stream.
    public struct Exchange: Sendable {
        public var text: String
        /// End of the last voiced 20 ms frame that was sent.
        public var lastVoiced: Duration
        /// Arrival of the first frame of the answer that is not silence.
        public var firstAudible: Duration?
        /// Span of the agent's track that holds the answer, in samples.
        public var answer: Range<Int>
        /// What the caller's ear waited: the headline latency.
        public var latency: Duration? { firstAudible.map { $0 - lastVoiced } }
        public init(text: String, lastVoiced: Duration, firstAudible: Duration?, answer: Range<Int>) {
            (self.text, self.lastVoiced, self.firstAudible, self.answer) = (text, lastVoiced, firstAudible, answer)
        }
    }
    public var streamSid: String
    public var callSid: String
    public var ending: Ending
    public var exchanges: [Exchange]
    /// Span of the agent's track that holds the greeting, in samples.
    public var greeting: Range<Int>
    /// What the caller sent, and what the caller heard: 8 kHz, both from the first sample of the stream.
    public var callerTrack: [Int16], agentTrack: [Int16]
    /// Frames of audio that arrived; of these, more than 40 ms after they were due, counted from the first frame of their reply.
    public var framesReceived: Int, lateFrames: Int
    public var marksEchoed: Int, clears: Int
    public init(
        streamSid: String, callSid: String, ending: Ending, exchanges: [Exchange], greeting: Range<Int>, callerTrack: [Int16],
        agentTrack: [Int16], framesReceived: Int, lateFrames: Int, marksEchoed: Int, clears: Int
    ) {
        (self.streamSid, self.callSid, self.ending, self.exchanges, self.greeting) = (streamSid, callSid, ending, exchanges, greeting)
        (self.callerTrack, self.agentTrack, self.framesReceived, self.lateFrames) = (callerTrack, agentTrack, framesReceived, lateFrames)
        (self.marksEchoed, self.clears) = (marksEchoed, clears)
    }
}
