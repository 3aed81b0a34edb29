public import Foundation
import GRDB
public import Orchestrator

/// A mobile operator to try the gateway with: plans, customers, usage and bills in the tables `operator_*` of the gateway's own
/// database, and the tools that workflows reach them by. What it holds is the same on every machine, but for the months, which
/// end with the current one.
public struct DemoOperator: Sendable {
    private let desk: OperatorDesk

    /// Fills in what is missing; what is there, a changed plan above all, stays.
    /// - Parameter now: tells the current month, and the day on which a change takes effect.
    /// - Throws: ``StorageError``.
    public init(_ database: GatewayDatabase, now: @escaping @Sendable () -> Date = { Date() }) async throws(StorageError) {
        let month = CivilDate(now()).month
        do {
            try await database.seed { db in try DemoOperatorSeed.insert(into: db, month: month) }
        } catch {
            throw StorageError(error, path: database.path)
        }
        desk = OperatorDesk(database: database, now: now)
    }

    /// `find_customer`, `get_usage`, `get_bill`, `list_plans`, `quote_plan`, `change_plan`.
    public var tools: [any Tool] {
        [
            FindCustomer(desk: desk), GetUsage(desk: desk), GetBill(desk: desk), ListPlans(desk: desk), QuotePlan(desk: desk),
            ChangePlan(desk: desk),
        ]
    }

    /// The plan that a customer is on: what a check after a call looks at.
    /// - Returns: `nil` for an unknown customer.
    /// - Throws: ``StorageError``.
    public func plan(ofCustomer id: String) async throws(StorageError) -> String? {
        try await desk.database.read { db in
            try String.fetchOne(db, sql: "SELECT plan FROM operator_customers WHERE id = ?", arguments: [id])
        }
    }

    /// The names of the plans, in the order in which they are offered.
    public static var planNames: [String] { DemoOperatorSeed.plans.map(\.name) }
}
