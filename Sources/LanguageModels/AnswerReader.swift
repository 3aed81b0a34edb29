import HTTPTransport
import Orchestrator
import Synchronization

/// Reads one answer off its socket as its consumer asks for it. Let go, it ends the request.
final class AnswerReader<Dialect: AnswerDialect>: Sendable {
    private struct State {
        var dialect: Dialect
        var framing = Dialect.framing
        var pending: [ModelPiece] = []
        var textBytes = 0
        var hasMessage = false
        /// All is said; what is left is the body's end, with which the connection can serve the next request.
        var isDraining = false
        /// When the wait for the end ends; set once the model has said why it stopped.
        var endBy: Duration?
        var isOver = false
        var failure: WireFault?
    }
    private let state: Mutex<State>
    private let body: WatchedBody
    private let meter: UsageMeter
    private let clock: TurnClock
    private let firstTextBy: Duration
    private let betweenPieces: Duration
    private let fail: @Sendable (WireFault) -> ModelError

    /// Bytes of text that one answer may have.
    private static var maximumTextBytes: Int { 65_536 }
    /// From the reason why the model stopped to the body's end: counts come in between. Who is late is cut off, and it is no error.
    private static var endTime: Duration { .milliseconds(500) }
    private static var watchStep: Duration { .milliseconds(100) }

    /// - Parameters:
    ///   - firstTextBy: on `clock`.
    ///   - fail: names engine, status and request.
    init(
        _ dialect: Dialect, _ body: HTTPBody, _ meter: UsageMeter, _ clock: TurnClock, firstTextBy: Duration, betweenPieces: Duration,
        fail: @escaping @Sendable (WireFault) -> ModelError
    ) {
        state = Mutex(State(dialect: dialect))
        (self.meter, self.clock, self.fail) = (meter, clock, fail)
        (self.firstTextBy, self.betweenPieces) = (firstTextBy, betweenPieces)
        self.body = WatchedBody(body, clock, step: min(Self.watchStep, betweenPieces))
    }

    /// The next piece; `nil` at the end and ever after.
    func pull() async throws(ModelError) -> ModelPiece? {
        while true {
            let (piece, isOver, failure) = state.withLock { state -> (ModelPiece?, Bool, WireFault?) in
                if !state.pending.isEmpty { return (state.pending.removeFirst(), false, nil) }
                defer { if state.isOver { state.failure = nil } }
                return (nil, state.isOver, state.failure)
            }
            if let piece { return piece }
            if let failure { throw fail(failure) }
            if isOver { return nil }
            await readOn()
        }
    }

    private func readOn() async {
        let result: Result<[UInt8]?, WireFault>
        do throws(WireFault) { result = .success(try await body.next(by: deadline())) } catch { result = .failure(error) }
        let isOver = state.withLock { state in
            do throws(WireFault) {
                switch result {
                case .success(let piece?): try take(piece, &state)
                case .success(nil):
                    try takeRest(&state)
                    try conclude(&state)
                case .failure where state.dialect.finish != nil || state.isDraining: try conclude(&state)
                case .failure(let fault): throw fault
                }
            } catch {
                state.failure = error
                state.isOver = true
            }
            return state.isOver
        }
        if isOver { body.cancel() }
    }

    private func deadline() -> Duration {
        let now = clock.elapsed()
        return state.withLock { state in
            if state.isDraining || state.dialect.finish != nil {
                let endBy = state.endBy ?? now + Self.endTime
                state.endBy = endBy
                return endBy
            }
            return state.textBytes > 0 ? now + betweenPieces : firstTextBy
        }
    }

    private func take(_ piece: [UInt8], _ state: inout State) throws(WireFault) {
        guard !state.isDraining else { return }
        var messages: [[UInt8]] = []
        var fault: WireFault?
        do throws(WireFault) { try state.framing.read(piece, appendTo: &messages) } catch { fault = error }
        for message in messages where !state.isDraining { try take(message: message, &state) }
        if let fault, !state.isDraining { throw fault }
    }

    private func takeRest(_ state: inout State) throws(WireFault) {
        guard !state.isDraining else { return }
        var messages: [[UInt8]] = []
        state.framing.end(appendTo: &messages)
        for message in messages where !state.isDraining { try take(message: message, &state) }
    }

    private func take(message: [UInt8], _ state: inout State) throws(WireFault) {
        state.hasMessage = true
        let step = try state.dialect.read(message)
        if let usage = step.usage { meter.report(usage) }
        if !step.text.isEmpty {
            state.textBytes += step.text.utf8.count
            meter.count(step.text)
            guard state.textBytes <= Self.maximumTextBytes else {
                throw WireFault(.truncated, isRetryable: false, "more than \(Self.maximumTextBytes) bytes of text")
            }
            state.pending.append(.text(step.text))
        }
        if step.isLast { state.isDraining = true }
    }

    /// Nothing more comes.
    private func conclude(_ state: inout State) throws(WireFault) {
        guard let finish = state.dialect.finish else {
            throw state.hasMessage ? .cutOff : .malformed("a body without a message")
        }
        state.isOver = true
        state.pending.append(.usage(meter.usage))
        try finish.check()
        guard state.textBytes > 0 else { throw .malformed("an answer without text") }
    }
}
