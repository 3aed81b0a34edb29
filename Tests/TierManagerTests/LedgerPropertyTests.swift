import Testing
import TierManager

@Suite("Whatever is reserved, committed, released or cut short, no cap is overrun and every entry is balanced")
struct LedgerPropertyTests {
    static let day = BudgetScope(name: "day:2026-03-15", capMicroDollars: 20_000)
    static func call(_ number: Int) -> BudgetScope { BudgetScope(name: "call:\(number)", capMicroDollars: 3_000) }

    @Test("in any order, one after the other", arguments: 1...40)
    func sequence(seed: Int) async throws {
        let ledger = InMemoryBudgetLedger()
        var random = SplitMix(state: UInt64(seed))
        var open = [Reservation]()
        for step in 0..<400 {
            switch Int.random(in: 0..<20, using: &random) {
            case 0:
                #expect(await ledger.releaseAbandoned() == open.count, "a kill")
                open = []
            case 1..<9:
                let amount = Int.random(in: 0...1_500, using: &random)
                let scopes = [Self.call(Int.random(in: 0..<8, using: &random)), Self.day]
                if let reservation = try? await ledger.reserve(amount, in: scopes, key: "\(step)") { open.append(reservation) }
            default:
                guard let reservation = open.randomElement(using: &random) else { continue }
                open.removeAll { $0 == reservation }
                try await Self.balance(reservation, in: ledger, using: &random)
                await #expect(throws: BudgetError.unknownReservation(key: reservation.key)) { try await ledger.release(reservation) }
            }
        }
        for reservation in open { try await ledger.release(reservation) }
        Self.expectBalanced(await ledger.entries)
    }

    @Test("by many at once", arguments: 1...10)
    func concurrent(seed: Int) async throws {
        let ledger = InMemoryBudgetLedger()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<16 {
                group.addTask {
                    var random = SplitMix(state: UInt64(seed * 100 + worker))
                    for step in 0..<60 {
                        let scopes = [Self.call(Int.random(in: 0..<4, using: &random)), Self.day]
                        let amount = Int.random(in: 0...900, using: &random)
                        guard let reservation = try? await ledger.reserve(amount, in: scopes, key: "\(worker)/\(step)") else { continue }
                        await Task.yield()
                        try await Self.balance(reservation, in: ledger, using: &random)
                    }
                }
            }
            try await group.waitForAll()
        }
        Self.expectBalanced(await ledger.entries)
    }

    @Test("what cannot be is refused: a second balance, more than reserved, less than nothing, no scope")
    func refusals() async throws {
        let ledger = InMemoryBudgetLedger()
        let reservation = try await ledger.reserve(100, in: [Self.day], key: "a")
        await #expect(throws: BudgetError.self) { try await ledger.commit(reservation, actualMicroDollars: 101) }
        await #expect(throws: BudgetError.self) { try await ledger.commit(reservation, actualMicroDollars: -1) }
        await #expect(throws: BudgetError.self) { try await ledger.reserve(-1, in: [Self.day], key: "b") }
        await #expect(throws: BudgetError.self) { try await ledger.reserve(1, in: [], key: "c") }
        try await ledger.commit(reservation, actualMicroDollars: 100)
        await #expect(throws: BudgetError.unknownReservation(key: "a")) { try await ledger.reserve(100, in: [Self.day], key: "a") }
    }

    static func balance(_ reservation: Reservation, in ledger: some BudgetLedger, using random: inout SplitMix) async throws {
        if Bool.random(using: &random) {
            let spent = Int.random(in: 0...reservation.amountMicroDollars, using: &random)
            try await ledger.commit(reservation, actualMicroDollars: spent)
        } else {
            try await ledger.release(reservation)
        }
    }

    /// Replays the books: at no line is a cap overrun, and at the end nothing is open.
    static func expectBalanced(_ entries: [InMemoryBudgetLedger.Entry]) {
        var reserved = [String: Int](), spent = [String: Int](), open = [String: Int]()
        for entry in entries {
            let line = "\(entry.key)|\(entry.scope)"
            switch entry.kind {
            case .reserve:
                reserved[entry.scope, default: 0] += entry.amountMicroDollars
                open[line] = entry.amountMicroDollars
            case .commit:
                reserved[entry.scope, default: 0] -= entry.amountMicroDollars
                spent[entry.scope, default: 0] += entry.amountMicroDollars
                open[line, default: 0] -= entry.amountMicroDollars
            case .release:
                reserved[entry.scope, default: 0] -= entry.amountMicroDollars
                open[line, default: 0] -= entry.amountMicroDollars
            }
            let cap = entry.scope == day.name ? day.capMicroDollars : 3_000
            #expect(reserved[entry.scope, default: 0] + spent[entry.scope, default: 0] <= cap)
        }
        #expect(open.values.allSatisfy { $0 == 0 })
        #expect(reserved.values.allSatisfy { $0 == 0 })
    }
}
