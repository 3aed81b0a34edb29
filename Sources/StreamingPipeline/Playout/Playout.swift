import AudioCodec

/// What one call says: a bounded queue of audio with marks in it, and the clock that hands it out in frames of 20 ms.
///
/// Confined to the call's event loop. It decides only: time comes in, frames and marks go out, no I/O happens here. A
/// reply carries its turn's generation; what is appended to another than the last one begun is refused, so nothing stale
/// is ever said. Finished replies play out one after the other; beginning a reply drops one that is unfinished.
///
/// Timing is ``PlayoutConfiguration``'s. A late frame leaves at once; one that is more than two frames late sets the
/// clock anew instead of letting a burst follow. `tick` allocates nothing.
/// Everything is counted in samples of the ``format``'s rate; a sample of µ-law is a byte.
@safe public struct Playout: ~Copyable {
    public let configuration: PlayoutConfiguration
    public let format: PlayoutFormat
    public internal(set) var counters = PlayoutCounters()
    /// Stopped in place by ``pause(now:)``.
    public internal(set) var isPaused = false
    /// Since when a reply's next frame is due and not there.
    public internal(set) var starvedSince: Duration?

    let tables = CodecTables.shared
    var ring: PlayoutRing
    var clock: PlayoutClock
    /// Position of the next sample to leave, and all samples that left, silence that filled up last frames included.
    var head = 0, sent = 0
    /// Oldest first. The last one takes audio unless it is finished; earlier ones are finished.
    var replies: [Reply] = []
    /// In order of position: first those that are out, then those that wait.
    var marks: [QueuedMark] = []
    var markNumber = 0, epoch = 0
    var latest = Duration.zero
    var isDry = false
    private let frame: UnsafeMutablePointer<UInt8>
    private let capacity: Int

    /// One turn's audio: positions `start..<end` of the queue.
    struct Reply {
        let generation: Int
        let start: Int
        /// `nil` while more may come.
        var end: Int?
        /// Difference between samples sent and positions, known when its first frame leaves.
        var offset: Int?
        /// Position up to which it was heard before it was paused.
        var resumedAt: Int
        /// What the listener said it had heard, and when.
        var reported: (position: Int, at: Duration)?
        /// Nothing of it leaves any more; it is passed over.
        var isStopped = false
    }

    struct QueuedMark {
        var mark: PlayoutMark
        let position: Int
        /// When the ear gets there; `nil` while it waits to be sent.
        var hearable: Duration?
    }

    /// Samples in a frame, and samples kept behind the head so that a pause can go back to where the ear is.
    let frameSamples: Int, kept: Int
    /// Lateness that sets the clock anew: two frames.
    static let lateLimit = Frame.duration * 2
    /// Replies that may wait or still be in the carrier's buffer.
    static let maximumReplies = 8

    public init(configuration: PlayoutConfiguration = PlayoutConfiguration(), format: PlayoutFormat = .telephone) {
        (self.configuration, self.format, frameSamples) = (configuration, format, format.frameSamples)
        kept = format.sampleRate.samples(in: PlayoutConfiguration.maximumLead)
        capacity = format.sampleRate.samples(in: configuration.capacity)
        ring = PlayoutRing(size: max(frameSamples, capacity) + kept, bytesPerSample: format.bytesPerSample)
        clock = PlayoutClock(startLead: configuration.startLead, fullLead: configuration.fullLead, rate: format.sampleRate)
        replies.reserveCapacity(Self.maximumReplies)
        marks.reserveCapacity(configuration.marks)
        unsafe frame = .allocate(capacity: format.frameBytes)
        unsafe frame.initialize(repeating: 0, count: format.frameBytes)
    }

    deinit { unsafe frame.deallocate() }

    // MARK: Filling

    /// Begins a reply. An unfinished one before it is dropped, finished ones are said first.
    /// - Returns: false, and nothing changes, when the generation is not newer than the last one or too many replies wait.
    @discardableResult
    public mutating func begin(generation: Int) -> Bool {
        forgetHeardReplies()
        guard generation > replies.last?.generation ?? .min, replies.count < Self.maximumReplies else { return false }
        if let last = replies.indices.last, replies[last].end == nil { drop(last) }
        isPaused = false
        replies.append(Reply(generation: generation, start: ring.tail, resumedAt: ring.tail))
        return true
    }

    /// The reply that takes audio.
    public var generation: Int? { replies.last.flatMap { $0.end == nil && !$0.isStopped ? $0.generation : nil } }

    /// The reply that was begun last and is not settled, whether or not it takes audio.
    public var latestGeneration: Int? { replies.last?.generation }

    /// Samples that can be appended now.
    public var room: Int { max(0, capacity - (ring.tail - head)) }

    /// Adds audio to the reply that is in the ``format`` already.
    /// - Parameter bytes: whole samples.
    /// - Returns: samples taken, from the front: fewer than given when the queue is full, none when the reply is not the
    ///   one that takes audio (compare ``generation``).
    public mutating func append(_ bytes: Span<UInt8>, generation: Int) -> Int {
        guard generation == self.generation else { return 0 }
        let count = min(room, bytes.count / format.bytesPerSample)
        return ring.append(bytes.extracting(first: count * format.bytesPerSample), keeping: max(head - kept, replies[0].start))
    }

