import AudioCodec

/// Cuts the silence around a clause while it is being made: 20 ms stay in front, 100 ms behind.
///
/// Works in windows of 10 ms. Silence inside a clause is held back past 100 ms until sound follows it.
struct SilenceTrimmer {
    /// A window below this is silent.
    private static let thresholdDBFS = -50.0
    private let window: Int
    private let leading: Int
    private let trailing: Int

    /// Less than a window, waiting for the rest of it.
    private var partial: [Int16] = []
    /// Silence that may be the end: held until sound comes.
    private var held: [Int16] = []
    private var hasSound = false
    /// Silence given out since the last sound.
    private var given = 0

    /// - Parameter samplesPerSecond: of the audio that comes.
    init(samplesPerSecond: Int) {
        window = samplesPerSecond / 100
        leading = samplesPerSecond / 50
        trailing = samplesPerSecond / 10
    }

    mutating func process(_ samples: some Collection<Int16>, appendTo output: inout [Int16]) {
        partial += samples
        var start = 0
        while partial.count - start >= window {
            judge(partial[start..<start + window], appendTo: &output)
            start += window
        }
        partial.removeFirst(start)
    }

    /// The clause is over: what is held back is not spoken.
    mutating func finish(appendTo output: inout [Int16]) {
        if !partial.isEmpty { judge(partial[...], appendTo: &output) }
        partial.removeAll()
        held.removeAll()
    }

    private mutating func judge(_ window: ArraySlice<Int16>, appendTo output: inout [Int16]) {
        if Level.dBFS(window.span) >= Self.thresholdDBFS {
            output += hasSound ? held[...] : held.suffix(leading)
            output += window
            held.removeAll(keepingCapacity: true)
            (hasSound, given) = (true, 0)
        } else if hasSound, given < trailing {
            let now = min(trailing - given, window.count)
            output += window.prefix(now)
            held += window.dropFirst(now)
            given += now
        } else {
            held += window
            if !hasSound, held.count > leading { held.removeFirst(held.count - leading) }
        }
    }
}
