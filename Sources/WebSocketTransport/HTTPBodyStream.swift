public import EventLoop

/// A reply's body that comes in pieces, for as long as it takes: server-sent events, above all.
///
/// Every call may come from any thread; what one thread writes keeps its order. An idle stream lives on: who must know whether the
/// client is still there writes a heart-beat now and then. Let go without ``end()``, it ends.
public final class HTTPBodyStream: Sendable {
    private let queue: BodyQueue

    init(_ queue: BodyQueue) { self.queue = queue }

    deinit { queue.end() }

    /// The loop of the connection.
    public var loop: EventLoop { queue.loop }

    /// Sends a piece, or queues it behind a reader that is slow.
    ///
    /// Beyond ``TransportLimits/maximumQueuedBytes`` that wait, this piece included, the connection is dropped: who has more to say
    /// at once looks at ``waitingBytes`` first.
    /// - Returns: false, and the piece is dropped, once the client is gone or the stream has ended.
    @discardableResult
    public func write(_ bytes: [UInt8]) -> Bool { queue.write(bytes) }

    /// ``write(_:)-([UInt8])`` in UTF-8.
    @discardableResult
    public func write(_ text: String) -> Bool { queue.write(Array(text.utf8)) }

    /// The body is complete; the connection serves its next request. Idempotent.
    public func end() { queue.end() }

    /// Whether a piece would still be taken.
    public var isOpen: Bool { queue.isOpen }

    /// Bytes that the socket has not taken yet.
    public var waitingBytes: Int { queue.waitingBytes }
}
