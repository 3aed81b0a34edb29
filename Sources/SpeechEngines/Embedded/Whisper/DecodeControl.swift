import CWhisper
import Synchronization

/// What the library's callbacks look at during one decode.
@safe final class DecodeControl {
    let model: WhisperModel
    let isCancelled: CancellationFlag
    /// A closing timestamp from here on (20 ms steps) ends the decode.
    let lastStep: whisper_token

    init(model: WhisperModel, isCancelled: CancellationFlag, lastStep: Int) {
        (self.model, self.isCancelled) = (model, isCancelled)
        self.lastStep = model.firstTimestamp + whisper_token(lastStep)
    }

    /// Whether the text is complete: cancelled, closed near the end of the audio, or in a loop.
    func isComplete(_ tokens: UnsafeBufferPointer<whisper_token_data>) -> Bool {
        if isCancelled.value { return true }
        guard tokens.count >= 2 else { return false }
        let last = unsafe tokens[tokens.count - 1].id, before = unsafe tokens[tokens.count - 2].id
        if last >= lastStep, before < model.endOfText { return true }
        let text = unsafe tokens.map(\.id).filter { $0 < model.endOfText }
        return Repetition.length(in: text.map(model.folded)) != nil
    }

    /// Hands this to the library as user data; it must outlive the decode.
    func install(in parameters: inout whisper_full_params) {
        let pointer = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe parameters.abort_callback = { data in
            guard let data = unsafe data else { return false }
            return unsafe Unmanaged<DecodeControl>.fromOpaque(data).takeUnretainedValue().isCancelled.value
        }
        unsafe parameters.abort_callback_user_data = pointer
        unsafe parameters.encoder_begin_callback = { _, _, data in
            guard let data = unsafe data else { return true }
            return unsafe !Unmanaged<DecodeControl>.fromOpaque(data).takeUnretainedValue().isCancelled.value
        }
        unsafe parameters.encoder_begin_callback_user_data = pointer
        unsafe parameters.logits_filter_callback = { _, _, tokens, count, logits, data in
            guard let data = unsafe data, let logits = unsafe logits else { return }
            let control = unsafe Unmanaged<DecodeControl>.fromOpaque(data).takeUnretainedValue()
            guard unsafe control.isComplete(UnsafeBufferPointer(start: tokens, count: Int(count))) else { return }
            unsafe UnsafeMutableBufferPointer(start: logits, count: control.model.vocabularySize).update(repeating: -.infinity)
            unsafe logits[Int(control.model.endOfText)] = 0
        }
        unsafe parameters.logits_filter_callback_user_data = pointer
    }
}

/// Set once, from any thread; asked between two nodes of the network.
final class CancellationFlag: Sendable {
    private let flag = Atomic(false)
    var value: Bool { flag.load(ordering: .relaxed) }
    func set() { flag.store(true, ordering: .relaxed) }
}
