import EventLoop

/// The body of a streamed response, in pieces as they came off the wire. For one consumer.
///
/// When the last copy goes before the end, the request is cancelled.
public struct HTTPBody: AsyncSequence, Sendable {
    public typealias Element = [UInt8]
    public typealias Failure = HTTPError

    /// Its end is the consumer's.
    fileprivate final class Lease: Sendable {
        let pipe: BodyPipe
        init(_ pipe: BodyPipe) { self.pipe = pipe }
        deinit { pipe.abandon() }
    }
    private let lease: Lease

    init(_ pipe: BodyPipe) { lease = Lease(pipe) }

    public struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let lease: Lease

        /// - Throws: ``HTTPError``, `cancelled` when the task is.
        public mutating func next(isolation actor: isolated (any Actor)? = #isolation) async throws(HTTPError) -> [UInt8]? {
            try await lease.pipe.next()
        }
        public mutating func next() async throws(HTTPError) -> [UInt8]? { try await lease.pipe.next() }
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(lease: lease) }

    /// Ends the request, whoever is reading: that read throws `cancelled`. After the body's end: nothing.
    public func cancel() { lease.pipe.abandon() }
}

/// Between the loop, which brings bytes, and the consumer, who may be slower: bounded, and the bound holds the transfer up.
final class BodyPipe: BodyDelivery {
    private struct State {
        var chunks: [[UInt8]] = []
        var byteCount = 0
        var isResting = false
        var end: Result<Void, HTTPError>?
        var waiter: CheckedContinuation<Result<[UInt8]?, HTTPError>, Never>?
        var control: TransferControl?
    }
    private let state = PosixMutex(State())
    private let readAhead: Int
    let isAwaitedWhole = false

    init(readAhead: Int) { self.readAhead = readAhead }

    func begin(_ control: TransferControl) { state.withLock { $0.control = control } }

    func receive(_ bytes: UnsafeRawBufferPointer) -> BodyVerdict {
        let chunk = unsafe Array(bytes)
        let waiter = state.withLock { state -> CheckedContinuation<Result<[UInt8]?, HTTPError>, Never>?? in
            if let waiter = state.waiter {
                state.waiter = nil
                return waiter
            }
            if state.byteCount >= readAhead {
                state.isResting = true
                return nil
            }
            state.chunks.append(chunk)
            state.byteCount += chunk.count
            return .some(nil)
        }
        guard let waiter else { return .wait }
        waiter?.resume(returning: .success(chunk))
        return .taken
    }

    func end(_ failure: HTTPError?) {
        let result: Result<Void, HTTPError> = failure.map { .failure($0) } ?? .success(())
        let waiter = state.withLock { state in
            state.end = state.end ?? result
            state.control = nil
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: result.map { nil })
    }

    func next() async throws(HTTPError) -> [UInt8]? {
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                enum Outcome {
                    case chunk([UInt8], resume: TransferControl?)
                    case ended(Result<Void, HTTPError>)
                    case waiting
                }
                let outcome = state.withLock { state -> Outcome in
                    if !state.chunks.isEmpty {
                        let chunk = state.chunks.removeFirst()
                        state.byteCount -= chunk.count
                        guard state.isResting, state.byteCount <= readAhead / 2 else { return .chunk(chunk, resume: nil) }
                        state.isResting = false
                        return .chunk(chunk, resume: state.control)
                    }
                    if let end = state.end { return .ended(end) }
                    precondition(state.waiter == nil, "a body has one consumer")
                    state.waiter = continuation
                    return .waiting
                }
                switch outcome {
                case .chunk(let chunk, let control):
                    control?.resume()
                    continuation.resume(returning: Result<[UInt8]?, HTTPError>.success(chunk))
                case .ended(let end): continuation.resume(returning: end.map { nil })
                case .waiting: break
                }
            }
        } onCancel: {
            abandon()
        }
        return try result.get()
    }

    /// Nobody wants the rest.
    func abandon() {
        let control = state.withLock { $0.control }
        control?.cancel()
    }
}
