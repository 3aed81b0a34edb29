/// What a workflow may rely on when it calls a tool: its arguments, outcomes and the values that each outcome brings.
public struct ToolDefinition: Sendable, Equatable {
    public var name: String
    /// Names of arguments that a call must give, and of those it may leave out.
    public var required: [String]
    public var optional: [String]
    /// Value names by outcome, e.g. `["ok": ["amount_micro", "due_on"], "not_found": []]`.
    public var outcomes: [String: [String]]
    /// True when it changes something: run at most once per idempotency key, never cancelled.
    public var hasSideEffects: Bool
    /// How long it may run in all, beyond the turn that started it.
    public var timeout: Duration
    public init(
        name: String, required: [String] = [], optional: [String] = [], outcomes: [String: [String]] = ["ok": []],
        hasSideEffects: Bool = false, timeout: Duration = .seconds(10)
    ) {
        (self.name, self.required, self.optional, self.outcomes) = (name, required, optional, outcomes)
        (self.hasSideEffects, self.timeout) = (hasSideEffects, timeout)
    }
}
