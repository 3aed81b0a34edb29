import Foundation
import GRDB
import Persistence
import Testing
import TierManager

@Suite("The durable ledger: no cap is overrun, every reservation is balanced once, whatever is cut short")
struct SQLiteBudgetLedgerTests {
    static let day = BudgetScope(name: "day:2026-03-15", capMicroDollars: 20_000)
    static func call(_ number: Int) -> BudgetScope { BudgetScope(name: "call:\(number)", capMicroDollars: 3_000) }

    let folder: Folder
    init() throws { folder = try Folder() }

    @Test("the life of a reservation")
    func life() async throws {
        let database = try GatewayDatabase.temporary()
        let ledger = SQLiteBudgetLedger(database, now: { .ides })
        let reservation = try await ledger.reserve(1_500, in: [Self.call(1), Self.day, Self.day], key: "a")
        #expect(reservation == Reservation(key: "a", amountMicroDollars: 1_500, scopes: ["call:1", Self.day.name]))
        #expect(try await ledger.balance(of: Self.day).reservedMicroDollars == 1_500)
        #expect(try await ledger.reserve(9_999, in: [Self.day], key: "a") == reservation, "a repetition returns the first")
        try await ledger.commit(reservation, actualMicroDollars: 600)
        let balance = try await ledger.balance(of: Self.call(1))
        #expect(balance == BudgetBalance(capMicroDollars: 3_000, spentMicroDollars: 600, reservedMicroDollars: 0))
        #expect(
            try await database.rows("SELECT scope, entry, amount_micro, balanced FROM budget_ledger ORDER BY id") == [
                ["call:1", "reserve", "1500", "1"], [Self.day.name, "reserve", "1500", "1"],
                ["call:1", "commit", "600", "0"], ["call:1", "release", "900", "0"],
                [Self.day.name, "commit", "600", "0"], [Self.day.name, "release", "900", "0"],
            ])
        let balances = try await ledger.balances(prefix: "day:")
        #expect(balances.map(\.scope) == [Self.day.name] && balances.first?.balance.spentMicroDollars == 600)
    }

    @Test("against every scope at once, or against none")
    func allOrNone() async throws {
        let database = try GatewayDatabase.temporary()
        let ledger = SQLiteBudgetLedger(database)
        let small = BudgetScope(name: "call:1", capMicroDollars: 100)
        await #expect(throws: BudgetError.exhausted(scope: "call:1", leftMicroDollars: 100, askedMicroDollars: 101)) {
            try await ledger.reserve(101, in: [Self.day, small], key: "a")
        }
        #expect(try await ledger.balance(of: Self.day).reservedMicroDollars == 0)
        #expect(try await database.count("budget_ledger") == 0)
    }

    @Test("what cannot be is refused: a second balance, more than reserved, less than nothing, no scope")
    func refusals() async throws {
        let ledger = SQLiteBudgetLedger(try .temporary())
        let reservation = try await ledger.reserve(100, in: [Self.day], key: "a")
        await #expect(throws: BudgetError.self) { try await ledger.commit(reservation, actualMicroDollars: 101) }
        await #expect(throws: BudgetError.self) { try await ledger.commit(reservation, actualMicroDollars: -1) }
        await #expect(throws: BudgetError.self) { try await ledger.reserve(-1, in: [Self.day], key: "b") }
        await #expect(throws: BudgetError.self) { try await ledger.reserve(1, in: [], key: "c") }
        try await ledger.release(reservation)
        for again in [0, 1] {
            await #expect(throws: BudgetError.unknownReservation(key: "a"), "\(again)") { try await ledger.release(reservation) }
        }
        await #expect(throws: BudgetError.unknownReservation(key: "a")) { try await ledger.reserve(100, in: [Self.day], key: "a") }
    }

    @Test("a closed database is an unavailable ledger")
    func closed() async throws {
        let database = try GatewayDatabase.temporary()
        try await database.close()
        let error = await #expect(throws: BudgetError.self) { try await SQLiteBudgetLedger(database).reserve(1, in: [Self.day], key: "a") }
        guard case .unavailable = error else { return #expect(error == nil) }
    }

    @Test("by many at once, with kills in between", arguments: 1...4)
    func manyAndKilled(seed: Int) async throws {
        var path = folder.file()
        for life in 0..<4 {
            let database = try GatewayDatabase(path: path, runID: "life \(life)")
            let ledger = SQLiteBudgetLedger(database)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for worker in 0..<12 {
                    group.addTask {
                        var random = SplitMix(state: UInt64(seed * 1_000 + life * 100 + worker))
                        for step in 0..<20 {
                            let scopes = [Self.call(Int.random(in: 0..<4, using: &random)), Self.day]
                            let amount = Int.random(in: 0...600, using: &random)
                            guard let open = try? await ledger.reserve(amount, in: scopes, key: "\(life)/\(worker)/\(step)") else { continue }
                            switch Int.random(in: 0..<5, using: &random) {
                            case 0: continue  // cut short: nobody balances it in this life
                            case 1, 2: try await ledger.release(open)
                            default: try await ledger.commit(open, actualMicroDollars: Int.random(in: 0...amount, using: &random))
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            try await expectWithinCaps(database)
            path = try folder.copyAsKilled(path, name: "life-\(seed)-\(life + 1).db")
        }
        let last = try GatewayDatabase(path: path)
        try await expectWithinCaps(last)
        #expect(try await last.count("budget_ledger", where: "entry = 'reserve' AND balanced = 0") == 0)
        #expect(try await last.rows("SELECT sum(reserved_micro) FROM budgets") == [["0"]])
        #expect(try await last.count("budgets") == 5)
    }

    /// Replays the books in the order in which they were written, and compares them with the running totals.
    private func expectWithinCaps(_ database: GatewayDatabase) async throws {
        var reserved = [String: Int](), spent = [String: Int]()
        for row in try await database.rows("SELECT scope, entry, amount_micro FROM budget_ledger ORDER BY id") {
            let (scope, amount) = (row[0], Int(row[2]) ?? .max)
            reserved[scope, default: 0] += row[1] == "reserve" ? amount : -amount
            spent[scope, default: 0] += row[1] == "commit" ? amount : 0
            let cap = scope == Self.day.name ? Self.day.capMicroDollars : 3_000
            #expect(reserved[scope, default: 0] + spent[scope, default: 0] <= cap)
        }
        for row in try await database.rows("SELECT scope, reserved_micro, spent_micro FROM budgets") {
            #expect(Int(row[1]) == reserved[row[0], default: 0] && Int(row[2]) == spent[row[0], default: 0])
        }
    }
}
