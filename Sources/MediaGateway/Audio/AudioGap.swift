/// When silence must stand in for audio that does not come, so that media time goes on in real time: a client that sends nothing while
/// nobody speaks (DTX, a muted microphone) still reaches the end of its utterance.
///
/// It decides only; time comes in. Audio that comes again, late or in a burst, is taken as it is, and the count starts anew from there.
struct AudioGap {
    /// A network's jitter is no gap.
    static let patience = Duration.milliseconds(60)
    private static let frame = Duration.milliseconds(20)
    /// A burst is audio in hand: so much of it puts off the next gap.
    private static let mostInHand = Duration.milliseconds(200)
    /// After a stall of the loop no more than this is made up.
    private static let mostFrames = 25

    /// When the audio so far ends, on the clock; `nil` before the first.
    private var end: Duration?
    private var isFilling = false

    /// Audio came.
    mutating func received(_ length: Duration, now: Duration) {
        end = min(max(end ?? now, now) + length, now + max(length, Self.mostInHand))
        isFilling = false
    }

    /// Looked at on every tick.
    /// - Returns: frames of 20 ms that silence must fill now.
    mutating func frames(now: Duration) -> Int {
        guard let end, now >= end + (isFilling ? Self.frame : Self.patience) else { return 0 }
        isFilling = true
        let missing = Int((now - end) / Self.frame)
        self.end = missing > Self.mostFrames ? now : end + Self.frame * missing
        return min(missing, Self.mostFrames)
    }
}

/// How much a client may send: faster than speech for a while, but not for ever.
///
/// The audio's length is what counts. Messages may be as short as clients make them: blocks of 128 samples at 48 kHz, which browsers record
/// in, are 375 a second, Opus packets of 2.5 ms are 400.
struct AudioRate {
    /// In each of so many seconds in a row.
    static let seconds = 5
    static let maximumMessages = 500
    static let maximumAudio = Duration.seconds(3)

    private var began: Duration?
    private var messages = 0
    private var audio = Duration.zero
    private var fastSeconds = 0

    /// - Returns: false when the client has been too fast for too long.
    mutating func allows(audio length: Duration = .zero, now: Duration) -> Bool {
        if let began, now - began >= .seconds(1) {
            let isFast = messages > Self.maximumMessages || audio > Self.maximumAudio
            // A second without anything breaks the row.
            fastSeconds = isFast && now - began < .seconds(2) ? fastSeconds + 1 : 0
            (self.began, messages, audio) = (now, 0, .zero)
        } else if began == nil {
            began = now
        }
        messages += 1
        audio += length
        return fastSeconds < Self.seconds
    }

    /// Audio that was made up for what the client says was lost counts as if it had been sent.
    mutating func add(madeUp length: Duration) { audio += length }
}
