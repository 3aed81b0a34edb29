import EventLoop

/// Waits for a name's addresses, but neither beyond the request's deadline nor after its cancellation: a look-up under way cannot be
/// broken off, and goes on for those who ask next.
final class NameWait: Sendable {
    enum Outcome: Sendable {
        case answered(Resolver.Answer)
        case timedOut, cancelled
    }
    private struct State {
        var continuation: CheckedContinuation<Outcome, Never>?
        var outcome: Outcome?
    }
    private let state = PosixMutex(State())

    /// - Parameter deadline: on ``EventLoop/now``.
    static func addresses(of host: String, from resolver: Resolver, by deadline: Duration, on loop: EventLoop) async -> Outcome {
        if let known = resolver.known(host) { return .answered(known) }
        let wait = NameWait()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                guard wait.open(continuation) else { return }
                Task {
                    do throws(ResolveError) {
                        wait.settle(.answered(.success(try await resolver.addresses(for: host))))
                    } catch { wait.settle(.answered(.failure(error))) }
                }
                let isTimed = loop.post { [loop] in
                    loop.after(max(.zero, deadline - EventLoop.now)) { wait.settle(.timedOut) }
                }
                if !isTimed { wait.settle(.cancelled) }
            }
        } onCancel: {
            wait.settle(.cancelled)
        }
    }

    /// - Returns: false when it was settled before anybody waited.
    private func open(_ continuation: CheckedContinuation<Outcome, Never>) -> Bool {
        let early = state.withLock { state in
            if state.outcome == nil { state.continuation = continuation }
            return state.outcome
        }
        guard let early else { return true }
        continuation.resume(returning: early)
        return false
    }

    /// The first outcome counts.
    private func settle(_ outcome: Outcome) {
        let waiting = state.withLock { state -> CheckedContinuation<Outcome, Never>? in
            guard state.outcome == nil else { return nil }
            state.outcome = outcome
            defer { state.continuation = nil }
            return state.continuation
        }
        waiting?.resume(returning: outcome)
    }
}
