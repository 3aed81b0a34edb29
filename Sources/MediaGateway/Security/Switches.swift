import Synchronization

/// What an operator can turn off while the gateway runs (DESIGN §6). Safe from any thread; an answer is one load.
public final class Switches: Sendable {
    public enum Name: String, Sendable, CaseIterable {
        /// Calls and chats are answered by the agent; off, callers hear that the service is not available.
        case agent = "agent.enabled"
        /// A language model, if one is configured, may answer in its own words where the pack has none.
        case directModel = "agent.direct_model_fallback"
        /// Calls may move to a better voice.
        case escalation = "escalation.enabled"
        /// Caps are enforced; off, prices are still written down.
        case budgetCheck = "budget.check"
        /// Answers of language models are kept for whoever asks the very same.
        case cache = "cache.enabled"
    }
    private let states: Mutex<[Name: Bool]>
    /// Held while a switch is turned and told, so that what is told last is how it stands.
    private let turning = Mutex<Void>(())
    private let changed: @Sendable (Name, Bool) -> Void

    /// - Parameters:
    ///   - states: at the start; a name that is missing is on.
    ///   - changed: called for each change, after it took effect, in order and one at a time; it must turn no switch.
    public init(_ states: [Name: Bool], changed: @escaping @Sendable (Name, Bool) -> Void) {
        self.states = Mutex(states)
        self.changed = changed
    }

    public subscript(_ name: Name) -> Bool { states.withLock { $0[name] ?? true } }
    public var all: [(name: Name, isOn: Bool)] { Name.allCases.map { ($0, self[$0]) } }

    /// - Returns: whether it was in the other position before.
    @discardableResult public func turn(_ name: Name, _ isOn: Bool) -> Bool {
        turning.withLock { _ in
            let didChange = states.withLock { states in
                defer { states[name] = isOn }
                return (states[name] ?? true) != isOn
            }
            if didChange { changed(name, isOn) }
            return didChange
        }
    }
}
