import EventLoop

/// Shares a loop's time between TLS handshakes and everything else: each costs up to a millisecond of arithmetic, and a thousand may
/// come at once. Loop-confined.
final class HandshakeQueue {
    private var spent = Duration.zero
    private var waiting: [HTTPConnection] = []
    private var isServing = false

    /// Of each frame's 20 ms.
    private static let share = Duration.milliseconds(4)

    /// Runs a step of `connection`'s handshake, or remembers to have it served later.
    /// - Returns: nil when it has to wait.
    func step(_ connection: HTTPConnection, _ session: TLSSession) -> TLSSession.Handshake? {
        guard spent < Self.share, isServing || waiting.isEmpty else {
            waiting.append(connection)
            return nil
        }
        let start = EventLoop.now
        defer { spent += EventLoop.now - start }
        return session.shakeHands()
    }

    /// Every 20 ms: the next share, those first who wait longest.
    func tick() {
        spent = .zero
        guard !waiting.isEmpty else { return }
        isServing = true
        let count = waiting.count
        var served = 0
        while served < count, spent < Self.share {
            waiting[served].service()
            served += 1
        }
        waiting.removeSubrange(..<served)
        isServing = false
    }
}
