/// The polyphase filter of one pair of rates: `up` phases of `taps` coefficients each, shared by all streams.
struct FilterBank: Sendable {
    /// The rates' ratio in lowest terms: `to / from = up / down`.
    let up: Int, down: Int
    /// Coefficients a phase, a multiple of eight.
    let taps: Int
    /// Input samples that the middle tap looks ahead.
    let lookAhead: Int
    /// Phase after phase.
    private let coefficients: [Float]

    /// Coefficients that one vector instruction takes.
    static let lanes = 8

    private init(from: SampleRate, to: SampleRate) {
        let divisor = Self.greatestCommonDivisor(from.hertz, to.hertz)
        (up, down) = (to.hertz / divisor, from.hertz / divisor)
        let nyquist = Double(min(from.hertz, to.hertz)) / 2
        let filter = LowPass(passband: nyquist * 0.85, stopband: nyquist)
        lookAhead = Int((filter.halfWidth * Double(from.hertz)).rounded(.up))
        let taps = (2 * lookAhead + 1 + Self.lanes - 1) / Self.lanes * Self.lanes
        // Tap `t` meets the input sample that lies `t - before` samples from the one at or before the output.
        let before = taps - 1 - lookAhead
        var coefficients: [Float] = []
        for phase in 0..<up {
            let row = (0..<taps).map { tap in
                filter.response(at: (Double(tap - before) - Double(phase) / Double(to.hertz / divisor)) / Double(from.hertz))
            }
            // Every phase passes a constant unchanged, so that it cannot sing at the ratio of the rates.
            let sum = row.reduce(0, +)
            coefficients += row.map { Float($0 / sum) }
        }
        self.taps = taps
        self.coefficients = coefficients
    }

    /// One output sample.
    /// - Parameter input: ``taps`` samples.
    func value(of input: Span<Float>, phase: Int) -> Int16 {
        precondition(input.count == taps && phase < up)
        var sum = SIMD8<Float>.zero
        unsafe input.withUnsafeBytes { input in
            unsafe coefficients.withUnsafeBytes { coefficients in
                var at = 0, row = phase * taps * 4
                while at < input.count {
                    unsafe sum +=
                        input.loadUnaligned(fromByteOffset: at, as: SIMD8<Float>.self)
                        * coefficients.loadUnaligned(fromByteOffset: row, as: SIMD8<Float>.self)
                    at += 32
                    row += 32
                }
            }
        }
        return Int16(max(-32_768, min(32_767, sum.sum().rounded())))
    }

    /// The bank of a pair, designed when the process first asks for one.
    static func shared(from: SampleRate, to: SampleRate) -> FilterBank {
        banks[index(from) * SampleRate.allCases.count + index(to)]
    }

    private static let banks: [FilterBank] = SampleRate.allCases.flatMap { from in
        SampleRate.allCases.map { to in FilterBank(from: from, to: to) }
    }

    private static func index(_ rate: SampleRate) -> Int {
        switch rate {
        case .hz8000: 0
        case .hz16000: 1
        case .hz24000: 2
        case .hz48000: 3
        }
    }

    private static func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int { b == 0 ? a : greatestCommonDivisor(b, a % b) }
}