    /// Adds PCM at the format's rate to the reply; as ``append(_:generation:)-(Span<UInt8>,_)``.
    public mutating func append(_ pcm: Span<Int16>, generation: Int) -> Int {
        guard generation == self.generation else { return 0 }
        let count = min(pcm.count, room), oldest = max(head - kept, replies[0].start)
        guard format.encoding == .muLaw else {
            return unsafe pcm.extracting(first: count).withUnsafeBytes { unsafe ring.append(Span(_unsafeBytes: $0), keeping: oldest) }
        }
        var done = 0
        while done < count {
            let run = min(count - done, frameSamples)
            var codes = unsafe MutableSpan(_unsafeStart: frame, count: run)
            tables.encodeMuLaw(pcm.extracting(done..<done + run), into: &codes)
            done += ring.append(codes.span, keeping: oldest)
        }
        return count
    }

    /// Puts a mark behind what has been appended so far.
    /// - Returns: its number with the epoch that it would leave in now; `nil` when the reply is not the one that takes
    ///   audio or too many marks wait.
    public mutating func mark(generation: Int) -> PlayoutMark? {
        guard generation == self.generation else { return nil }
        if marks.count >= configuration.marks { forgetOldMarks() }
        guard marks.count < configuration.marks else { return nil }
        markNumber += 1
        let mark = PlayoutMark(generation: generation, number: markNumber, epoch: epoch)
        marks.append(QueuedMark(mark: mark, position: ring.tail))
        return mark
    }

    /// No more comes: the last frame is filled up with silence.
    public mutating func finish(generation: Int) {
        guard generation == self.generation else { return }
        replies[replies.count - 1].end = ring.tail
    }

    // MARK: Handing out

    /// Hands out what is due, on every tick of the loop (5 ms).
    ///
    /// The playout is being changed while `send` and `mark` run: they must neither ask it anything nor stop it.
    /// - Parameters:
    ///   - now: the monotonic clock.
    ///   - send: takes a frame of 20 ms in the ``format``, 160 bytes of µ-law; false when the transport is choked, the frame is offered again then.
    ///   - mark: takes a mark, directly behind the frame that holds the last sample before it; false as above.
    /// - Returns: frames sent.
    @discardableResult
    public mutating func tick(
        now: Duration, send: (Span<UInt8>) -> Bool, mark: (PlayoutMark) -> Bool
    ) -> Int {
        latest = max(latest, now)
        guard !isPaused, !replies.isEmpty else { return 0 }
        let wasStarved = starvedSince != nil
        var frames = 0
        while sendMarks(mark) {
            guard let reply = speaking, let count = nextFrame(of: reply) else {
                noteStarvation()
                break
            }
            var lateness = Duration.zero
            var clock = clock
            if clock.isPlaying(at: latest, sent: sent) {
                lateness = latest - clock.due(sent + frameSamples)
                guard lateness >= .zero else { break }
                if lateness > Self.lateLimit { clock.reanchor(at: latest, sent: sent) }
            } else {
                // The ear is silent: between replies as it should be, within one because we were late.
                if replies[reply].offset != nil, let end = clock.end(of: sent) {
                    lateness = latest - end + configuration.fullLead
                }
                clock.start(at: latest, sent: sent)
            }
            guard hand(count, to: send) else {
                counters.chokes += 1
                break
            }
            self.clock = clock
            if replies[reply].offset == nil { replies[reply].offset = sent - head }
            head += count
            sent += frameSamples
            frames += 1
            if !wasStarved, lateness >= Frame.duration { counters.lateFrames += 1 }
            if !wasStarved, lateness > Self.lateLimit { counters.reanchors += 1 }
            (starvedSince, isDry) = (nil, false)
        }
        counters.frames += frames
        return frames
    }

    /// Copies the next frame out, filled up with silence, and offers it.
    private func hand(_ count: Int, to send: (Span<UInt8>) -> Bool) -> Bool {
        let size = format.bytesPerSample
        var bytes = unsafe MutableSpan(_unsafeStart: frame, count: frameSamples * size)
        ring.read(at: head, into: &bytes, count: count)
        let silence = format.encoding == .muLaw ? MuLaw.silence : 0
        for index in count * size..<frameSamples * size { bytes[index] = silence }
        return send(bytes.span)
    }

    /// Offers the marks that the head has reached.
    /// - Returns: false when one was not taken.
    private mutating func sendMarks(_ send: (PlayoutMark) -> Bool) -> Bool {
        passStoppedReplies()
        for index in marks.indices where marks[index].hearable == nil {
            guard marks[index].position <= head else { return true }
            marks[index].mark.epoch = epoch
            guard send(marks[index].mark) else {
                counters.chokes += 1
                return false
            }
            marks[index].hearable = clock.end(of: sent) ?? latest
        }
        return true
    }

    /// The reply whose turn it is.
    private var speaking: Int? { replies.firstIndex { !$0.isStopped && ($0.end.map { head < $0 } ?? true) } }

    /// Samples of the next frame; `nil` when a whole one is not there yet.
    private func nextFrame(of index: Int) -> Int? {
        let available = (replies[index].end ?? ring.tail) - head
        if available >= frameSamples { return frameSamples }
        return replies[index].end == nil ? nil : available
    }

    private mutating func noteStarvation() {
        guard let reply = speaking, replies[reply].end == nil, replies[reply].offset != nil else { return }
        if starvedSince == nil, clock.due(sent + frameSamples) <= latest { starvedSince = latest }
        if !isDry, !clock.isPlaying(at: latest, sent: sent) {
            isDry = true
            counters.underruns += 1
        }
    }
}
