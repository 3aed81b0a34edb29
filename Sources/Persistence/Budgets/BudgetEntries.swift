import struct Foundation.Date
import GRDB

/// The rows of the ledger and their running totals, always changed together.
enum BudgetEntries {
    static func reserve(_ db: Database, key: String, scope: String, amount: Int, runID: String, at: Date) throws {
        try db.cachedStatement(sql: "UPDATE budgets SET reserved_micro = reserved_micro + ?, updated_at_us = ? WHERE scope = ?")
            .execute(arguments: [amount, at.microseconds, scope])
        try append(db, "reserve", key: key, scope: scope, amount: amount, runID: runID, at: at)
    }

    /// Balances a reservation in one scope.
    /// - Parameter spent: at most `reserved`; `nil` releases all of it.
    static func balance(
        _ db: Database, key: String, scope: String, reserved: Int, spent: Int?, runID: String, at: Date
    ) throws {
        try db.cachedStatement(
            sql: """
                UPDATE budgets SET reserved_micro = reserved_micro - ?, spent_micro = spent_micro + ?, updated_at_us = ? WHERE scope = ?
                """
        ).execute(arguments: [reserved, spent ?? 0, at.microseconds, scope])
        let rest = reserved - (spent ?? 0)
        if let spent { try append(db, "commit", key: key, scope: scope, amount: spent, runID: runID, at: at) }
        if spent == nil || rest > 0 { try append(db, "release", key: key, scope: scope, amount: rest, runID: runID, at: at) }
        try db.cachedStatement(
            sql: """
                UPDATE budget_ledger SET balanced = 1 WHERE reservation_key = ? AND scope = ? AND entry = 'reserve'
                """
        ).execute(arguments: [key, scope])
    }

    private static func append(
        _ db: Database, _ entry: String, key: String, scope: String, amount: Int, runID: String, at: Date
    ) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO budget_ledger (reservation_key, scope, entry, amount_micro, run_id, at_us) VALUES (?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [key, scope, entry, amount, runID, at.microseconds])
    }
}
