import AudioCodec
import StreamingPipeline

extension WhisperDecoder {
    /// - Parameter samples: 8 kHz mono.
    /// - Returns: nil when cancelled.
    func transcribe(
        _ samples: [Int16], expecting expectation: RecognitionExpectation?, judge: TranscriptJudge, isCancelled: CancellationFlag
    ) throws(SpeechEngineError) -> Transcript? {
        let wide = Self.widened(samples)
        let padded = wide + [Float](repeating: 0, count: max(0, Self.shortest - wide.count))
        guard let heard = try decode(padded, spoken: wide.count, isCancelled: isCancelled) else { return nil }
        let free = judge.transcript(
            tokens: heard.tokens.map { (model.bytes(of: $0.id), Double($0.logProbability)) }, noSpeech: heard.noSpeech, isLoop: heard.isLoop)
        return free
    }

    /// 8 kHz to the 16 kHz that the network was trained on, as floats.
    private static func widened(_ samples: [Int16]) -> [Float] {
        Resampler.converted(samples, from: .hz8000, to: .hz16000).map { Float($0) / 32_768 }
    }
}
