import Synchronization

/// What a conversation begins with, whoever it is with.
public struct ConversationContext: Sendable {
    let domain: PreparedDomain
    let tools: [String: any Tool]
    let state: ConversationState
    let outstanding = OutstandingWork()

    public init(_ domain: PreparedDomain, tools: [any Tool]) {
        self.domain = domain
        self.tools = Dictionary(tools.map { ($0.name, $0) }) { first, _ in first }
        state = ConversationState(pack: domain.pack, facts: [])
    }
}

/// Conversations made ahead, so that many calls at once find them ready. From any thread.
///
/// It is filled again in the background. Who finds it empty makes its own at once: that takes microseconds, less than any wait
/// (`agent.context_pool`; the design allows 0.1 s).
public final class ContextPool: Sendable {
    private struct State {
        var ready: [ConversationContext] = []
        var isFilling = false
        var misses = 0
    }
    private let state: Mutex<State>
    private let capacity: Int
    private let make: @Sendable () -> ConversationContext

    /// - Parameter capacity: contexts that are kept ready; 0 keeps none.
    public init(capacity: Int = 50, _ make: @escaping @Sendable () -> ConversationContext) {
        (self.capacity, self.make) = (capacity, make)
        state = Mutex(State(ready: (0..<capacity).map { _ in make() }))
    }

    public var ready: Int { state.withLock { $0.ready.count } }
    /// Conversations that found none.
    public var misses: Int { state.withLock { $0.misses } }

    public func take() -> ConversationContext {
        let (context, fills) = state.withLock { state in
            let context = state.ready.popLast()
            if context == nil { state.misses += 1 }
            defer { state.isFilling = state.isFilling || capacity > 0 }
            return (context, !state.isFilling && capacity > 0)
        }
        if fills { Task(priority: .utility) { fill() } }
        return context ?? make()
    }

    private func fill() {
        // One at a time, so that nobody who takes one waits behind all of them.
        while state.withLock({ state in
            state.isFilling = state.ready.count < capacity
            return state.isFilling
        }) {
            let context = make()
            state.withLock { $0.ready.append(context) }
        }
    }
}
