/// Something the operator's systems can do for a workflow. Arguments come from validated slots and facts only.
public protocol Tool: Sendable {
    /// Its name in the domain pack, e.g. `get_usage`.
    var name: String { get }
    /// True when it changes something: called at most once per key, never cancelled by speech.
    var hasSideEffects: Bool { get }
    /// - Parameter call: arguments by name, and the idempotency key under which a repetition returns the first result.
    /// - Throws: ``ToolError``.
    func run(_ call: ToolCall) async throws(ToolError) -> ToolResult
}

public struct ToolCall: Sendable, Equatable {
    public var arguments: [String: String]
    public var idempotencyKey: String
    public init(arguments: [String: String], idempotencyKey: String) { (self.arguments, self.idempotencyKey) = (arguments, idempotencyKey) }
}

/// What a tool answers: an outcome that the workflow branches on (`ok`, `not_found`, …) and flat values.
public struct ToolResult: Sendable, Equatable, Codable {
    public var outcome: String
    /// Integers and decimals as text; money as integer micro-dollars under keys ending in `_micro`; dates as ISO 8601.
    public var values: [String: String]
    public init(outcome: String = "ok", values: [String: String] = [:]) { (self.outcome, self.values) = (outcome, values) }
}

public struct ToolError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: String, Sendable { case badArgument, unavailable, timedOut }
    public var code: Code
    public var tool: String
    public var detail: String
    public init(_ code: Code, tool: String, _ detail: String) { (self.code, self.tool, self.detail) = (code, tool, detail) }
    public var description: String { "\(tool): \(code.rawValue): \(detail)" }
}
