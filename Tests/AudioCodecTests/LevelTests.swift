import AudioCodec
import Testing

@Suite("Levels, 0 dBFS is a square wave at full scale")
struct LevelTests {
    @Test("known signals") func known() {
        #expect(Level.dBFS([Int16](repeating: .min, count: 100)) == 0)
        #expect(abs(Level.dBFS(Tone.sine(1_000, amplitude: 32_767, rate: 8_000, count: 8_000)) + 3.01) < 0.01)
        #expect(Level.dBFS([]) == Level.floor)
        #expect(Level.dBFS([0, 0, 0]) == Level.floor)
    }

    @Test("gain clips and does not wrap") func gain() {
        #expect(Level.amplified([1_000, -1_000], byDecibels: 20) == [10_000, -10_000])
        #expect(Level.amplified([20_000, -20_000], byDecibels: 20) == [.max, .min])
    }

    @Test("active speech is measured without its pauses") func active() {
        let speech = Tone.sine(500, rate: 8_000, count: 8_000)
        let level = Level.dBFS(speech)
        #expect(abs(Level.activeSpeechDBFS(speech + [Int16](repeating: 3, count: 24_000)) - level) < 0.1)
        #expect(Level.dBFS(speech + [Int16](repeating: 3, count: 24_000)) < level - 5)
    }

    @Test("mixing keeps the length, and silence adds nothing") func mixing() {
        let speech = Tone.sine(500, rate: 8_000, count: 4_000)
        #expect(Level.mixed(speech, with: [], signalToNoise: 10) == speech)
        #expect(Level.mixed(speech, with: [0, 0], signalToNoise: 10) == speech)
        let noise = Tone.noise(count: 100, seed: 2)
        let mixed = Level.mixed(speech, with: noise, noiseDBFS: -40)
        let added = zip(mixed, speech).map { Int16(Int($0) - Int($1)) }
        #expect(abs(Level.dBFS(added) + 40) < 0.2)
    }
}
