import Glibc

/// Kaiser-windowed low-pass filters: the one design behind resampling and the telephone channel.
struct LowPass {
    /// Attenuation that the window is designed for.
    static let stopbandDecibels = 66.0

    /// A value of the continuous impulse response, which vanishes outside ±``halfWidth`` seconds.
    /// - Parameter cutoff: middle of the transition, in hertz.
    let cutoff: Double
    /// Half the length of the response, in seconds.
    let halfWidth: Double

    /// - Parameters:
    ///   - passband: highest frequency that passes, in hertz.
    ///   - stopband: lowest frequency that is suppressed, in hertz.
    init(passband: Double, stopband: Double) {
        cutoff = (passband + stopband) / 2
        // Kaiser's rule for the length of the window.
        halfWidth = (Self.stopbandDecibels - 7.95) / (2.285 * 2 * .pi * (stopband - passband)) / 2
    }

    /// The response at `time` seconds from its middle, for a gain of one in the passband and one tap a second.
    func response(at time: Double) -> Double {
        let position = time / halfWidth
        guard abs(position) < 1 else { return 0 }
        let angle = 2 * .pi * cutoff * time
        let sinc = abs(angle) < 1e-9 ? 1 : sin(angle) / angle
        return 2 * cutoff * sinc * Self.bessel(Self.beta * (1 - position * position).squareRoot()) / Self.bessel(Self.beta)
    }

    /// Kaiser's shape for the attenuation.
    private static let beta = 0.1102 * (stopbandDecibels - 8.7)

    /// The modified Bessel function of order zero, by its power series.
    private static func bessel(_ x: Double) -> Double {
        var sum = 1.0, term = 1.0, k = 1.0
        while term > sum * 1e-12 {
            term *= (x / (2 * k)) * (x / (2 * k))
            sum += term
            k += 1
        }
        return sum
    }
}
