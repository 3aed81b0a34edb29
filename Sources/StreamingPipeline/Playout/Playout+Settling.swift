import AudioCodec

/// What was heard, and how a reply ends before its time.
extension Playout {
    /// Whether audio leaves or is still being played.
    public func isSpeaking(at now: Duration) -> Bool {
        !isPaused && (clock.isPlaying(at: now, sent: sent) || replies.contains { !$0.isStopped && head < ($0.end ?? ring.tail) })
    }

    /// Audio that waits.
    public var queued: Duration { format.sampleRate.duration(samples: ring.tail - head) }

    /// How far the audio that left is ahead of the ear.
    public func lead(at now: Duration) -> Duration {
        guard let end = clock.end(of: sent) else { return .zero }
        return max(.zero, end - now)
    }

    /// Samples of a reply that the ear has played, by the clock: what credits a segment whose mark did not come back.
    /// - Returns: `nil` when the reply is settled or was never begun.
    public func heard(generation: Int, at now: Duration) -> Int? {
        replies.last { $0.generation == generation }.map { heardPosition(of: $0, at: now) - $0.start }
    }

    /// Judges a mark that the carrier sent back. One that cannot be true yet is kept: the clock will say when it is (``takeMark(heardBy:upTo:)``).
    public mutating func acknowledge(_ mark: PlayoutMark, now: Duration) -> MarkVerdict {
        let known = marks.firstIndex { $0.mark.number == mark.number && $0.mark.generation == mark.generation }
        guard let index = known else { return mark.epoch < epoch && mark.number <= markNumber ? .flushed : .unknown }
        guard marks[index].mark.epoch == mark.epoch, let hearable = marks[index].hearable else {
            return mark.epoch < epoch ? .flushed : .unknown
        }
        guard now >= hearable - Self.markTolerance else {
            counters.implausibleMarks += 1
            return .implausible
        }
        let position = marks.remove(at: index).position
        let start = replies.last { $0.generation == mark.generation }?.start
        return .heard(samples: position - (start ?? position))
    }

    /// Ends a reply: after this returns nothing of it is handed out.
    /// - Returns: what became of it; `nil` when it is settled already or was never begun.
    public mutating func stopPlayback(generation: Int, now: Duration) -> PlayoutSettlement? {
        guard let index = replies.lastIndex(where: { $0.generation == generation && !$0.isStopped }) else { return nil }
        latest = max(latest, now)
        isPaused = false
        let settlement = settle(index)
        if settlement.needsCarrierClear { carrierCleared() }
        drop(index)
        return settlement
    }

    /// Ends everything.
    /// - Returns: what became of each reply, oldest first.
    public mutating func clear(now: Duration) -> [PlayoutSettlement] {
        latest = max(latest, now)
        isPaused = false
        let settlements = replies.indices.filter { !replies[$0].isStopped }.map { settle($0) }
        if settlements.contains(where: \.needsCarrierClear) { carrierCleared() }
        while !replies.isEmpty { drop(replies.count - 1) }
        marks.removeAll(keepingCapacity: true)
        return settlements
    }

    /// Holds the reply where the ear is: the first stage of a barge-in. What left and was not heard is kept and will be
    /// said again, its marks with it.
    /// - Returns: whether the carrier still holds audio and must be sent a `clear`.
    public mutating func pause(now: Duration) -> Bool {
        latest = max(latest, now)
        guard !isPaused else { return false }
        isPaused = true
        (starvedSince, isDry) = (nil, false)
        guard clock.isPlaying(at: latest, sent: sent) else { return false }
        let unheard = replies.firstIndex { !$0.isStopped && heardPosition(of: $0, at: latest) < min(head, $0.end ?? head) }
        guard let index = unheard else {
            carrierCleared()
            return true
        }
        // Back to a frame's start: up to 20 ms are heard twice, none is lost.
        let begun = replies[index].resumedAt
        let heard = heardPosition(of: replies[index], at: latest) - begun
        carrierCleared()
        head = begun + heard / frameSamples * frameSamples
        for later in index..<replies.count { replies[later].resumedAt = max(head, replies[later].start) }
        for mark in marks.indices where marks[mark].position > head { marks[mark].hearable = nil }
        return true
    }

    /// Goes on after ``pause(now:)`` from where the ear was.
    public mutating func resume() { isPaused = false }

    // MARK: -

    /// A carrier may report a mark at the start of the frame that it sits in.
    static let markTolerance = Frame.duration

    /// Position up to which the ear has played a reply.
    func heardPosition(of reply: Reply, at now: Duration) -> Int {
        let position = clockPosition(of: reply, at: now)
        guard let (reported, at) = reply.reported else { return position }
        return min(position, reported + format.sampleRate.samples(in: max(.zero, now - at)))
    }

    /// The same by the clock alone.
    func clockPosition(of reply: Reply, at now: Duration) -> Int {
        let end = max(reply.resumedAt, min(head, reply.end ?? head))
        guard let offset = reply.offset else { return reply.resumedAt }
        return max(reply.resumedAt, min(end, clock.played(at: now, sent: sent) - offset))
    }

    private func settle(_ index: Int) -> PlayoutSettlement {
        let reply = replies[index]
        let end = reply.end ?? ring.tail, left = max(reply.start, min(head, end))
        let own = marks.filter { $0.mark.generation == reply.generation }
        let heard = heardPosition(of: reply, at: latest)
        return PlayoutSettlement(
            generation: reply.generation, sent: left - reply.start, heard: heard - reply.start, dropped: end - left,
            outstanding: own.compactMap { mark in
                mark.hearable.map { PlayoutSettlement.Outstanding(mark: mark.mark, isHeard: $0 <= latest) }
            },
            pending: own.filter { $0.hearable == nil }.map(\.mark),
            needsCarrierClear: heard < left && clock.isPlaying(at: latest, sent: sent))
    }

    /// Takes a reply and its marks out of the queue.
    mutating func drop(_ index: Int) {
        let reply = replies[index]
        marks.removeAll { $0.mark.generation == reply.generation }
        (starvedSince, isDry) = (nil, false)
        if index == replies.count - 1 {
            ring.truncate(to: max(head, reply.start))
            replies.removeLast()
        } else if head < reply.start {
            replies[index].isStopped = true
        } else {
            head = max(head, reply.end ?? head)
            replies.remove(at: index)
        }
    }

    /// Passes over what was stopped before its turn came.
    mutating func passStoppedReplies() {
        while let index = replies.firstIndex(where: \.isStopped), replies[index].start <= head {
            head = max(head, replies[index].end ?? head)
            replies.remove(at: index)
        }
    }

    /// Removes replies that the ear is through with.
    mutating func forgetHeardReplies() {
        while let first = replies.first, replies.count > 1 || first.end != nil, let end = first.end, end <= head,
            heardPosition(of: first, at: latest) >= end
        {
            replies.removeFirst()
        }
    }

    /// Drops marks that a carrier never sent back, or sent back too early, of replies that are over.
    mutating func forgetOldMarks() {
        let oldest = replies.first?.generation ?? .max
        marks.removeAll { $0.mark.generation < oldest }
    }

    /// The carrier drops what it holds: the ear is silent, and marks that are out come back unheard.
    private mutating func carrierCleared() {
        for index in replies.indices {
            replies[index].resumedAt = heardPosition(of: replies[index], at: latest)
            replies[index].offset = nil
        }
        epoch += 1
        clock.stop()
    }
}
