import AudioCodec

/// What a listener says that it has heard, where it says so itself, and what the clock says where it does not.
extension Playout {
    /// Judges a listener's report: so many samples of the reply were played by its ear.
    ///
    /// Believed only as far as the clock allows (FIELD 4). From then on the reply counts as heard up to the report and what has passed
    /// since, but never further than the clock says.
    public mutating func report(samples: Int, generation: Int, now: Duration) -> MarkVerdict {
        guard let index = replies.lastIndex(where: { $0.generation == generation && !$0.isStopped }), samples >= 0 else { return .unknown }
        let reply = replies[index], slack = format.sampleRate.samples(in: Self.markTolerance)
        guard samples <= clockPosition(of: reply, at: now) - reply.start + slack else {
            counters.implausibleMarks += 1
            return .implausible
        }
        let before = reply.reported?.position ?? reply.start
        replies[index].reported = (max(before, min(reply.start + samples, head)), now)
        return .heard(samples: samples)
    }

    /// Takes a mark that the ear has passed by `time` and that was not acknowledged.
    /// - Parameter limit: only up to this sample of its reply; `nil` for no limit.
    /// - Returns: `nil` when there is none.
    public mutating func takeMark(heardBy time: Duration, upTo limit: (generation: Int, samples: Int)? = nil) -> PlayoutMark? {
        let index = marks.firstIndex { mark in
            guard let hearable = mark.hearable, hearable <= time else { return false }
            guard let limit else { return true }
            guard mark.mark.generation == limit.generation else { return mark.mark.generation < limit.generation }
            let start = replies.last { $0.generation == limit.generation }?.start
            return mark.position - (start ?? mark.position) <= limit.samples
        }
        return index.map { marks.remove(at: $0).mark }
    }
}
