import struct Foundation.Date
import GRDB
import Orchestrator

/// What the operator's tools share: the database, the day, and how arguments are read. Values are bound, never put into SQL.
struct OperatorDesk: Sendable {
    /// The longest argument, in UTF-8 bytes.
    static let longestArgument = 64

    let database: GatewayDatabase
    let now: @Sendable () -> Date
    var today: CivilDate { CivilDate(now()) }

    struct Plan: Sendable {
        var name: String, priceMicro: Int
        /// `nil` is unlimited.
        var allowanceMB: Int?
    }
    struct Customer: Sendable { var id: String, plan: Plan }

    /// Runs a tool's work, and turns what SQLite says into the tool's error.
    func read<T: Sendable>(_ tool: String, _ body: @escaping @Sendable (Database) throws -> T) async throws(ToolError) -> T {
        do { return try await database.read { db in Result { try body(db) } }.get() } catch { throw Self.toolError(tool, error) }
    }

    func write<T: Sendable>(_ tool: String, _ body: @escaping @Sendable (Database) throws -> T) async throws(ToolError) -> T {
        do { return try await database.write(body) } catch { throw Self.toolError(tool, error) }
    }

    /// - Throws: ``ToolError``, `badArgument` for one that is missing, empty or too long.
    static func argument(_ name: String, of call: ToolCall, tool: String) throws(ToolError) -> String {
        guard let value = try optionalArgument(name, of: call, tool: tool) else {
            throw ToolError(.badArgument, tool: tool, "\(name) is missing")
        }
        return value
    }

    static func optionalArgument(_ name: String, of call: ToolCall, tool: String) throws(ToolError) -> String? {
        guard let value = call.arguments[name], !value.isEmpty else { return nil }
        guard value.utf8.count <= longestArgument else {
            throw ToolError(.badArgument, tool: tool, "\(name) has more than \(longestArgument) bytes")
        }
        return value
    }

    /// - Throws: ``ToolError``, `badArgument` for an unknown customer.
    static func customer(_ id: String, in db: Database, tool: String) throws -> Customer {
        let row = try Row.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT c.id, p.name, p.price_micro, p.data_allowance_mb FROM operator_customers c JOIN operator_plans p ON p.name = c.plan
                    WHERE c.id = ?
                    """), arguments: [id])
        guard let row else { throw ToolError(.badArgument, tool: tool, "customer_id names no customer") }
        return Customer(id: row[0], plan: Plan(name: row[1], priceMicro: row[2], allowanceMB: row[3]))
    }

    /// A plan by its name, whatever its case.
    static func plan(_ name: String, in db: Database) throws -> Plan? {
        try Row.fetchOne(
            db.cachedStatement(sql: "SELECT name, price_micro, data_allowance_mb FROM operator_plans WHERE name = ? COLLATE NOCASE"),
            arguments: [name]
        ).map { Plan(name: $0[0], priceMicro: $0[1], allowanceMB: $0[2]) }
    }

    static func planNames(in db: Database) throws -> String {
        try String.fetchAll(db, sql: "SELECT name FROM operator_plans ORDER BY position").joined(separator: ", ")
    }

    private static func toolError(_ tool: String, _ error: any Error) -> ToolError {
        switch error {
        case let error as ToolError: error
        case let error as StorageError: ToolError(.unavailable, tool: tool, error.description)
        case let error as DatabaseError: ToolError(.unavailable, tool: tool, "SQLite \(error.extendedResultCode.rawValue)")
        default: ToolError(.unavailable, tool: tool, "\(type(of: error))")
        }
    }
}
