import AudioCodec
import StreamingPipeline

/// A carrier that plays what it is sent, without a break as long as it has something, and a loop that ticks every 5 ms.
final class TestCarrier {
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
        playout = Playout(configuration: configuration)
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
            sent.append((now, .frame(first: frame[0], last: frame[frame.count - 1])))
            if now > earEnd, !bytes.isEmpty { silences += 1 }
            for index in frame.indices { bytes.append(frame[index]) }
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

    /// Appends bytes that count upwards, as many as fit.
    @discardableResult
    func append(milliseconds: Int, generation: Int, from first: Int = 0) -> Int {
        let codes = (0..<milliseconds * 8).map { UInt8(truncatingIfNeeded: first + $0 / 8) }
        return playout.append(codes.span, generation: generation)
    }

    func append(_ pcm: [Int16], generation: Int) -> Int { playout.append(pcm.span, generation: generation) }
    @discardableResult func begin(_ generation: Int) -> Bool { playout.begin(generation: generation) }
    func finish(_ generation: Int) { playout.finish(generation: generation) }
    @discardableResult func mark(_ generation: Int) -> PlayoutMark? { playout.mark(generation: generation) }
    @discardableResult func stop(_ generation: Int) -> PlayoutSettlement? { playout.stopPlayback(generation: generation, now: time) }
    func clear() -> [PlayoutSettlement] { playout.clear(now: time) }
    func pause() -> Bool { playout.pause(now: time) }
    func resume() { playout.resume() }
    func heard(_ generation: Int) -> Int? { playout.heard(generation: generation, at: time) }
    func acknowledge(_ mark: PlayoutMark, milliseconds: Int? = nil) -> MarkVerdict {
        playout.acknowledge(mark, now: .milliseconds(milliseconds.map { start + $0 } ?? now))
    }
    var generation: Int? { playout.generation }
    var room: Int { playout.room }
    var queued: Duration { playout.queued }
    var lead: Duration { playout.lead(at: time) }
    var isSpeaking: Bool { playout.isSpeaking(at: time) }
    var isPaused: Bool { playout.isPaused }
    var starvedSince: Duration? { playout.starvedSince }
    var counters: PlayoutCounters { playout.counters }
}
