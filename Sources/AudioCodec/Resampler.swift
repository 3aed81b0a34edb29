/// Streaming conversion between 8, 16, 24 and 48 kHz: one polyphase filter, designed once per pair of rates.
///
/// Flat within 0.1 dB up to 85 % of half the lower rate (3.4 kHz when one side is 8 kHz); what would alias or mirror is
/// at least 60 dB down. Output sample `n` lies at the time of `n / to` seconds of the input, so nothing is shifted;
/// the price is a look-ahead of ``delay`` before a sample comes out. The output does not depend on how the input was
/// cut into pieces. Works on a call's event loop: allocates only where `output` has to grow.
public struct Resampler: Sendable {
    public let from: SampleRate, to: SampleRate
    private let bank: FilterBank
    /// The latest input, oldest first: what the filter still reaches.
    private var window: [Float]
    /// Samples in `window` that are filled.
    private var filled = 0
    /// Where in `window` the taps of the next output sample begin, and which of the filter's phases it uses.
    private var position = 0, phase = 0
    /// Input and output samples so far; ``finish(appendTo:)`` brings them in step.
    private var consumed = 0, produced = 0

    public init(from: SampleRate, to: SampleRate) {
        (self.from, self.to) = (from, to)
        bank = FilterBank.shared(from: from, to: to)
        window = [Float](repeating: 0, count: bank.taps + Self.blockSamples)
        reset()
    }

    /// How much input past a sample's own time is needed before it comes out: 3.1 ms between 8 kHz and any other rate,
    /// 1.6 ms between 16 kHz and a higher one, 1 ms between 24 and 48 kHz.
    public var delay: Duration { .nanoseconds(bank.lookAhead * 1_000_000_000 / from.hertz) }

    /// Converts the next samples.
    /// - Parameter output: receives what is ready; over the whole stream `consumed * to / from` samples, rounded up.
    public mutating func process(_ input: Span<Int16>, appendTo output: inout [Int16]) {
        consumed += input.count
        guard from != to else {
            for index in input.indices { output.append(input[index]) }
            return
        }
        var next = 0
        while next < input.count {
            let take = min(input.count - next, window.count - filled)
            for offset in 0..<take { window[filled + offset] = Float(input[next + offset]) }
            filled += take
            next += take
            drain(appendTo: &output)
        }
    }

    /// Converts the next samples.
    public mutating func process(_ input: [Int16], appendTo output: inout [Int16]) { process(input.span, appendTo: &output) }

    /// Ends the stream: what the look-ahead held back comes out, and the next input starts a new one.
    public mutating func finish(appendTo output: inout [Int16]) {
        let expected = (consumed * to.hertz + from.hertz - 1) / from.hertz
        while from != to, produced < expected {
            let pad = min(window.count - filled, bank.taps)
            for offset in 0..<pad { window[filled + offset] = 0 }
            filled += pad
            drain(appendTo: &output, limit: expected)
        }
        reset()
    }

    /// Forgets the past: the next input starts a new stream.
    public mutating func reset() {
        // Silence stands before the first sample, so that its taps have something to the left of it.
        filled = bank.taps - 1 - bank.lookAhead
        for index in 0..<filled { window[index] = 0 }
        (position, phase, consumed, produced) = (0, 0, 0, 0)
    }

    /// Converts a whole recording; as many samples as its duration takes.
    public static func converted(_ pcm: [Int16], from: SampleRate, to: SampleRate) -> [Int16] {
        guard from != to else { return pcm }
        var resampler = Resampler(from: from, to: to), output: [Int16] = []
        output.reserveCapacity(pcm.count * to.hertz / from.hertz + 1)
        resampler.process(pcm, appendTo: &output)
        resampler.finish(appendTo: &output)
        return output
    }

    /// Input taken in one go: three frames at 24 kHz.
    private static let blockSamples = 1_440

    /// Writes every sample whose taps are all there, then moves what is still needed to the front.
    private mutating func drain(appendTo output: inout [Int16], limit: Int = .max) {
        let taps = bank.taps
        while position + taps <= filled, produced < limit {
            output.append(bank.value(of: window.span.extracting(position..<position + taps), phase: phase))
            produced += 1
            phase += bank.down
            position += phase / bank.up
            phase %= bank.up
        }
        let drop = min(position, filled)
        for index in drop..<filled { window[index - drop] = window[index] }
        filled -= drop
        position -= drop
    }
}
