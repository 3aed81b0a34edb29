import StreamingPipeline

/// Audio of lines that every call may need at once: the greeting (FIELD 21), the fallback (FIELD 16). Made at start, never changed.
struct FixedLines: Sendable {
    private struct Key: Hashable {
        var voice: String
        var words: String
    }
    private let lines: [Key: [Int16]]

    /// Nothing is cached.
    init() { lines = [:] }

    /// Speaks every line with every voice; a voice that fails leaves its lines to be spoken when they are needed.
    /// - Parameter speak: words and voice to 8 kHz audio.
    init(_ texts: [String], voices: [String], speak: (_ words: String, _ voice: String) async throws -> [Int16]) async {
        var lines: [Key: [Int16]] = [:]
        for voice in voices {
            for words in texts {
                guard let audio = try? await speak(words, voice), !audio.isEmpty else { continue }
                lines[Key(voice: voice, words: words)] = audio
            }
        }
        self.lines = lines
    }

    /// - Returns: 8 kHz mono PCM.
    func audio(for words: String, voice: String) -> [Int16]? { lines[Key(voice: voice, words: words)] }
}
