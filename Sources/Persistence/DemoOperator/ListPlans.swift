import Orchestrator

/// `list_plans {}` → `ok {names}`, separated by commas, in the order in which they are offered.
struct ListPlans: Tool {
    let desk: OperatorDesk
    var name: String { "list_plans" }
    var hasSideEffects: Bool { false }

    func run(_ call: ToolCall) async throws(ToolError) -> ToolResult {
        try await desk.read(name) { db in ToolResult(values: ["names": try OperatorDesk.planNames(in: db)]) }
    }
}
