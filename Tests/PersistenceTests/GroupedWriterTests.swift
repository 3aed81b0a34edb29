import Foundation
import GRDB
import Persistence
import Testing

@Suite("Commits are grouped: what arrives while one is being written joins the next, and each answer comes after its commit")
struct GroupedWriterTests {
    let database: GatewayDatabase
    init() throws { database = try .temporary() }

    /// Holds the writer inside a transaction until told to go on.
    func held(_ body: (_ letGo: DispatchSemaphore) async throws -> Void) async throws {
        let inside = AsyncStream.makeStream(of: Void.self), letGo = DispatchSemaphore(value: 0)
        let holder = Task { [database] in
            try await database.write { _ in
                inside.continuation.yield()
                letGo.wait()
            }
        }
        for await _ in inside.stream { break }
        try await body(letGo)
        try await holder.value
    }

    /// Waits until so many requests are in the queue.
    func waitForQueue(_ count: Int) async { while database.statistics.waiting < count { await Task.yield() } }

    static func insert(_ number: Int) -> @Sendable (Database) throws -> Int {
        { db in
            try db.execute(
                sql: "INSERT INTO events (id, at_us, name, subject, attributes, run_id) VALUES (?, 0, 'n', 's', '{}', 'r')",
                arguments: [number])
            return number
        }
    }

    @Test("a hundred requests that wait become one transaction")
    func groups() async throws {
        try await held { letGo in
            let writes = (1...100).map { number in Task { [database] in try await database.write(Self.insert(number)) } }
            await waitForQueue(100)
            letGo.signal()
            var answers = [Int]()
            for write in writes { answers.append(try await write.value) }
            #expect(answers == Array(1...100))
        }
        #expect(try await database.count("events") == 100)
        let statistics = database.statistics
        #expect(statistics.commits == 2 && statistics.requests == 101 && statistics.largestGroup == 100)
    }

    @Test("one that fails takes nobody with it, and gets its own error")
    func failure() async throws {
        struct Refused: Error {}
        try await held { letGo in
            let good = (1...10).map { number in Task { [database] in try await database.write(Self.insert(number)) } }
            let bad = Task { [database] in
                try await database.write { db -> Int in
                    _ = try Self.insert(1_000)(db)
                    throw Refused()
                }
            }
            let clash = Task { [database] in
                try await database.write { db in
                    _ = try Self.insert(2_000)(db)
                    return try Self.insert(2_000)(db)
                }
            }
            await waitForQueue(12)
            letGo.signal()
            for write in good { _ = try await write.value }
            await #expect(throws: Refused.self) { try await bad.value }
            let error = await #expect(throws: StorageError.self) { try await clash.value }
            #expect(error?.description.contains("UNIQUE constraint failed: events.id") == true)
        }
        #expect(try await database.count("events") == 10)
    }

    @Test("a transaction that is rolled back from within fails all of its group, and the next one works")
    func rolledBack() async throws {
        try await held { letGo in
            let before = Task { [database] in try await database.write(Self.insert(1)) }
            await waitForQueue(1)
            let culprit = Task { [database] in
                try await database.write { db in
                    try db.execute(sql: "INSERT OR ROLLBACK INTO events (id, at_us, name, subject, attributes, run_id) VALUES (1, 0, '', '', '', '')")
                }
            }
            await waitForQueue(2)
            let after = Task { [database] in try await database.write(Self.insert(3)) }
            await waitForQueue(3)
            letGo.signal()
            await #expect(throws: StorageError.self) { try await before.value }
            await #expect(throws: (any Error).self) { try await culprit.value }
            await #expect(throws: StorageError.self) { try await after.value }
        }
        #expect(try await database.write(Self.insert(7)) == 7)
        #expect(try await database.rows("SELECT id FROM events") == [["7"]])
    }

    @Test("the queue is bounded: what does not fit is refused at once, and may be tried again")
    func bounded() async throws {
        let capacity = 4_096
        try await held { letGo in
            let writes = (1...capacity).map { number in Task { [database] in try await database.write(Self.insert(number)) } }
            await waitForQueue(capacity)
            let error = await #expect(throws: StorageError.self) { try await database.write(Self.insert(capacity + 1)) }
            #expect(error?.code == .overloaded && error?.isRetryable == true)
            #expect(database.statistics.refused == 1)
            letGo.signal()
            for write in writes { _ = try await write.value }
        }
        #expect(try await database.count("events") == capacity)
        #expect(database.statistics.largestGroup == 256)
    }

    @Test("closing waits for what was accepted")
    func closes() async throws {
        let folder = try Folder()
        let file = try GatewayDatabase(path: folder.file())
        let writes = (1...50).map { number in Task { try await file.write(Self.insert(number)) } }
        while file.statistics.requests + file.statistics.waiting < 1 { await Task.yield() }
        try await file.close()
        var accepted = 0
        for write in writes { accepted += (try? await write.value) == nil ? 0 : 1 }
        let copy = try GatewayDatabase(path: folder.copyAsKilled(file.path, name: "copy.db"))
        #expect(try await copy.count("events") == accepted)
        #expect(accepted > 0)
    }
}
