/// What the dialogue expects to hear next: the answer to a closed question.
///
/// A short answer is then chosen among these phrases instead of being written freely: tiny models write isolated words
/// badly (under half of the single digits right), and choose well (nine of ten).
public struct RecognitionExpectation: Sendable, Equatable {
    /// Most phrases that are looked at.
    public static let maximumPhrases = 64
    /// What may be said, as it should appear in the transcript: `yes`, `no`, `the second one`.
    public let phrases: [String]

    public init(phrases: [String]) { self.phrases = Array(phrases.prefix(Self.maximumPhrases)) }

    public static let yesOrNo = RecognitionExpectation(phrases: [
        "yes", "yeah", "yep", "sure", "okay", "correct", "that's right", "yes please", "no", "nope", "no thanks", "not now",
    ])
    public static let digit = RecognitionExpectation(phrases: [
        "zero", "oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
    ])

    /// Either of two expectations.
    public func union(_ other: RecognitionExpectation) -> RecognitionExpectation {
        RecognitionExpectation(phrases: phrases + other.phrases.filter { !phrases.contains($0) })
    }
}

/// A ``RecognitionStream`` that can be told what the dialogue expects.
public protocol ExpectingRecognitionStream: AnyObject {
    /// Holds for the utterances that end from now on, until it is changed; nil: anything may be said.
    func expect(_ expectation: RecognitionExpectation?)
}
