public import Orchestrator
import Synchronization

/// A language model that answers as written, on a clock that is handed in.
public final class ScriptedModel: LanguageModel {
    public enum Step: Sendable {
        case text(String)
        case usage(ModelUsage)
        case wait(Duration)
        case fail(ModelError.Code)
        /// For ever, unless cancelled.
        case hang
    }
    public let name: String
    public let price: ModelPrice
    private struct State {
        var scripts: [[Step]]
        var prompts: [ModelPrompt] = []
        var warmUps = 0
    }
    private let state: Mutex<State>
    private let sleep: @Sendable (Duration) async throws -> Void

    /// - Parameter scripts: one an answer; the last one is for all that follow.
    public init<C: Clock>(_ name: String, price: ModelPrice = .free, clock: C, scripts: [[Step]]) where C.Duration == Duration {
        (self.name, self.price) = (name, price)
        state = Mutex(State(scripts: scripts))
        sleep = { try await clock.sleep(until: clock.now.advanced(by: $0), tolerance: nil) }
    }

    public convenience init<C: Clock>(_ name: String, price: ModelPrice = .free, clock: C, _ scripts: [Step]...) where C.Duration == Duration {
        self.init(name, price: price, clock: clock, scripts: scripts)
    }

    /// What it was asked.
    public var prompts: [ModelPrompt] { state.withLock { $0.prompts } }
    public var warmUps: Int { state.withLock { $0.warmUps } }

    public func warmUp() async { state.withLock { $0.warmUps += 1 } }

    public func answer(_ prompt: ModelPrompt, within: Duration) async throws(ModelError) -> ModelAnswer {
        let script = state.withLock { state in
            state.prompts.append(prompt)
            return state.scripts.count > 1 ? state.scripts.removeFirst() : state.scripts.first ?? []
        }
        let meter = UsageMeter(prompt), rest = Mutex(script[...])
        let next: @Sendable () -> Step? = { rest.withLock { $0.popFirst() } }
        return ModelAnswer(meter: meter) { [self] () async throws(ModelError) in
            while let step = next() {
                switch step {
                case .text(let text):
                    meter.count(text)
                    return .text(text)
                case .usage(let usage):
                    meter.report(usage)
                    return .usage(usage)
                case .wait(let time): try await pause(time)
                case .hang: try await pause(.seconds(1 << 30))
                case .fail(let code): throw ModelError(code, engine: name)
                }
            }
            return nil
        }
    }

    private func pause(_ time: Duration) async throws(ModelError) {
        do { try await sleep(time) } catch { throw ModelError(.cancelled, engine: name) }
    }
}
