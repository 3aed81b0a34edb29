/// What arrives of one Opus stream, turned into samples without a hole: what was lost is recovered from the packet after it, or
/// concealed.
///
/// Works on a call's event loop; allocates nothing after `init`.
@safe public struct OpusReceiver: ~Copyable {
    /// What it had to do so far, in packets.
    public struct Counters: Sendable, Equatable {
        public var decoded = 0
        /// Bytes that were no packet.
        public var refused = 0
        /// Lost ones that were read from the packet after them, or that the library made up.
        public var recovered = 0, concealed = 0
        /// Lost ones beyond ``maximumGap``: nothing stands for them.
        public var skipped = 0
        public init() {}
    }

    /// Lost audio that is made up at once; what is longer is no pause that a listener takes for speech.
    public static let maximumGap = Duration.milliseconds(200)

    public private(set) var counters = Counters()
    private var decoder: OpusDecoder
    /// Length of the last packet: what a lost one is taken to have been.
    private var packetSamples: Int
    private let pcm: UnsafeMutablePointer<Int16>
    private let capacity: Int

    /// - Throws: ``OpusError``, `outOfMemory`.
    public init(sampleRate: SampleRate) throws(OpusError) {
        decoder = try OpusDecoder(sampleRate: sampleRate)
        packetSamples = sampleRate.samplesPerFrame
        capacity = OpusDecoder.maximumSamples(at: sampleRate)
        unsafe pcm = .allocate(capacity: capacity)
        unsafe pcm.initialize(repeating: 0, count: capacity)
    }

    deinit { unsafe pcm.deallocate() }

    public var sampleRate: SampleRate { decoder.sampleRate }

    /// Takes the next packet that arrived.
    /// - Parameters:
    ///   - lost: packets that are missing before it.
    ///   - emit: receives the samples, in order and in pieces of up to 120 ms; they are gone when it returns.
    /// - Throws: ``OpusError``, `corruptPacket`: nothing was emitted, the next packet may be good.
    public mutating func receive(_ packet: Span<UInt8>, lost: Int = 0, emit: (Span<Int16>) -> Void) throws(OpusError) {
        guard let form = OpusPacket(packet) else {
            counters.refused += 1
            throw OpusError(.corruptPacket, "receiving a packet of \(packet.count) bytes")
        }
        if lost > 0 { makeUp(lost, before: packet, emit: emit) }
        var room = unsafe MutableSpan(_unsafeStart: pcm, count: capacity)
        do {
            let count = try decoder.decode(packet, into: &room)
            counters.decoded += 1
            packetSamples = form.samples(at: sampleRate)
            emit(room.span.extracting(first: count))
        } catch {
            counters.refused += 1
            throw error
        }
    }

    /// Nothing came, and time goes on: the voice fades into silence.
    /// - Parameter samples: how much to make up, in steps of 2.5 ms, at most 120 ms.
    public mutating func fill(samples: Int, emit: (Span<Int16>) -> Void) {
        var room = unsafe MutableSpan(_unsafeStart: pcm, count: capacity)
        do { try decoder.conceal(samples: samples, into: &room) } catch {
            // A length that Opus does not have: plain silence stands for it.
            for index in 0..<min(samples, capacity) { room[index] = 0 }
        }
        emit(room.span.extracting(first: min(samples, capacity)))
    }

    /// Forgets the past: the next packet begins a new stream, and nothing of the old one fades into it.
    public mutating func reset() { decoder.reset() }

    private mutating func makeUp(_ lost: Int, before next: Span<UInt8>, emit: (Span<Int16>) -> Void) {
        let most = max(1, sampleRate.samples(in: Self.maximumGap) / packetSamples), count = min(lost, most)
        counters.skipped += lost - count
        for _ in 0..<count - 1 {
            fill(samples: packetSamples, emit: emit)
            counters.concealed += 1
        }
        var room = unsafe MutableSpan(_unsafeStart: pcm, count: capacity)
        do {
            try decoder.recover(samples: packetSamples, from: next, into: &room)
            counters.recovered += 1
            emit(room.span.extracting(first: packetSamples))
        } catch {
            fill(samples: packetSamples, emit: emit)
            counters.concealed += 1
        }
    }
}
