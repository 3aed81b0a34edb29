import AudioCodec
import Testing

@Suite("A telephone line: 300-3400 Hz, noise at a stated level, µ-law")
struct TelephoneChannelTests {
    @Test("the voice band passes within 1 dB", arguments: [320, 500, 1_000, 2_000, 3_000, 3_350])
    func passes(hertz: Int) { #expect(abs(gain(Double(hertz))) < 1) }

    @Test(
        "what lies outside is at least 35 dB down, where µ-law's own rounding begins",
        arguments: [20, 50, 90, 3_620, 3_800, 3_950])
    func stops(hertz: Int) { #expect(gain(Double(hertz)) < -35) }

    @Test("nothing is delayed or lost") func alignment() {
        var click = [Int16](repeating: 0, count: 2_000)
        click[1_000] = 30_000
        let heard = TelephoneChannel(noise: .none).apply(click)
        #expect(heard.count == click.count)
        #expect(heard.indices.max { abs(Int(heard[$0])) < abs(Int(heard[$1])) } == 1_000)
    }

    @Test("the same seed gives the same line, another one another") func deterministic() {
        let voice = Tone.sine(700, rate: 8_000, count: 4_000)
        let once = TelephoneChannel(noise: .signalToNoise(decibels: 10), seed: 5).apply(voice)
        #expect(TelephoneChannel(noise: .signalToNoise(decibels: 10), seed: 5).apply(voice) == once)
        #expect(TelephoneChannel(noise: .signalToNoise(decibels: 10), seed: 6).apply(voice) != once)
    }

    @Test("noise stands at its level, given or made", arguments: [-50, -40, -30], [false, true])
    func level(decibels: Int, isGiven: Bool) {
        let noise = isGiven ? Tone.noise(count: 3_000, seed: 9) : []
        let line = TelephoneChannel(noise: .level(dBFS: Double(decibels)), samples: noise, seed: 3)
        #expect(abs(Level.dBFS(line.apply([Int16](repeating: 0, count: 16_000))) - Double(decibels)) < 1)
    }

    @Test("speech stands at its ratio over the noise, its pauses left out", arguments: [20.0, 10, 5])
    func ratio(decibels: Double) {
        let speech = Tone.sine(800, rate: 8_000, count: 8_000) + [Int16](repeating: 0, count: 16_000)
        let heard = TelephoneChannel(noise: .signalToNoise(decibels: decibels)).apply(speech)
        let noise = Level.dBFS(Array(heard.dropFirst(9_000)))
        #expect(abs(Level.activeSpeechDBFS(speech) - noise - decibels) < 1)
    }

    /// Decibels by which a tone comes out louder than it went in.
    private func gain(_ hertz: Double) -> Double {
        let heard = TelephoneChannel(noise: .none).apply(Tone.sine(hertz, rate: 8_000, count: 3_000))
        return Tone.decibels(Tone.amplitude(of: hertz, in: heard, rate: 8_000) / 10_000)
    }
}
