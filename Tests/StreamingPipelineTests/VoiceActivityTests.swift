import AudioCodec
import Glibc
import StreamingPipeline
import Testing

@Suite("Voice activity: silero's 8 kHz network in pieces of 32 ms, energy without it")
struct VoiceActivityTests {
    /// What onnxruntime 1.31 computes with `silero_vad.onnx` of silero-vad 6.2.3 for ``SyntheticVoice``.
    static let reference: [Float] = [
        0.0417, 0.0269, 0.0204, 0.0120, 0.0093, 0.0090, 0.0089, 0.0130, 0.0117, 0.0084, 0.0090, 0.0079, 0.0095, 0.0088, 0.0081, 0.1748,
        0.6446, 0.7164, 0.5618, 0.6287, 0.5033, 0.5473, 0.3111, 0.2081, 0.1871, 0.1477, 0.1053, 0.1187, 0.1068, 0.1874, 0.1320, 0.9673,
        0.9224, 0.8876, 0.7898, 0.6774, 0.5885, 0.5186, 0.4767, 0.4145, 0.3621, 0.3565, 0.2866, 0.2500, 0.2059, 0.1999, 0.5465, 0.1029,
        0.0872, 0.0908, 0.0684, 0.0507, 0.0423, 0.0325, 0.0239, 0.0150, 0.0128, 0.0155, 0.0102, 0.0089, 0.0111, 0.0079, 0.1794, 0.3290,
        0.4801, 0.6139, 0.4363, 0.3873, 0.2852, 0.2452, 0.1668, 0.3414, 0.2778, 0.1552, 0.1419, 0.0849, 0.0876, 0.0734, 0.8344, 0.8552,
        0.7193, 0.5186, 0.4027, 0.3664, 0.2876, 0.2515, 0.2068, 0.1712, 0.1437, 0.1243, 0.1184, 0.1028, 0.0953,
    ]

    @Test("the synthetic voice is the one that the reference heard") func signal() {
        let samples = SyntheticVoice.samples(24_000)
        #expect(samples.reduce(0) { $0 + Int($1) } == 429_395)
        #expect(samples.enumerated().reduce(0) { $0 + $1.offset * Int($1.element) } & 0xFFFF_FFFF == 784_332_122)
    }

    @Test(
        "our arithmetic agrees with onnxruntime, on every kernel that this processor has",
        .enabled(if: TestData.hasWeights, Comment(rawValue: TestData.noWeights)), arguments: VoiceActivityModel.Kernel.allCases)
    func agrees(kernel: VoiceActivityModel.Kernel) throws {
        guard kernel.isAvailable else { return }
        let judged = judgements(of: SyntheticVoice.samples(24_000), model: try TestData.model(kernel))
        #expect(judged.count == Self.reference.count)
        let worst = zip(judged, Self.reference).map { abs($0.probability - $1) }.max() ?? 1
        #expect(worst < 1e-4)
    }

    @Test(
        "256-bit and portable arithmetic agree within 1e-4 on speech and noise",
        .enabled(if: TestData.hasAll && VoiceActivityModel.Kernel.avx2.isAvailable, Comment(rawValue: TestData.notAll)),
        arguments: ["vad/wav/sb_valid.wav", "noise_8k/sb_noise2.wav"])
    func kernels(recording: String) throws {
        let pcm = try TestData.recording(recording)
        let fast = judgements(of: pcm, model: try TestData.model(.avx2))
        let plain = judgements(of: pcm, model: try TestData.model(.portable))
        #expect(fast.count == plain.count && fast.count == pcm.count / 256)
        #expect(zip(fast, plain).allSatisfy { abs($0.probability - $1.probability) < 1e-4 })
    }

    @Test(
        "labelled speech is heard", .enabled(if: TestData.hasAll, Comment(rawValue: TestData.notAll)),
        arguments: [
            ("vad/wav/sb_train.wav", [(520, 850), (1_320, 1_830), (2_350, 3_700)]),
            ("vad/wav/sb_valid.wav", [(380, 2_000), (2_000, 2_700), (4_100, 5_880)]),
        ] as [(String, [(Int, Int)])])
    func speech(recording: String, segments: [(Int, Int)]) throws {
        let judged = judgements(of: try TestData.recording(recording), model: try TestData.model())
        let inside = judged.filter { piece in
            segments.contains { Duration.milliseconds($0.0 + 60) <= piece.start && piece.end <= .milliseconds($0.1 - 60) }
        }
        #expect(Double(inside.count(where: \.isVoice)) >= 0.9 * Double(inside.count))
    }

    @Test(
        "1.6 minutes of office and street start hardly any utterance",
        .enabled(if: TestData.hasAll, Comment(rawValue: TestData.notAll)))
    func noise() throws {
        var starts = 0, energyStarts = 0
        for name in ["dograh_office_60s", "sb_noise1", "sb_noise2"] {
            let pcm = try TestData.recording("noise_8k/\(name).wav")
            starts += utterances(in: pcm, model: try TestData.model())
            energyStarts += utterances(in: pcm, model: nil)
        }
        #expect(starts <= 3)
        #expect(energyStarts > starts)
    }

