import CWhisper
import Glibc
import StreamingPipeline

/// The weights of one model, shared by every worker. Nothing of it changes after loading.
@safe final class WhisperModel: @unchecked Sendable {
    let context: OpaquePointer
    let endOfText: whisper_token
    /// First of the timestamp tokens; each stands for 20 ms.
    let firstTimestamp: whisper_token
    let vocabularySize: Int
    /// What may close an answer besides the end itself.
    private(set) var closingMarks: [whisper_token] = []

    /// - Throws: ``SpeechEngineError``, `missing` without a model or a CPU that runs it.
    init(path: String) throws(SpeechEngineError) {
        guard cwhisper_cpu_is_supported() else {
            throw SpeechEngineError(
                .missing, engine: WhisperRecognizer.engineName,
                "this CPU has no AVX2, which the embedded recogniser is built for; configure a cloud recogniser")
        }
        guard unsafe access(path, R_OK) == 0 else {
            throw SpeechEngineError(
                .missing, engine: WhisperRecognizer.engineName, "no model at \(path); run `make setup` in the checkout, or name its folder: models.path")
        }
        unsafe whisper_log_set({ _, _, _ in }, nil)
        var parameters = unsafe whisper_context_default_params()
        unsafe parameters.use_gpu = false
        // With it on, padding of the trimmed context keeps audio of the state's previous job: one caller's words in
        // another's text.
        unsafe parameters.flash_attn = false
        guard let context = unsafe whisper_init_from_file_with_params_no_state(path, parameters) else {
            throw SpeechEngineError(
                .missing, engine: WhisperRecognizer.engineName,
                "\(path) is no model that whisper.cpp 1.8.5 can load; delete it and run: make setup")
        }
        unsafe self.context = context
        endOfText = unsafe whisper_token_eot(context)
        firstTimestamp = unsafe whisper_token_beg(context)
        vocabularySize = Int(unsafe whisper_n_vocab(context))
        closingMarks = [".", "!", "?"].compactMap { tokens(of: $0).first }
    }

    deinit { unsafe whisper_free(context) }

    /// The bytes of one token; a token may end inside a character.
    func bytes(of token: whisper_token) -> [UInt8] {
        guard token >= 0, token < endOfText, let text = unsafe whisper_token_to_str(context, token) else { return [] }
        return unsafe Array(UnsafeRawBufferPointer(start: text, count: strlen(text)))
    }

    /// A token as loops are looked for: in small letters, because a phrase that is said again begins a sentence.
    func folded(_ token: whisper_token) -> [UInt8] { bytes(of: token).map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 } }

    func tokens(of text: String) -> [whisper_token] {
        var tokens = [whisper_token](repeating: 0, count: text.utf8.count + 1)
        let capacity = CInt(tokens.count)
        let count = unsafe tokens.withUnsafeMutableBufferPointer { unsafe whisper_tokenize(context, text, $0.baseAddress, capacity) }
        return count > 0 ? Array(tokens.prefix(Int(count))) : []
    }
}
