/// The stage that feeds the recogniser, and tells it what the later stages noticed.
struct EarStage: FrameProcessor {
    /// Takes the events that concern the recogniser; a class, so that the stage behind it may report while it runs.
    let ear: any RecognitionStream
    /// Samples fed so far.
    private(set) var fed = 0
    /// The utterance that the ear has been told of and that goes on.
    private var utterance: Int?

    init(_ ear: any RecognitionStream) { self.ear = ear }

    mutating func process(_ frame: inout MutableSpan<Int16>, at time: Duration, emit: (CallEvent) -> Void) {
        ear.feed(frame.span)
        fed += frame.count
    }

    /// Passes an event on.
    /// - Parameter preroll: samples before now at which an utterance that starts begins.
    mutating func observe(_ event: CallEvent, preroll: Int) {
        switch event {
        case .speechStarted(let number, _):
            utterance = number
            ear.utteranceStarted(number, preroll: min(preroll, fed))
        // An ear that was put on in the middle of an utterance waits for the next one.
        case .pauseBegan(let number) where number == utterance: ear.pauseBegan()
        case .speechResumed(let number) where number == utterance: ear.speechResumed()
        case .utteranceEnded(let number, _, _) where number == utterance:
            utterance = nil
            ear.utteranceEnded()
        case .pauseBegan, .speechResumed, .utteranceEnded, .utteranceCapped: break
        }
    }

    /// Drops the utterance in progress.
    mutating func cancel() {
        guard utterance != nil else { return }
        utterance = nil
        ear.cancel()
    }
}
