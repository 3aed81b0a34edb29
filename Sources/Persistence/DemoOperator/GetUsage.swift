import GRDB
import Orchestrator

/// `get_usage {customer_id}` → `ok`: what was used of the month's data, and when it starts anew. Of an unlimited plan, allowance
/// and rest are 0 and `unlimited` is `true`.
struct GetUsage: Tool {
    let desk: OperatorDesk
    var name: String { "get_usage" }
    var hasSideEffects: Bool { false }

    func run(_ call: ToolCall) async throws(ToolError) -> ToolResult {
        let id = try OperatorDesk.argument("customer_id", of: call, tool: name)
        let month = desk.today.month
        return try await desk.read(name) { [name] db in
            let plan = try OperatorDesk.customer(id, in: db, tool: name).plan
            let used =
                try Int.fetchOne(
                    db.cachedStatement(sql: "SELECT data_used_mb FROM operator_usage WHERE customer_id = ? AND month = ?"),
                    arguments: [id, month.description]) ?? 0
            let allowance = plan.allowanceMB ?? 0
            return ToolResult(values: [
                "plan": plan.name, "data_used_mb": String(used), "data_allowance_mb": String(allowance),
                "data_left_mb": String(max(0, allowance - used)), "unlimited": String(plan.allowanceMB == nil),
                "resets_on": CivilDate(month: month.advanced(by: 1), day: 1).description,
            ])
        }
    }
}
