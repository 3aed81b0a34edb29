import struct Foundation.Date
import GRDB

extension GatewayDatabase.Recovery {
    /// Settles what other runs left open. The caller holds the database's lock, so they are dead.
    static func settle(in db: Database, runID: String, at now: Date) throws -> GatewayDatabase.Recovery {
        let open = try Row.fetchAll(
            db, sql: "SELECT reservation_key, scope, amount_micro FROM budget_ledger WHERE entry = 'reserve' AND balanced = 0")
        var keys = Set<String>(), amount = 0
        for row in open {
            let key: String = row[0], micro: Int = row[2]
            if keys.insert(key).inserted { amount += micro }
            try BudgetEntries.balance(db, key: key, scope: row[1], reserved: micro, spent: nil, runID: runID, at: now)
        }
        try db.execute(
            sql: "UPDATE calls SET state = 'ended', end_reason = 'gateway_restarted', ended_at_us = ? WHERE state = 'active'",
            arguments: [now.microseconds])
        let calls = db.changesCount
        try db.execute(
            sql: "UPDATE sessions SET end_reason = 'gateway_restarted', ended_at_us = ? WHERE ended_at_us IS NULL AND channel = 'voice'",
            arguments: [now.microseconds])
        return GatewayDatabase.Recovery(reservationsReleased: keys.count, microDollarsReleased: amount, callsClosed: calls)
    }
}
