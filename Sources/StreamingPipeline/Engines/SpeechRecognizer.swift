public import AudioCodec

/// An engine that turns a call's audio into text. It owns its workers; a call owns only a ``RecognitionStream``.
public protocol SpeechRecognizer: Sendable {
    /// Its name in the configuration and in metrics, e.g. `whisper`.
    var name: String { get }

    /// Opens an ear for one call.
    /// - Parameters:
    ///   - sampleRate: what it will be fed, 8 or 16 kHz.
    ///   - events: what was heard; called from any thread, never from inside a method of the stream.
    /// - Throws: ``SpeechEngineError`` when every place is taken or the engine is gone.
    func open(
        sampleRate: SampleRate, events: @escaping @Sendable (RecognitionEvent) -> Void
    ) throws(SpeechEngineError) -> any RecognitionStream
}

extension SpeechRecognizer {
    /// Opens an ear for a telephone call, 8 kHz.
    public func open(events: @escaping @Sendable (RecognitionEvent) -> Void) throws(SpeechEngineError) -> any RecognitionStream {
        try open(sampleRate: .hz8000, events: events)
    }
}

/// One call's ear, confined to the call's event loop.
///
/// Between ``utteranceStarted(_:preroll:)`` and ``utteranceEnded()`` there is one utterance. A final result is
/// reported once for each ended utterance; a cancelled one reports nothing more.
public protocol RecognitionStream: AnyObject {
    /// Takes 20 ms of mono PCM at the stream's rate. Called for every inbound frame, speech or not; copies, never waits, locks or allocates.
    func feed(_ frame: Span<Int16>)
    /// Speech began.
    /// - Parameters:
    ///   - utterance: counts from 1 within the call; tags every event of this utterance.
    ///   - preroll: samples already fed that belong to it.
    func utteranceStarted(_ utterance: Int, preroll: Int)
    /// A pause that may be the end: the final decode may start now, unseen.
    func pauseBegan()
    /// The caller went on: a decode started at the pause is thrown away.
    func speechResumed()
    /// The turn is over: the result of the decode is reported as soon as it is there.
    func utteranceEnded()
    /// Drops the utterance; nothing of it is reported after this returns but what another thread is already delivering.
    func cancel()
    /// Ends the stream, frees its buffers.
    func close()
}

/// What an ear reports, tagged with its utterance so that what is stale can be dropped.
public enum RecognitionEvent: Sendable, Equatable {
    case partial(utterance: Int, text: String)
    case final(utterance: Int, Transcript)
    case failed(utterance: Int, SpeechEngineError)
}

/// The final text of one utterance.
public struct Transcript: Sendable, Equatable {
    /// Why an utterance is no user turn.
    public enum Rejection: String, Sendable, Codable {
        /// Noise, silence, a cough, music: nobody spoke to us.
        case notSpeech = "not_speech"
        /// Somebody spoke, and it was not understood.
        case unintelligible
    }
    public struct Word: Sendable, Equatable {
        public var text: String
        /// 0…1, the engine's own belief.
        public var probability: Double
        public init(text: String, probability: Double) { (self.text, self.probability) = (text, probability) }
    }
    /// What was said, with domain words repaired.
    public var text: String
    /// What the engine wrote, before repair.
    public var raw: String
    /// 0…1.
    public var confidence: Double
    public var rejection: Rejection?
    public var words: [Word]
    /// Length of the audio that was decoded.
    public var audio: Duration
    /// Wall time of the decode.
    public var decodeTime: Duration

    public init(
        text: String, raw: String? = nil, confidence: Double = 1, rejection: Rejection? = nil, words: [Word] = [],
        audio: Duration = .zero, decodeTime: Duration = .zero
    ) {
        (self.text, self.raw, self.confidence, self.rejection) = (text, raw ?? text, confidence, rejection)
        (self.words, self.audio, self.decodeTime) = (words, audio, decodeTime)
    }
}
