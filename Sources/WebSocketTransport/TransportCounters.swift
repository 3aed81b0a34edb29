import Synchronization

/// What a server, or a client, has seen; written on the loops, read from anywhere.
public final class TransportCounters: Sendable {
    let webSocketsOpened = Atomic<Int>(0)
    let webSocketsOpen = Atomic<Int>(0)
    let upgradesRefused = Atomic<Int>(0)
    let requests = Atomic<Int>(0)
    let requestsRefused = Atomic<Int>(0)
    let requestDeadlines = Atomic<Int>(0)
    let streams = Atomic<Int>(0)
    let streamsDropped = Atomic<Int>(0)
    let handshakes = Atomic<Int>(0)
    let handshakesFailed = Atomic<Int>(0)
    let messagesIn = Atomic<Int>(0)
    let messagesOut = Atomic<Int>(0)
    let sendsRefused = Atomic<Int>(0)
    private let closed = Causes()

    public init() {}

    public struct Snapshot: Sendable, Equatable {
        public var webSocketsOpened = 0, webSocketsOpen = 0, upgradesRefused = 0
        /// HTTP requests that reached a route, and those answered by the transport itself (400, 411, 413, 501 …).
        public var requests = 0, requestsRefused = 0
        /// Connections closed because a head, a body or a reply took too long to come or to be read.
        public var requestDeadlines = 0
        /// Replies whose body came in pieces, and those cut off because the reader was too slow.
        public var streams = 0, streamsDropped = 0
        /// TLS handshakes that came through, and those that did not.
        public var handshakes = 0, handshakesFailed = 0
        public var messagesIn = 0, messagesOut = 0
        /// Messages not taken because the socket was stuck.
        public var sendsRefused = 0
        /// WebSockets closed, by cause.
        public var closed: [WebSocketClosure.Cause: Int] = [:]
    }

    public var snapshot: Snapshot {
        Snapshot(
            webSocketsOpened: webSocketsOpened.load(ordering: .relaxed), webSocketsOpen: webSocketsOpen.load(ordering: .relaxed),
            upgradesRefused: upgradesRefused.load(ordering: .relaxed), requests: requests.load(ordering: .relaxed),
            requestsRefused: requestsRefused.load(ordering: .relaxed), requestDeadlines: requestDeadlines.load(ordering: .relaxed),
            streams: streams.load(ordering: .relaxed), streamsDropped: streamsDropped.load(ordering: .relaxed),
            handshakes: handshakes.load(ordering: .relaxed), handshakesFailed: handshakesFailed.load(ordering: .relaxed),
            messagesIn: messagesIn.load(ordering: .relaxed), messagesOut: messagesOut.load(ordering: .relaxed),
            sendsRefused: sendsRefused.load(ordering: .relaxed), closed: closed.all)
    }

    func opened() {
        webSocketsOpened.add(1, ordering: .relaxed)
        webSocketsOpen.add(1, ordering: .relaxed)
    }

    func closed(_ cause: WebSocketClosure.Cause) {
        webSocketsOpen.subtract(1, ordering: .relaxed)
        closed.count(cause)
    }

    /// One counter a cause.
    private final class Causes: Sendable {
        private final class Counter: Sendable { let value = Atomic<Int>(0) }
        private let counters: [WebSocketClosure.Cause: Counter] = Dictionary(
            uniqueKeysWithValues: WebSocketClosure.Cause.allCases.map { ($0, Counter()) })
        func count(_ cause: WebSocketClosure.Cause) { counters[cause]?.value.add(1, ordering: .relaxed) }
        var all: [WebSocketClosure.Cause: Int] {
            counters.mapValues { $0.value.load(ordering: .relaxed) }.filter { $0.value > 0 }
        }
    }
}

extension Atomic where Value == Int {
    /// A counter: order among counters means nothing.
    @inline(__always)
    func increment() { add(1, ordering: .relaxed) }
}
