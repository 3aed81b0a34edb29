import AudioCodec
import StreamingPipeline
import Testing

/// Runs a test once for each format that a leg may have, with ``TestCarrier/format`` set.
struct EveryFormat: TestTrait, SuiteTrait, TestScoping {
    static let formats = [PlayoutFormat.telephone] + SampleRate.allCases.map { PlayoutFormat(.pcm, $0) }
    var isRecursive: Bool { true }
    func provideScope(for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void) async throws {
        guard testCase != nil else { return try await function() }
        for format in Self.formats { try await TestCarrier.$format.withValue(format) { try await function() } }
    }
}

extension Trait where Self == EveryFormat {
    static var everyFormat: EveryFormat { EveryFormat() }
}

/// A carrier that plays what it is sent, without a break as long as it has something, and a loop that ticks every 5 ms.
///
/// Whatever the format, tests speak of codes: one byte, 8 a millisecond. A code of PCM is a run of samples of the same value.
final class TestCarrier {
    @TaskLocal static var format = PlayoutFormat.telephone
    private let format = TestCarrier.format
    /// Samples a code.
    private var scale: Int { format.sampleRate.hertz / 8_000 }

    enum Sent: Equatable { case frame(first: UInt8, last: UInt8), mark(PlayoutMark) }

    private var playout: Playout
    /// The monotonic clock, in ms; an odd start, because none begins at zero.
    private(set) var now: Int
    let start: Int
    private(set) var sent: [(at: Int, what: Sent)] = []
    /// When the ear will have played everything, and how often it fell silent in between.
    private(set) var earEnd: Int
    private(set) var silences = 0
    private(set) var bytes: [UInt8] = []
    /// The most that was ever ahead of the ear, in ms.
    private(set) var mostAhead = 0
    /// Frames that are taken before the transport chokes.
    var roomForFrames = Int.max

    init(_ configuration: PlayoutConfiguration = PlayoutConfiguration(), start: Int = 123_457) {
        playout = Playout(configuration: configuration, format: Self.format)
        (now, self.start, earEnd) = (start, start, start)
    }

    var time: Duration { .milliseconds(now) }
    /// Times of the frames, in ms after the start.
    var frameTimes: [Int] { sent.filter { if case .frame = $0.what { true } else { false } }.map { $0.at - start } }
    var marks: [PlayoutMark] { sent.compactMap { if case .mark(let mark) = $0.what { mark } else { nil } } }

    /// Lets time pass in one go, as a loop that is stuck does, then ticks once.
    func stall(milliseconds: Int) {
        now += milliseconds
        tick()
    }

    /// Ticks every 5 ms.
    func run(milliseconds: Int) {
        for _ in 0..<milliseconds / 5 {
            tick()
            now += 5
        }
    }

    func tick() {
        playout.tick(now: time) { frame in
            guard roomForFrames > 0 else { return false }
            roomForFrames -= 1
            let codes = codes(in: frame)
            sent.append((now, .frame(first: codes[0], last: codes[159])))
            if now > earEnd, !bytes.isEmpty { silences += 1 }
            bytes += codes
            earEnd = max(earEnd, now) + 20
            mostAhead = max(mostAhead, earEnd - now)
            return true
        } mark: { mark in
            guard roomForFrames > 0 else { return false }
            sent.append((now, .mark(mark)))
            return true
        }
    }

    /// Obeys a `clear`.
    func carrierClears() { earEnd = now }

    /// Codes of a frame; silence is what µ-law has for it.
    private func codes(in frame: Span<UInt8>) -> [UInt8] {
        precondition(frame.count == format.frameBytes, "a frame of \(frame.count) bytes")
        return (0..<160).map { index in
            guard format.encoding == .pcm else { return frame[index] }
            let at = index * scale * 2, sample = Int16(bitPattern: UInt16(frame[at]) | UInt16(frame[at + 1]) << 8)
            return sample == 0 ? MuLaw.silence : UInt8(sample - 1)
        }
    }

    /// Appends codes that count upwards, as many as fit.
    @discardableResult
    func append(milliseconds: Int, generation: Int, from first: Int = 0) -> Int {
        let codes = (0..<milliseconds * 8).map { UInt8(truncatingIfNeeded: first + $0 / 8) }
        if format.encoding == .muLaw { return playout.append(codes.span, generation: generation) }
        let samples = codes.flatMap { [Int16](repeating: Int16($0) + 1, count: scale) }
        return playout.append(samples.span, generation: generation) / scale
    }

    func append(_ pcm: [Int16], generation: Int) -> Int { playout.append(pcm.span, generation: generation) }
    func report(milliseconds: Int, generation: Int) -> MarkVerdict {
        scaled(playout.report(samples: milliseconds * 8 * scale, generation: generation, now: time))
    }
    func takeMark(heardBy milliseconds: Int, upTo limit: Int? = nil, of generation: Int = 1) -> PlayoutMark? {
        playout.takeMark(heardBy: .milliseconds(start + milliseconds), upTo: limit.map { (generation, $0 * 8 * scale) })
    }
    private func scaled(_ verdict: MarkVerdict) -> MarkVerdict {
        if case .heard(let samples) = verdict { .heard(samples: samples / scale) } else { verdict }
    }
    private func scaled(_ settlement: PlayoutSettlement) -> PlayoutSettlement {
        var settlement = settlement
        (settlement.sent, settlement.heard, settlement.dropped) = (settlement.sent / scale, settlement.heard / scale, settlement.dropped / scale)
        return settlement
    }
    @discardableResult func begin(_ generation: Int) -> Bool { playout.begin(generation: generation) }
    func finish(_ generation: Int) { playout.finish(generation: generation) }
    @discardableResult func mark(_ generation: Int) -> PlayoutMark? { playout.mark(generation: generation) }
    @discardableResult func stop(_ generation: Int) -> PlayoutSettlement? {
        playout.stopPlayback(generation: generation, now: time).map(scaled)
    }
    func clear() -> [PlayoutSettlement] { playout.clear(now: time).map(scaled) }
    func pause() -> Bool { playout.pause(now: time) }
    func resume() { playout.resume() }
    func heard(_ generation: Int) -> Int? { playout.heard(generation: generation, at: time).map { $0 / scale } }
    func acknowledge(_ mark: PlayoutMark, milliseconds: Int? = nil) -> MarkVerdict {
        scaled(playout.acknowledge(mark, now: .milliseconds(milliseconds.map { start + $0 } ?? now)))
    }
    var generation: Int? { playout.generation }
    var room: Int { playout.room / scale }
    var queued: Duration { playout.queued }
    var lead: Duration { playout.lead(at: time) }
    var isSpeaking: Bool { playout.isSpeaking(at: time) }
    var isPaused: Bool { playout.isPaused }
    var starvedSince: Duration? { playout.starvedSince }
    var counters: PlayoutCounters { playout.counters }
}
