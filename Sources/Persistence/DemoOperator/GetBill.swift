import GRDB
import Orchestrator

/// `get_bill {customer_id, month?}` → `ok` with the bill of that month, `YYYY-MM`, or the latest one; `not_found` if there is none.
struct GetBill: Tool {
    let desk: OperatorDesk
    var name: String { "get_bill" }
    var hasSideEffects: Bool { false }

    func run(_ call: ToolCall) async throws(ToolError) -> ToolResult {
        let id = try OperatorDesk.argument("customer_id", of: call, tool: name)
        let month = try OperatorDesk.optionalArgument("month", of: call, tool: name)
        if let month, CivilMonth(month) == nil { throw ToolError(.badArgument, tool: name, "month is not YYYY-MM") }
        return try await desk.read(name) { [name] db in
            _ = try OperatorDesk.customer(id, in: db, tool: name)
            let row = try Row.fetchOne(
                db.cachedStatement(
                    sql: """
                        SELECT month, amount_micro, due_on, paid FROM operator_bills
                        WHERE customer_id = ? AND (?2 IS NULL OR month = ?2) ORDER BY month DESC LIMIT 1
                        """), arguments: [id, month])
            guard let row else { return ToolResult(outcome: "not_found") }
            return ToolResult(values: [
                "month": row["month"], "amount_micro": String(row["amount_micro"] as Int), "due_on": row["due_on"],
                "paid": String(row["paid"] as Bool),
            ])
        }
    }
}