    @Test(
        "a voice that has begun may become softer: on at 0.5, off below 0.35",
        .enabled(if: TestData.hasWeights, Comment(rawValue: TestData.noWeights)))
    func hysteresis() throws {
        var isVoice = false
        for piece in judgements(of: SyntheticVoice.samples(24_000), model: try TestData.model()) {
            isVoice = piece.probability >= (isVoice ? 0.35 : 0.5)
            #expect(piece.isVoice == isVoice)
            #expect(piece.end - piece.start == .milliseconds(32))
            #expect(isVoice ? piece.voicedUntil == piece.end : piece.voicedUntil < piece.end)
        }
    }

    @Test(
        "pieces do not depend on the size of frames",
        .enabled(if: TestData.hasWeights, Comment(rawValue: TestData.noWeights)), arguments: [1, 80, 160, 255, 256, 257, 800])
    func frames(size: Int) throws {
        let model = try TestData.model(), pcm = SyntheticVoice.samples(8_000)
        #expect(judgements(of: pcm, model: model, frame: size) == judgements(of: pcm, model: model))
        #expect(judgements(of: pcm, model: nil, frame: size) == judgements(of: pcm, model: nil))
    }

    @Test("two calls share weights and nothing else", .enabled(if: TestData.hasWeights, Comment(rawValue: TestData.noWeights)))
    func separation() throws {
        let model = try TestData.model()
        var one = VoiceActivityDetector(model: model)
        var other = VoiceActivityDetector(model: model)
        let pcm = SyntheticVoice.samples(8_000), silence = [Int16](repeating: 0, count: 256)
        var mixed: [VoiceJudgement] = []
        for start in stride(from: 0, to: pcm.count - 255, by: 256) {
            var index = 0
            if let piece = one.judge(pcm.span.extracting(start..<start + 256), from: &index) { mixed.append(piece) }
            index = 0
            _ = other.judge(silence.span, from: &index)
        }
        #expect(mixed == judgements(of: pcm, model: model))
    }

    @Test("without the network: 6 dB over the noise floor is voice, bridged for 200 ms") func energy() {
        let noise = { (level: Int, frames: Int, seed: UInt64) in
            var random = SeededGenerator(seed: seed)
            return (0..<frames * 160).map { _ in Int16.random(in: Int16(-level)...Int16(level), using: &random) }
        }
        let judged = judgements(of: noise(300, 50, 1) + noise(3_000, 20, 2) + noise(300, 50, 3), model: nil)
        #expect(judged.count == 120)
        #expect(judged[..<50].allSatisfy { !$0.isVoice })
        // The gap of 10 frames is bridged, and said to be one.
        #expect(judged[50..<80].allSatisfy { $0.isVoice })
        #expect(judged[80...].allSatisfy { !$0.isVoice && $0.voicedUntil == .milliseconds(1_400) })
    }

    @Test("weights that are not there, not all there or not numbers are named in one sentence") func errors() throws {
        let missing = #expect(throws: VoiceActivityModelError.self) { try VoiceActivityModel(contentsOf: "/nowhere/vad.f32") }
        #expect(missing?.description == "voice activity model /nowhere/vad.f32: cannot be opened: No such file or directory")
        let folder = #expect(throws: VoiceActivityModelError.self) { try VoiceActivityModel(contentsOf: "/") }
        #expect(folder?.problem.hasPrefix("cannot be read") == true)
        let short = #expect(throws: VoiceActivityModelError.self) { try VoiceActivityModel(contentsOf: "/dev/null") }
        #expect(short?.problem == "0 bytes, exactly 942596 expected: not these weights, or not all of them")
        let long = #expect(throws: VoiceActivityModelError.self) { try VoiceActivityModel(contentsOf: "/dev/zero") }
        #expect(long?.problem.hasPrefix("more than 942596 bytes") == true)
        var weights = [Float](repeating: 0, count: VoiceActivityModel.weightCount)
        #expect(throws: Never.self) { try VoiceActivityModel(weights: weights) }
        weights[77] = .nan
        #expect(throws: VoiceActivityModelError.self) { try VoiceActivityModel(weights: weights) }
        #expect(throws: VoiceActivityModelError.self) { try VoiceActivityModel(weights: [1, 2, 3]) }
    }

    private func judgements(of pcm: [Int16], model: VoiceActivityModel?, frame: Int = 160) -> [VoiceJudgement] {
        var detector = VoiceActivityDetector(model: model), judged: [VoiceJudgement] = []
        for start in stride(from: 0, to: pcm.count, by: frame) {
            let piece = pcm.span.extracting(start..<min(start + frame, pcm.count))
            var index = 0
            while index < piece.count {
                if let judgement = detector.judge(piece, from: &index) { judged.append(judgement) }
            }
        }
        return judged
    }

    private func utterances(in pcm: [Int16], model: VoiceActivityModel?) -> Int {
        var call = TestCall(model: model)
        call.hears(pcm)
        return call.events.count { if case .speechStarted = $0 { true } else { false } }
    }
}
