import GRDB
import Orchestrator

/// `find_customer {phone}` → `ok` with who it is, or `not_found`.
///
/// A number without its first digits is enough, as long as seven are left and one customer has them.
struct FindCustomer: Tool {
    let desk: OperatorDesk
    var name: String { "find_customer" }
    var hasSideEffects: Bool { false }

    func run(_ call: ToolCall) async throws(ToolError) -> ToolResult {
        let phone = PhoneNumber(try OperatorDesk.argument("phone", of: call, tool: name))
        guard let lastDigits = phone.lastDigits else { return ToolResult(outcome: "not_found") }
        return try await desk.read(name) { db in
            let rows = try Row.fetchAll(
                db.cachedStatement(
                    sql: """
                        SELECT id, name, first_name, plan, account_number, phone FROM operator_customers WHERE phone_last_digits = ?
                        """), arguments: [lastDigits]
            ).filter { phone.matches(PhoneNumber($0["phone"])) }
            guard rows.count == 1, let row = rows.first else { return ToolResult(outcome: "not_found") }
            return ToolResult(values: [
                "customer_id": row["id"], "name": row["name"], "first_name": row["first_name"], "plan": row["plan"],
                "account_number": row["account_number"],
            ])
        }
    }
}
