import AudioCodec

/// Cuts samples that come in pieces of any size into frames of 20 ms. One call's memory, allocated once; what is left over waits.
@safe struct FrameCutter: ~Copyable {
    private let samples: UnsafeMutablePointer<Int16>
    private let frameSamples: Int
    private var waiting = 0

    init(sampleRate: SampleRate) {
        frameSamples = sampleRate.samplesPerFrame
        unsafe samples = .allocate(capacity: frameSamples)
        unsafe samples.initialize(repeating: 0, count: frameSamples)
    }

    deinit { unsafe samples.deallocate() }

    /// - Parameter frame: called for each whole frame, which may be changed in place.
    mutating func take(_ piece: Span<Int16>, frame: (inout MutableSpan<Int16>) -> Void) {
        var at = 0
        while at < piece.count {
            let count = min(frameSamples - waiting, piece.count - at)
            for index in 0..<count { unsafe samples[waiting + index] = piece[at + index] }
            waiting += count
            at += count
            guard waiting == frameSamples else { return }
            waiting = 0
            var span = unsafe MutableSpan(_unsafeStart: samples, count: frameSamples)
            frame(&span)
        }
    }
}
