/// Half seconds of silence, a vowel with a wandering pitch, and hiss, in whole numbers only: the same samples everywhere.
enum SyntheticVoice {
    static func samples(_ count: Int) -> [Int16] {
        // Two-pole resonators near 700, 1,200 and 2,600 Hz: 2 r cos w and r², in units of 1/16384.
        let formants = [(27_276, 15_889), (17_976, 15_400), (-14_500, 14_400)]
        var memory = [(Int, Int)](repeating: (0, 0), count: formants.count)
        var random = 12_345, period = 66
        return (0..<count).map { index in
            random = (random * 1_103_515_245 + 12_345) & 0x7FFF_FFFF
            let noise = (random >> 16) % 401 - 200
            let phase = index / 4_000 % 3
            // C and Python disagree about dividing negative numbers: a shift is the same in all.
            var sample = phase == 2 ? noise * 4 : noise >> 3
            if phase == 1 {
                if index % period == 0 { sample += 3_000 }
                period = 60 + index / 800 % 12
            }
            let source = sample
            for (index, (a, b)) in formants.enumerated() {
                sample += (a * memory[index].0 - b * memory[index].1) >> 14
                memory[index] = (sample, memory[index].0)
            }
            return Int16(clamping: phase == 2 ? source : sample)
        }
    }
}
