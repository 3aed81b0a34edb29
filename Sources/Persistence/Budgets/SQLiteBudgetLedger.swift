public import struct Foundation.Date
import GRDB
public import TierManager

/// The durable ledger: what `reserve` returned survives the process, and what a dead process left open is released when the
/// database is next opened (``GatewayDatabase/recovery``).
///
/// While the database is out of order nothing is promised: `reserve` fails at once. What was promised before is settled once it
/// is back.
public struct SQLiteBudgetLedger: BudgetLedger {
    private let database: GatewayDatabase
    private let now: @Sendable () -> Date

    public init(_ database: GatewayDatabase, now: @escaping @Sendable () -> Date = { Date() }) {
        (self.database, self.now) = (database, now)
    }

    public func reserve(_ amountMicroDollars: Int, in scopes: [BudgetScope], key: String) async throws(BudgetError) -> Reservation {
        let scopes = BudgetScope.distinct(scopes)
        guard amountMicroDollars >= 0, !scopes.isEmpty else {
            throw .unavailable("cannot reserve \(amountMicroDollars) micro-dollars in \(scopes.count) scopes")
        }
        return try await write { [runID = database.runID, at = now()] db in
            if let first = try BudgetEntries.rows(of: key, in: db) {
                guard first.isOpen else { throw BudgetError.unknownReservation(key: key) }
                return first.reservation
            }
            for scope in scopes {
                let left = try Self.adopt(scope, in: db, at: at).leftMicroDollars
                guard amountMicroDollars <= left else {
                    throw BudgetError.exhausted(scope: scope.name, leftMicroDollars: left, askedMicroDollars: amountMicroDollars)
                }
            }
            for scope in scopes {
                try BudgetEntries.reserve(db, key: key, scope: scope.name, amount: amountMicroDollars, runID: runID, at: at)
            }
            return Reservation(key: key, amountMicroDollars: amountMicroDollars, scopes: scopes.map(\.name))
        }
    }

    public func commit(_ reservation: Reservation, actualMicroDollars: Int) async throws(BudgetError) {
        try await settle(reservation, spent: actualMicroDollars)
    }

    public func release(_ reservation: Reservation) async throws(BudgetError) {
        try await settle(reservation, spent: nil)
    }

    public func balance(of scope: BudgetScope) async throws(BudgetError) -> BudgetBalance {
        do {
            return try await database.read { db in try Self.balance(of: scope, in: db) }
        } catch {
            throw .unavailable(error.description)
        }
    }

    /// The scopes in which something was ever reserved, with their last caps: for `GET /v1/budgets`.
    /// - Parameter prefix: `day:`, `call:CA123`.
    public func balances(prefix: String, limit: Int = 100) async throws(BudgetError) -> [(scope: String, balance: BudgetBalance)] {
        do {
            return try await database.read { db in
                try Row.fetchAll(
                    db,
                    sql: """
                        SELECT scope, cap_micro, spent_micro, reserved_micro FROM budgets
                        WHERE substr(scope, 1, length(?)) = ? ORDER BY scope DESC LIMIT ?
                        """, arguments: [prefix, prefix, limit]
                ).map { row in
                    (row[0], BudgetBalance(capMicroDollars: row[1], spentMicroDollars: row[2], reservedMicroDollars: row[3]))
                }
            }
        } catch {
            throw .unavailable(error.description)
        }
    }

    /// While the database is out of order, a settlement waits in memory, and this returns.
    private func settle(_ reservation: Reservation, spent: Int?) async throws(BudgetError) {
        do {
            try await database.write(.settlement(reservation, spent: spent, at: now()))
        } catch let error as BudgetError {
            throw error
        } catch {
            throw .unavailable("\(error)")
        }
    }

    private func write<T: Sendable>(_ body: @escaping @Sendable (Database) throws -> T) async throws(BudgetError) -> T {
        do {
            return try await database.write(body)
        } catch let error as BudgetError {
            throw error
        } catch {
            throw .unavailable("\(error)")
        }
    }

    /// Puts the cap in force and tells what is left under it.
    private static func adopt(_ scope: BudgetScope, in db: Database, at: Date) throws -> BudgetBalance {
        let period = scope.name.prefix { $0 != ":" }
        try db.cachedStatement(
            sql: """
                INSERT INTO budgets (scope, period, cap_micro, updated_at_us) VALUES (?, ?, ?, ?)
                ON CONFLICT (scope) DO UPDATE SET cap_micro = excluded.cap_micro
                """
        ).execute(arguments: [scope.name, String(period), scope.capMicroDollars, at.microseconds])
        return try balance(of: scope, in: db)
    }

    private static func balance(of scope: BudgetScope, in db: Database) throws -> BudgetBalance {
        let row = try Row.fetchOne(
            db.cachedStatement(sql: "SELECT spent_micro, reserved_micro FROM budgets WHERE scope = ?"), arguments: [scope.name])
        return BudgetBalance(capMicroDollars: scope.capMicroDollars, spentMicroDollars: row?[0] ?? 0, reservedMicroDollars: row?[1] ?? 0)
    }
}
