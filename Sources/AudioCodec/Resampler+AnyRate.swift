extension Resampler {
    /// Converts a whole recording from a rate that calls do not have, such as 44,100 Hz.
    ///
    /// Computes the filter at every sample: for files, not for calls. As many samples as the duration takes.
    /// - Parameter hertz: samples per second of `pcm`, positive.
    public static func converted(_ pcm: [Int16], fromHertz hertz: Int, to: SampleRate) -> [Int16] {
        precondition(hertz > 0, "a rate of \(hertz) samples a second")
        guard hertz != to.hertz else { return pcm }
        let nyquist = Double(min(hertz, to.hertz)) / 2
        let table = ResponseTable(LowPass(passband: nyquist * 0.85, stopband: nyquist), hertz: Double(hertz))
        let count = (pcm.count * to.hertz + hertz - 1) / hertz
        return (0..<count).map { index in
            let center = Double(index) * Double(hertz) / Double(to.hertz)
            let first = max(0, Int((center - table.reach).rounded(.up)))
            let last = min(pcm.count - 1, Int((center + table.reach).rounded(.down)))
            var sum = 0.0
            var at = first
            while at <= last {
                sum += Double(pcm[at]) * table.value(abs(center - Double(at)))
                at += 1
            }
            return Level.clipped(sum)
        }
    }
}

/// One half of a filter's response, finely sampled and interpolated in between: the error is below -90 dB.
private struct ResponseTable {
    /// Half the length of the response, in input samples.
    let reach: Double
    private let values: [Double]
    private let steps: Double

    init(_ filter: LowPass, hertz: Double) {
        reach = filter.halfWidth * hertz
        let steps = 512.0 * max(1, 2 * filter.cutoff / hertz)
        values = (0...Int(reach * steps) + 2).map { filter.response(at: Double($0) / steps / hertz) / hertz }
        self.steps = steps
    }

    /// - Parameter distance: input samples from the middle, 0...``reach``.
    func value(_ distance: Double) -> Double {
        let position = distance * steps, index = Int(position)
        let fraction = position - Double(index)
        return values[index] * (1 - fraction) + values[index + 1] * fraction
    }
}
