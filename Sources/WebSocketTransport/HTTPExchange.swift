import EventLoop

/// One request on its connection, as its responder holds it: nothing that keeps the connection.
final class HTTPExchange: @unchecked Sendable {
    let loop: EventLoop
    private let limit: Int
    /// Which of the connection's requests this is.
    private let number: Int
    /// Touched on the loop only.
    private weak var connection: HTTPConnection?

    init(_ connection: HTTPConnection, number: Int, loop: EventLoop, limit: Int) {
        (self.connection, self.number, self.loop, self.limit) = (connection, number, loop, limit)
    }

    // MARK: On the loop

    func answer(_ reply: HTTPReply) { connection?.answered(reply, exchange: number) }

    /// The route let go of its responder.
    func forget() { connection?.unanswered(HTTPReply(status: 500, "no answer\n"), exchange: number) }

    func begin(_ status: Int, _ headers: HTTPHeaders, _ queue: BodyQueue) {
        guard let connection else { return queue.finish() }
        connection.began(status, headers, queue, exchange: number)
    }

    // MARK: Any thread

    func bodyQueue(closed: @escaping @Sendable () -> Void) -> BodyQueue {
        BodyQueue(loop: loop, limit: limit, closed: closed) { [self] need in
            switch need {
            case .flush: connection?.flush()
            case .overflow: connection?.overflowed(exchange: number)
            }
        }
    }
}
