import AudioCodec
import Testing

@Suite("Streaming resampling between 8, 16, 24 and 48 kHz")
struct ResamplerTests {
    static let pairs = SampleRate.allCases.flatMap { from in SampleRate.allCases.map { Pair(from: from, to: $0) } }

    struct Pair: CustomTestStringConvertible {
        let from: SampleRate, to: SampleRate
        var testDescription: String { "\(from.hertz) -> \(to.hertz)" }
        /// Half the lower rate.
        var nyquist: Double { Double(min(from.hertz, to.hertz)) / 2 }
    }

    @Test("the output does not depend on how the input is cut", arguments: pairs)
    func chunking(_ pair: Pair) {
        let input = Tone.noise(count: 2_500, seed: 7)
        let whole = Resampler.converted(input, from: pair.from, to: pair.to)
        for seed in 1...6 as ClosedRange<UInt64> {
            var random = SeededGenerator(seed: seed)
            var resampler = Resampler(from: pair.from, to: pair.to), output: [Int16] = [], index = 0
            while index < input.count {
                let count = min(input.count - index, Int.random(in: 0...(seed % 2 == 0 ? 7 : 2_000), using: &random))
                resampler.process(input.span.extracting(index..<index + count), appendTo: &output)
                index += count
            }
            resampler.finish(appendTo: &output)
            #expect(output == whole)
        }
    }

    @Test("as many samples as the duration takes, rounded up", arguments: pairs)
    func lengths(_ pair: Pair) {
        for count in [0, 1, 2, 3, 7, 159, 160, 161, 4_001] {
            let output = Resampler.converted(Tone.noise(count: count, seed: 1), from: pair.from, to: pair.to)
            #expect(output.count == (count * pair.to.hertz + pair.from.hertz - 1) / pair.from.hertz)
        }
    }

    @Test("the passband is flat within 0.1 dB up to 85 % of half the lower rate", arguments: pairs)
    func passband(_ pair: Pair) {
        for share in [0.02, 0.2, 0.5, 0.7, 0.84] {
            let hertz = pair.nyquist * share
            let input = Tone.sine(hertz, rate: pair.from.hertz, count: pair.from.hertz / 5)
            let output = Resampler.converted(input, from: pair.from, to: pair.to)
            let gain = Tone.amplitude(of: hertz, in: output, rate: pair.to.hertz) / 10_000
            #expect(abs(Tone.decibels(gain)) < 0.1, "\(hertz) Hz: \(gain)")
        }
    }

    @Test("what would alias is at least 50 dB down", arguments: pairs.filter { $0.to.hertz < $0.from.hertz })
    func aliasing(_ pair: Pair) {
        let top = Double(pair.from.hertz) / 2
        for hertz in stride(from: pair.nyquist * 1.02, to: top * 0.99, by: pair.nyquist / 7) {
            let output = Resampler.converted(
                Tone.sine(hertz, rate: pair.from.hertz, count: pair.from.hertz / 5), from: pair.from, to: pair.to)
            let middle = Array(output.dropFirst(output.count / 10).dropLast(output.count / 10))
            #expect(Level.dBFS(middle) < Level.dBFS(Tone.sine(hertz, rate: pair.from.hertz, count: 4_000)) - 50, "\(hertz) Hz")
        }
    }

    @Test("mirrors of a tone are at least 50 dB down", arguments: pairs.filter { $0.to.hertz > $0.from.hertz })
    func mirrors(_ pair: Pair) {
        for share in [0.25, 0.6, 0.85] {
            let hertz = pair.nyquist * share
            let output = Resampler.converted(
                Tone.sine(hertz, rate: pair.from.hertz, count: pair.from.hertz / 5), from: pair.from, to: pair.to)
            var mirror = Double(pair.from.hertz) - hertz
            while mirror < Double(pair.to.hertz) / 2 {
                let gain = Tone.amplitude(of: mirror, in: output, rate: pair.to.hertz) / 10_000
                #expect(Tone.decibels(gain) < -50, "\(mirror) Hz: \(gain)")
                mirror += Double(pair.from.hertz)
            }
        }
    }

    @Test(
        "nothing is shifted: there and back again is the same speech band",
        arguments: pairs.filter { $0.from.hertz <= $0.to.hertz })
    func alignment(_ pair: Pair) {
        let input = Tone.sine(440, rate: pair.from.hertz, count: pair.from.hertz / 4)
        let back = Resampler.converted(Resampler.converted(input, from: pair.from, to: pair.to), from: pair.to, to: pair.from)
        let worst = zip(input, back).dropFirst(200).dropLast(200).map { abs(Int($0) - Int($1)) }.max() ?? 0
        #expect(worst <= 40)
    }

    @Test("a sample waits for no more than the documented look-ahead", arguments: pairs)
    func delay(_ pair: Pair) {
        var resampler = Resampler(from: pair.from, to: pair.to), output: [Int16] = []
        resampler.process(Tone.noise(count: pair.from.hertz, seed: 3), appendTo: &output)
        let missing = Duration.microseconds((pair.to.hertz - output.count) * 1_000_000 / pair.to.hertz)
        #expect(missing <= resampler.delay + .microseconds(1_000_000 / pair.to.hertz + 1))
        #expect(resampler.delay < .milliseconds(4))
    }

    @Test("full scale is clipped, never wrapped", arguments: pairs)
    func clipping(_ pair: Pair) {
        let square = (0..<4_000).map { $0 / 50 % 2 == 0 ? Int16.max : .min }
        let output = Resampler.converted(square, from: pair.from, to: pair.to)
        // In the middle of each half wave the sign is that of the input.
        for index in stride(from: 25, to: 3_900, by: 50) {
            #expect((output[index * pair.to.hertz / pair.from.hertz] > 0) == (square[index] > 0))
        }
    }

    @Test("after the end a new stream begins") func reuse() {
        var resampler = Resampler(from: .hz8000, to: .hz24000)
        var first: [Int16] = [], second: [Int16] = []
        for keep in [true, false] {
            var output: [Int16] = []
            resampler.process(Tone.noise(count: 999, seed: 4), appendTo: &output)
            resampler.finish(appendTo: &output)
            if keep { first = output } else { second = output }
        }
        #expect(first == second)
    }

    @Test("files at other rates", arguments: [44_100, 11_025, 48_000, 22_050, 1_000, 384_000])
    func anyRate(hertz: Int) {
        let tone = 300.0
        for rate in SampleRate.allCases {
            let output = Resampler.converted(Tone.sine(tone, rate: hertz, count: hertz / 4), fromHertz: hertz, to: rate)
            #expect(output.count == (hertz / 4 * rate.hertz + hertz - 1) / hertz)
            #expect(abs(Tone.decibels(Tone.amplitude(of: tone, in: output, rate: rate.hertz) / 10_000)) < 0.1)
        }
    }
}
