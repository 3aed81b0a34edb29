import AudioCodec
import StreamingPipeline

/// Audio of lines that every call may need at once: the greeting (FIELD 21), the fallback (FIELD 16). Made at start, never changed.
struct FixedLines: Sendable {
    private struct Key: Hashable {
        var voice: String
        var words: String
        var sampleRate: SampleRate
    }
    private let lines: [Key: [Int16]]

    /// Samples that are kept, all lines and rates together: 32 MB. Lines beyond that are spoken when they are needed.
    static let capacity = 16 << 20

    /// Nothing is cached.
    init() { lines = [:] }

    /// Speaks every line with every voice, for a telephone and for wide-band legs; a voice that fails leaves its lines to be spoken when
    /// they are needed.
    /// - Parameter speak: words and voice to audio at a rate.
    init(
        _ texts: [String], voices: [String], capacity: Int = FixedLines.capacity,
        speak: (_ words: String, _ voice: String, SampleRate) async throws -> [Int16]
    ) async {
        var lines: [Key: [Int16]] = [:], kept = 0
        func keep(_ audio: [Int16], _ voice: String, _ words: String, _ rate: SampleRate) {
            guard !audio.isEmpty, kept + audio.count <= capacity else { return }
            lines[Key(voice: voice, words: words, sampleRate: rate)] = audio
            kept += audio.count
        }
        for voice in voices {
            for words in texts {
                for rate in [SampleRate.hz8000, .hz16000] {
                    guard let audio = try? await speak(words, voice, rate) else { continue }
                    keep(audio, voice, words, rate)
                    // Above 16 kHz no voice of ours has anything to say.
                    guard rate == .hz16000 else { continue }
                    for higher in [SampleRate.hz24000, .hz48000] {
                        keep(Resampler.converted(audio, from: rate, to: higher), voice, words, higher)
                    }
                }
            }
        }
        self.lines = lines
    }

    /// - Returns: mono PCM.
    func audio(for words: String, voice: String, sampleRate: SampleRate) -> [Int16]? {
        lines[Key(voice: voice, words: words, sampleRate: sampleRate)]
    }
}
