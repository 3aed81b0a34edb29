import struct Foundation.Date
import GRDB
import TierManager

/// The rows of the ledger and their running totals, always changed together.
enum BudgetEntries {
    static func reserve(_ db: Database, key: String, scope: String, amount: Int, runID: String, at: Date) throws {
        try db.cachedStatement(sql: "UPDATE budgets SET reserved_micro = reserved_micro + ?, updated_at_us = ? WHERE scope = ?")
            .execute(arguments: [amount, at.microseconds, scope])
        try append(db, "reserve", key: key, scope: scope, amount: amount, runID: runID, at: at)
    }

    /// What was reserved under a key, in the order of its scopes.
    static func rows(of key: String, in db: Database) throws -> (reservation: Reservation, isOpen: Bool)? {
        let rows = try Row.fetchAll(
            db.cachedStatement(
                sql: """
                    SELECT scope, amount_micro, balanced FROM budget_ledger WHERE reservation_key = ? AND entry = 'reserve' ORDER BY id
                    """), arguments: [key])
        guard let first = rows.first else { return nil }
        return (Reservation(key: key, amountMicroDollars: first[1], scopes: rows.map { $0[0] }), first[2] == 0)
    }

    /// Balances a reservation in all its scopes.
    /// - Parameters:
    ///   - spent: `nil` releases all of it.
    ///   - mayBeUnknown: the promise may have been written to a file that is gone; what was spent counts all the same.
    /// - Throws: ``BudgetError``.
    static func settle(
        _ reservation: Reservation, spent: Int?, mayBeUnknown: Bool, runID: String, at: Date, in db: Database
    ) throws {
        let key = reservation.key
        var rows = try rows(of: key, in: db)
        if rows == nil, mayBeUnknown {
            for scope in reservation.scopes {
                try db.cachedStatement(
                    sql: "INSERT INTO budgets (scope, period, cap_micro, updated_at_us) VALUES (?, ?, 0, ?) ON CONFLICT (scope) DO NOTHING"
                ).execute(arguments: [scope, String(scope.prefix { $0 != ":" }), at.microseconds])
                try reserve(db, key: key, scope: scope, amount: reservation.amountMicroDollars, runID: runID, at: at)
            }
            rows = (reservation, true)
        }
        guard let rows, rows.isOpen else { throw BudgetError.unknownReservation(key: key) }
        let reserved = rows.reservation.amountMicroDollars
        guard (0...reserved).contains(spent ?? 0) else {
            throw BudgetError.unavailable("cannot commit \(spent ?? 0) of \(reserved) micro-dollars reserved under \(key)")
        }
        for scope in rows.reservation.scopes {
            try balance(db, key: key, scope: scope, reserved: reserved, spent: spent, runID: runID, at: at)
        }
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
