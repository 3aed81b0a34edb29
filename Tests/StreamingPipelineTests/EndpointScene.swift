import StreamingPipeline
import Testing

/// A drawing of what is heard, a character a frame of 20 ms, and of what the detector makes of it.
///
///     heard:   # voice   . silence
///     events:  [ starts  p may be over  r goes on  ] ends  ! is cut off
struct EndpointScene: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let heard: String, events: String
    init(_ name: String, heard: String, events: String) { (testDescription, self.heard, self.events) = (name, heard, events) }

    /// The events that the detector really draws.
    /// - Parameter silences: the silence that ends an utterance, changed at a frame.
    func played(_ configuration: EndpointingConfiguration, silences: [Int: Duration] = [:]) -> String {
        var detector = EndpointDetector(configuration)
        return String(
            heard.enumerated().map { index, mark in
                if let silence = silences[index] { detector.silence = silence }
                let start = Duration.milliseconds(20 * index)
                switch detector.observe(isVoice: mark == "#", from: start, to: start + .milliseconds(20)) {
                case .none: return "."
                case .utteranceStarted: return "["
                case .pauseBegan: return "p"
                case .speechResumed: return "r"
                case .utteranceEnded: return "]"
                case .utteranceCapped: return "!"
                }
            })
    }
}
