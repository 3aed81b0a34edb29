/// One stage of a call's audio path. Never waits: an engine does that, and answers with an event.
public protocol FrameProcessor: ~Copyable {
    /// Called on the call's event loop, one frame at a time; allocates nothing.
    /// - Parameters:
    ///   - frame: 20 ms of mono PCM at the pipeline's rate (160 samples at 8 kHz, 320 at 16 kHz), changed in place. A shorter or
    ///     longer one is taken as it comes.
    ///   - time: media time of its first sample.
    ///   - emit: hands an event to the next stage and to the call; order is kept.
    mutating func process(_ frame: inout MutableSpan<Int16>, at time: Duration, emit: (CallEvent) -> Void)
}
