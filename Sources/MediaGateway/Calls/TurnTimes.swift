/// When each stage of a turn was reached, on the monotonic clock. What the caller waited is `firstAudio - lastVoiced`.
struct TurnTimes: Sendable, Equatable {
    /// Arrival of the last voiced inbound sample.
    var lastVoiced: Duration
    /// The turn was judged to be over.
    var endpoint: Duration
    /// The transcript was there.
    var sttFinal: Duration?
    /// The agent had decided.
    var decision: Duration?
    /// The price was reserved and the first clause handed to its voice.
    var firstText: Duration?
    /// The first frame of the reply that is not silence was written to the socket.
    var firstAudio: Duration?
    /// The last clause was heard, or the reply was cut off.
    var replyEnd: Duration?
    /// Measured inside the stages: the decode, the agent, the ledger, the voice's first audio.
    var decodeTime: Duration = .zero, agentTime: Duration = .zero, tierTime: Duration = .zero, voiceTime: Duration = .zero

    /// A stage as the caller saw it: from the last voiced sample.
    func since(_ instant: Duration?) -> Duration? { instant.map { $0 - lastVoiced } }

    /// What the caller waited and no stage's own clock explains: hops between threads, waiting for a tick or a worker.
    var unexplained: Duration? {
        guard let firstAudio, let sttFinal else { return nil }
        // Of the wait for the text the decode explains its own time; what is left was the queue.
        let decoding = min(decodeTime, max(.zero, sttFinal - endpoint))
        let explained = (endpoint - lastVoiced) + decoding + agentTime + tierTime + voiceTime
        return (firstAudio - lastVoiced) - explained
    }
}
