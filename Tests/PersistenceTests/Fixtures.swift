import Foundation
import GRDB
import Orchestrator
import Persistence

/// A folder that goes when its owner does.
final class Folder: Sendable {
    let url = FileManager.default.temporaryDirectory.appending(path: "persistence-\(UUID().uuidString)")
    init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(at: url) }
    func file(_ name: String = "gateway.db") -> String { url.appending(path: name).path }

    /// What a `kill -9` at this moment would leave on the disk: the database and its write-ahead log, copied from outside.
    func copyAsKilled(_ path: String, name: String) throws -> String {
        let copy = file(name)
        for ending in ["", "-wal"] where FileManager.default.fileExists(atPath: path + ending) {
            try FileManager.default.copyItem(atPath: path + ending, toPath: copy + ending)
        }
        return copy
    }
}

extension Date {
    /// Noon of 15 March 2026, UTC.
    static let ides = Date(timeIntervalSince1970: 1_773_576_000)
}

extension GatewayDatabase {
    func count(_ table: String, where condition: String = "1") async throws -> Int {
        try await read { db in try Int.fetchOne(db, sql: "SELECT count(*) FROM \(table) WHERE \(condition)") ?? 0 }
    }
    func rows(_ sql: String) async throws -> [[String]] {
        try await read { db in
            try Row.fetchAll(db, sql: sql).map { row in row.databaseValues.map { "\($0.storage.value ?? "NULL")" } }
        }
    }
}

extension TurnCommit {
    /// The second turn of a caller who wants another plan.
    static func example(session: String = "S1", generation: Int = 2) -> TurnCommit {
        TurnCommit(
            session: session, generation: generation, channel: .voice, at: .ides, userText: "the unlimited one please",
            replyText: "Unlimited Plus costs $80.00 a month. Shall I change it?",
            decision: Decision(
                intent: "change_plan", confidence: 0.91, entities: [Entity(type: "plan", value: "Unlimited Plus", text: "unlimited")],
                workflow: "change_plan", nextAction: .askSlot, clarificationQuestion: "Shall I change it?"),
            source: "embedded", agent: "sales", facts: [Fact(key: "plan_wanted", value: "Unlimited Plus", source: "caller", confidence: 0.9)],
            ticket: TicketChange(id: "T-\(session)", workflow: "change_plan", state: .open),
            toolCalls: [ToolCallRecord(tool: "quote_plan", idempotencyKey: "k", outcome: .succeeded, duration: .milliseconds(3))])
    }
}

/// Numbers that are the same in every run (Vigna, "splitmix64").
struct SplitMix: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
