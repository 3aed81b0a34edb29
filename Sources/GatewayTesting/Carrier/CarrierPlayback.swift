import AudioCodec

/// What Twilio does with the audio we send it: plays it in order at 8 kHz, echoes a mark when playback reaches it, and on
/// `clear` drops what is queued and echoes every outstanding mark at once.
///
/// It only decides; time is media time in samples, moved by ``advance(to:)``. What was played is kept as the agent's track.
/// Source: Twilio Media Streams, bidirectional streams (`mark`, `clear`).
public struct CarrierPlayback: Sendable {
    /// µ-law bytes that wait to be played.
    private var queue: [UInt8] = []
    /// Next byte of `queue` to play.
    private var head = 0
    /// Marks with the queue position (absolute, in bytes received) before which they stand.
    private var marks: [(name: String, at: Int)] = []
    /// Bytes received and not cleared, and bytes played, both since the start.
    private var received = 0, played = 0
    /// The agent's track: what the caller's ear heard, silence where nothing was queued. 8 kHz.
    public private(set) var heard: [Int16] = []
    /// Media time, in samples, of the last sample that was not silence filled in by us.
    public private(set) var lastPlayed: Int?
    /// `clear` messages obeyed.
    public private(set) var clears = 0

    public init() {}

    /// True while audio waits to be played.
    public var isPlaying: Bool { head < queue.count }
    /// Samples that wait.
    public var queued: Int { queue.count - head }
    public var outstandingMarks: Int { marks.count }

    /// Takes one `media` payload.
    public mutating func receive(_ payload: [UInt8]) {
        if head == queue.count { queue.removeAll(keepingCapacity: true); head = 0 }
        queue += payload
        received += payload.count
    }

    /// Takes a `mark`; with nothing queued it comes back at once.
    /// - Returns: its name when it is to be echoed now.
    public mutating func receiveMark(_ name: String) -> String? {
        guard isPlaying else { return name }
        marks.append((name, received))
        return nil
    }

    /// Obeys a `clear`.
    /// - Returns: marks to echo, all of them unheard.
    public mutating func receiveClear() -> [String] {
        clears += 1
        received = played
        queue.removeAll(keepingCapacity: true)
        head = 0
        defer { marks = [] }
        return marks.map(\.name)
    }

    /// Plays up to a media time.
    /// - Parameter sample: samples since the start of the stream; never moves back.
    /// - Returns: marks that playback reached, in order.
    public mutating func advance(to sample: Int) -> [String] {
        var reached: [String] = []
        while heard.count < sample {
            if head < queue.count {
                heard.append(MuLaw.decode(queue[head]))
                head += 1
                played += 1
                lastPlayed = heard.count
                while let first = marks.first, first.at <= played { reached.append(marks.removeFirst().name) }
            } else {
                heard.append(0)
            }
        }
        return reached
    }
}
