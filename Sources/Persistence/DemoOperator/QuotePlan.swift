import Orchestrator

/// `quote_plan {customer_id, plan}` → `ok` with the plan's monthly price and what it costs more (or, negative, less) than the
/// present one; `same_plan`, or `unknown_plan` with the `names` there are.
struct QuotePlan: Tool {
    let desk: OperatorDesk
    var name: String { "quote_plan" }
    var hasSideEffects: Bool { false }

    func run(_ call: ToolCall) async throws(ToolError) -> ToolResult {
        let id = try OperatorDesk.argument("customer_id", of: call, tool: name)
        let wanted = try OperatorDesk.argument("plan", of: call, tool: name)
        return try await desk.read(name) { [name] db in
            let current = try OperatorDesk.customer(id, in: db, tool: name).plan
            guard let plan = try OperatorDesk.plan(wanted, in: db) else {
                return ToolResult(outcome: "unknown_plan", values: ["names": try OperatorDesk.planNames(in: db)])
            }
            guard plan.name != current.name else { return ToolResult(outcome: "same_plan", values: ["plan": plan.name]) }
            return ToolResult(values: [
                "plan": plan.name, "price_micro": String(plan.priceMicro), "data_allowance_mb": String(plan.allowanceMB ?? 0),
                "unlimited": String(plan.allowanceMB == nil), "current_plan": current.name,
                "difference_micro": String(plan.priceMicro - current.priceMicro),
            ])
        }
    }
}
