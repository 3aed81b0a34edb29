/// Brings 16 kHz down to 8 kHz for an analysis that listens along: a half-band filter, every second tap of which is zero.
///
/// Flat within 0.1 dB up to 3.4 kHz, at least 60 dB down from 4.6 kHz; what folds into the uppermost 600 Hz of the telephone band
/// in between is weaker than 6 dB. It lags ``delay`` samples of 16 kHz behind. One call's memory, allocated once.
@safe public struct HalfBandDecimator: ~Copyable {
    /// Group delay, in samples at 16 kHz.
    public static let delay = taps / 2
    /// Odd, and with a middle that lies on an odd place so that the outermost taps are not zero.
    static let taps = 63
    /// The taps that are not zero, the middle one left out: symmetric, outermost first.
    private static let pairs: [Float] = {
        let filter = LowPass(passband: 3_400, stopband: 4_600)
        let side = stride(from: 0, to: delay, by: 2).map { Float(filter.response(at: Double($0 - delay) / 16_000) / 16_000) }
        // Together with the middle's half they pass a constant unchanged.
        let sum = side.reduce(0, +) * 2
        return side.map { $0 / sum / 2 }
    }()

    /// The last ``taps`` samples, then the frame at hand.
    private let window: UnsafeMutablePointer<Float>
    private let coefficients: UnsafeMutablePointer<Float>
    private let output: UnsafeMutablePointer<Int16>
    /// Samples that were taken in without a whole pair: 0 or 1.
    private var isOdd = false
    /// Input that is taken in one go.
    public static let blockSamples = 640

    public init() {
        unsafe window = .allocate(capacity: Self.taps + Self.blockSamples)
        unsafe window.initialize(repeating: 0, count: Self.taps + Self.blockSamples)
        unsafe coefficients = .allocate(capacity: Self.pairs.count)
        for (index, value) in Self.pairs.enumerated() { unsafe (coefficients + index).initialize(to: value) }
        unsafe output = .allocate(capacity: Self.blockSamples / 2 + 1)
        unsafe output.initialize(repeating: 0, count: Self.blockSamples / 2 + 1)
    }

    deinit {
        unsafe window.deallocate()
        unsafe coefficients.deallocate()
        unsafe output.deallocate()
    }

    /// Takes the next samples.
    /// - Parameter emit: receives every second one, filtered, in pieces; over the whole stream half as many, rounded up.
    public mutating func process(_ input: Span<Int16>, emit: (Span<Int16>) -> Void) {
        var at = 0
        while at < input.count {
            let count = min(Self.blockSamples, input.count - at)
            let written = unsafe filter(input, from: at, count: count)
            at += count
            if written > 0 { unsafe emit(Span(_unsafeStart: UnsafePointer(output), count: written)) }
        }
    }

    @unsafe private mutating func filter(_ input: Span<Int16>, from start: Int, count: Int) -> Int {
        let taps = Self.taps, half = Self.delay
        unsafe input.withUnsafeBufferPointer { input in
            for index in 0..<count { unsafe window[taps + index] = Float(input[start + index]) }
        }
        var written = 0
        var newest = isOdd ? 1 : 0
        while newest < count {
            // The newest sample of this output lies at `taps + newest`.
            let first = unsafe window + newest + 1
            var sum = unsafe 0.5 * first[half]
            for tap in 0..<Self.pairCount { unsafe sum += coefficients[tap] * (first[2 * tap] + first[taps - 1 - 2 * tap]) }
            unsafe output[written] = Int16(max(-32_768, min(32_767, sum.rounded())))
            written += 1
            newest += 2
        }
        isOdd = newest > count
        unsafe window.update(from: window + count, count: taps)
        return written
    }

    private static let pairCount = (delay + 1) / 2
}
