import EventLoop

/// What lies between the writer of a streamed body, on any thread, and its connection, on the loop. Bounded in bytes.
final class BodyQueue: Sendable {
    /// What the connection is to do, on the loop.
    enum Need {
        /// Take what is there.
        case flush
        /// The reader is too slow: drop it.
        case overflow
    }

    private struct State {
        var pending: [UInt8] = []
        /// Bytes that the connection took, and the socket did not.
        var unsent = 0
        /// The writer has said all.
        var isEnded = false
        /// The connection has no more use for it.
        var isOver = false
        /// The loop has been asked, and will find what is added now.
        var isFlushDue = false
        var closed: (@Sendable () -> Void)?
    }

    let loop: EventLoop
    private let limit: Int
    private let attend: @Sendable (Need) -> Void
    private let state: PosixMutex<State>

    /// - Parameters:
    ///   - limit: bytes that may wait.
    ///   - closed: called once, on the loop in a turn of its own; where it was called from when the loop is ending.
    ///   - attend: called on the loop.
    init(loop: EventLoop, limit: Int, closed: @escaping @Sendable () -> Void, attend: @escaping @Sendable (Need) -> Void) {
        (self.loop, self.limit, self.attend) = (loop, limit, attend)
        var state = State()
        state.closed = closed
        self.state = PosixMutex(state)
    }

    var isOpen: Bool { state.withLock { !$0.isEnded && !$0.isOver } }
    var waitingBytes: Int { state.withLock { $0.pending.count + $0.unsent } }

    // MARK: The writer

    func write(_ bytes: [UInt8]) -> Bool {
        var isTaken = true
        let need = state.withLock { state -> Need? in
            guard !state.isEnded, !state.isOver else {
                isTaken = false
                return nil
            }
            guard state.pending.count + state.unsent + bytes.count <= limit else {
                isTaken = false
                state.isEnded = true
                state.pending = []
                return .overflow
            }
            state.pending += bytes
            return Self.flush(&state)
        }
        if let need { ask(need) }
        return isTaken
    }

    func end() {
        let need = state.withLock { state -> Need? in
            guard !state.isEnded, !state.isOver else { return nil }
            state.isEnded = true
            return Self.flush(&state)
        }
        if let need { ask(need) }
    }

    private static func flush(_ state: inout State) -> Need? {
        guard !state.isFlushDue else { return nil }
        state.isFlushDue = true
        return .flush
    }

    private func ask(_ need: Need) {
        if loop.isOnLoop { return attend(need) }
        // Refused by a loop that has too much to do: the connection's sweep finds what waits.
        loop.post { [self] in attend(need) }
    }

    // MARK: The connection

    /// What is there, and whether it is the last.
    func take() -> (bytes: [UInt8], isLast: Bool) {
        state.withLock { state in
            state.isFlushDue = false
            defer { state.pending = [] }
            return (state.pending, state.isEnded)
        }
    }

    /// - Parameter count: bytes that the socket has not taken.
    func hold(_ count: Int) { state.withLock { $0.unsent = count } }

    /// Nothing more is taken; the writer's side is told. Idempotent.
    func finish() {
        let closed = state.withLock { state in
            state.isOver = true
            state.pending = []
            state.unsent = 0
            defer { state.closed = nil }
            return state.closed
        }
        // Never from inside the writer's own call.
        if let closed, !loop.post(closed) { closed() }
    }
}
