import GRDB
import Orchestrator

/// `change_plan {customer_id, plan}` → `ok {plan, price_micro, effective_on}`, `same_plan`, or `unknown_plan` with the `names`
/// there are. The change holds from today.
///
/// The result is kept under the call's idempotency key in the transaction of the change, so that a repetition, after a crash
/// too, returns it and changes nothing (FIELD 15).
struct ChangePlan: Tool {
    let desk: OperatorDesk
    var name: String { "change_plan" }
    var hasSideEffects: Bool { true }

    func run(_ call: ToolCall) async throws(ToolError) -> ToolResult {
        let id = try OperatorDesk.argument("customer_id", of: call, tool: name)
        let wanted = try OperatorDesk.argument("plan", of: call, tool: name)
        let key = call.idempotencyKey
        guard !key.isEmpty else { throw ToolError(.badArgument, tool: name, "the idempotency key is empty") }
        return try await desk.write(name) { [name, now = desk.now(), today = desk.today] db in
            if let first = try Self.firstResult(of: key, customer: id, plan: wanted, in: db, tool: name) { return first }
            let current = try OperatorDesk.customer(id, in: db, tool: name).plan
            let result: ToolResult
            switch try OperatorDesk.plan(wanted, in: db) {
            case nil: result = ToolResult(outcome: "unknown_plan", values: ["names": try OperatorDesk.planNames(in: db)])
            case let plan? where plan.name == current.name: result = ToolResult(outcome: "same_plan", values: ["plan": plan.name])
            case let plan?:
                try db.execute(
                    sql: "UPDATE operator_customers SET plan = ?, plan_since = ? WHERE id = ?",
                    arguments: [plan.name, today.description, id])
                result = ToolResult(values: [
                    "plan": plan.name, "price_micro": String(plan.priceMicro), "effective_on": today.description,
                ])
            }
            try db.execute(
                sql: """
                    INSERT INTO operator_plan_changes (idempotency_key, customer_id, from_plan, requested_plan, result, at_us)
                    VALUES (?, ?, ?, ?, ?, ?)
                    """,
                arguments: [key, id, current.name, wanted, try JSONText.encode(result), now.microseconds])
            return result
        }
    }

    /// - Throws: ``ToolError``, `badArgument` when the key belongs to a different request.
    private static func firstResult(
        of key: String, customer: String, plan: String, in db: Database, tool: String
    ) throws -> ToolResult? {
        let row = try Row.fetchOne(
            db, sql: "SELECT customer_id, requested_plan, result FROM operator_plan_changes WHERE idempotency_key = ?", arguments: [key])
        guard let row else { return nil }
        guard row[0] == customer, row[1] == plan else {
            throw ToolError(.badArgument, tool: tool, "the idempotency key belongs to another request")
        }
        return try JSONText.decode(ToolResult.self, from: row[2])
    }
}
