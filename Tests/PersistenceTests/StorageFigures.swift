import Foundation
import Orchestrator
import Persistence
import Testing
import TierManager

/// Prints figures, checks none: `GATEWAY_FIGURES=1 swift test -c release --filter StorageFigures`.
@Suite("Figures of the store", .enabled(if: ProcessInfo.processInfo.environment["GATEWAY_FIGURES"] != nil), .serialized)
struct StorageFigures {
    let folder: Folder
    let database: GatewayDatabase
    let clock = ContinuousClock()
    init() throws {
        folder = try Folder()
        database = try GatewayDatabase(path: folder.file())
    }

    @Test("one turn's commit, alone: 2,000 one after the other")
    func alone() async throws {
        let store = SQLiteConversationStore(database)
        var times = [Duration]()
        for generation in 1...2_000 {
            times.append(try await clock.measure { try await store.commit(.example(generation: generation)) })
        }
        report("turn commit, alone", times)
    }

    @Test("turns' commits, 200 a second for 10 s: a thousand calls, each with a turn every five seconds")
    func concurrent() async throws {
        let rate = 200
        let times = try await load(rate: rate, seconds: 10)
        let statistics = database.statistics
        report("turn commit at \(rate)/s", times)
        print("  \(statistics.requests) requests in \(statistics.commits) transactions, largest \(statistics.largestGroup)")
    }

    @Test("a thousand turns at once")
    func burst() async throws {
        let store = SQLiteConversationStore(database)
        let elapsed = try await clock.measure {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<1_000 { group.addTask { try await store.commit(.example(session: "B\(number)")) } }
                try await group.waitForAll()
            }
        }
        print("FIGURE 1,000 turn commits at once: \(elapsed) in \(database.statistics.commits) transactions")
    }

    @Test("a tier plan with a paid tier, alone and beside 200 turn commits a second", arguments: [0, 200])
    func plan(load rate: Int) async throws {
        let policy = try TierPolicy(
            tiers: [
                Tier(name: "basic", engine: "flite", voice: "kal", priceMicroDollars: 0, rank: 0),
                Tier(name: "standard", engine: "flite", voice: "rms", priceMicroDollars: 15_000, rank: 1),
            ], startTier: "standard", budget: .init(perCallMicroDollars: 1_000_000_000, perDayMicroDollars: 1_000_000_000_000))
        let manager = TierManager(policy: policy, ledger: SQLiteBudgetLedger(database))
        async let background = rate > 0 ? load(rate: rate, seconds: 10) : []
        var plans = [Duration](), settlements = [Duration]()
        for reply in 0..<1_000 {
            let request = TierRequest(
                callID: "C\(reply % 50)", replyKey: "C\(reply % 50)/\(reply)", characters: 100, qualification: 0, agent: "sales")
            let start = clock.now
            let grant = await manager.plan(for: request)
            plans.append(clock.now - start)
            settlements.append(await clock.measure { await manager.settle(grant, spokenCharacters: 90) })
            #expect(grant.tier.name == "standard")
            if rate > 0 { try await clock.sleep(for: .milliseconds(8)) }
        }
        _ = try await background
        report("tier plan, \(rate) commits/s beside", plans)
        report("tier settle, \(rate) commits/s beside", settlements)
    }

    /// An open loop: each commit has its own start, whatever became of those before.
    private func load(rate: Int, seconds: Int) async throws -> [Duration] {
        let store = SQLiteConversationStore(database), start = clock.now
        return try await withThrowingTaskGroup(of: Duration.self) { group in
            for number in 0..<rate * seconds {
                group.addTask { [clock] in
                    let due = start + .microseconds(1_000_000 / rate * number)
                    try await clock.sleep(until: due, tolerance: .zero)
                    let began = clock.now
                    try await store.commit(.example(session: "L\(number % 100)", generation: number))
                    return clock.now - began
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    private func report(_ what: String, _ times: [Duration]) {
        let sorted = times.sorted()
        func percentile(_ share: Double) -> String {
            let duration = sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
            return (Double(duration.components.attoseconds) / 1e15 + Double(duration.components.seconds) * 1e3)
                .formatted(.number.precision(.fractionLength(3)))
        }
        print("FIGURE \(what): n \(times.count), ms p50 \(percentile(0.5)), p95 \(percentile(0.95)), p99 \(percentile(0.99)), max \(percentile(1))")
    }
}
