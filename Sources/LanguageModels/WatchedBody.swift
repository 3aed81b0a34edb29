import HTTPTransport
import Orchestrator

/// An answer's body, read by somebody whose waits have deadlines. Let go, it ends the request.
final class WatchedBody: Sendable {
    private let body: HTTPBody
    private let watch: StallWatch

    /// - Parameter step: a deadline that is nearer than this when it is set is met late.
    init(_ body: HTTPBody, _ clock: TurnClock, step: Duration) {
        self.body = body
        watch = StallWatch(clock, step: step)
        watch.start { body.cancel() }
    }
    deinit { cancel() }

    /// The next piece; `nil` at the end.
    /// - Parameter deadline: on the clock. Whoever misses it is cut off.
    /// - Throws: ``WireFault``: `timedOut`, `cancelled`, or ``WireFault/cutOff``.
    func next(by deadline: Duration) async throws(WireFault) -> [UInt8]? {
        watch.wait(until: deadline)
        defer { watch.rest() }
        var pieces = body.makeAsyncIterator()
        do throws(HTTPError) { return try await pieces.next() } catch {
            switch error.code {
            case .cancelled where watch.hasFired, .timedOut: throw WireFault(.timedOut, "no more of the answer in time")
            case .cancelled: throw WireFault(.cancelled, "")
            default: throw .cutOff
            }
        }
    }

    /// Nothing more is wanted. Idempotent.
    func cancel() {
        watch.stop()
        body.cancel()
    }
}
