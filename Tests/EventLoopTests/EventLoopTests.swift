import EventLoop
import Testing

/// Runs `body` with a loop that is stopped afterwards.
func withLoop<Result>(_ body: (EventLoop) async throws -> Result) async throws -> Result {
    let loop = try EventLoop(name: "test")
    do {
        let result = try await body(loop)
        await loop.stop()
        return result
    } catch {
        await loop.stop()
        throw error
    }
}

/// What `start` hands to its callback, once it calls it.
func next<Value: Sendable>(_ start: (@escaping @Sendable (Value) -> Void) -> Void) async -> Value {
    await withCheckedContinuation { continuation in start { continuation.resume(returning: $0) } }
}

@Suite("An event loop is one thread, and the executor of the actors that are pinned to it")
struct EventLoopTests {
    /// Lives on a loop.
    private actor Resident {
        private let loop: EventLoop
        nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }
        private(set) var count = 0
        private(set) var order: [Int] = []

        init(_ loop: EventLoop) { self.loop = loop }
        func isOnLoop() -> Bool { loop.isOnLoop && EventLoop.current === loop }
        func add(_ value: Int) {
            loop.preconditionOnLoop()
            count += 1
            order.append(value)
        }
        func startsTasks(_ number: Int) async {
            await withTaskGroup(of: Void.self) { group in
                for value in 0..<number { group.addTask { await self.add(value) } }
            }
        }
    }

    @Test("posted work runs on the loop, in order")
    func post() async throws {
        try await withLoop { loop in
            let seen = PosixMutex<[Int]>([])
            for value in 0..<1_000 { loop.post { seen.withLock { $0.append(loop.isOnLoop ? value : -1) } } }
            let all: [Int] = await next { done in loop.post { done(seen.withLock { $0 }) } }
            #expect(all == Array(0..<1_000))
            #expect(!loop.isOnLoop)
            #expect(EventLoop.current == nil)
        }
    }

    @Test("an actor pinned to it runs there, and only there, across suspensions")
    func pinned() async throws {
        try await withLoop { loop in
            let resident = Resident(loop)
            #expect(await resident.isOnLoop())
            await resident.startsTasks(10_000)
            #expect(await resident.count == 10_000)
            #expect(await resident.isOnLoop())
        }
    }

    @Test("a task that comes after the end may hold the last reference to its loop")
    func lastReference() async throws {
        func lateTask() async throws -> Task<Bool, Never> {
            let loop = try EventLoop(name: "test")
            let task = Task { [resident = Resident(loop)] in
                await Task.yield()
                return await resident.isOnLoop()
            }
            await loop.stop()
            return task
        }
        for _ in 0..<100 { #expect(try await lateTask().value) }
    }

    @Test("assumeIsolated enters it from a callback without a hop; what is started there runs before the loop sleeps")
    func assumeIsolated() async throws {
        try await withLoop { loop in
            let resident = Resident(loop)
            let count: Int = await next { done in
                loop.post {
                    resident.assumeIsolated { resident in
                        resident.add(1)
                        Task { resident.add(2) }
                        Task { done(resident.count) }
                    }
                }
            }
            #expect(count == 2)
        }
    }

    @Test("many threads hand work to several loops, and nothing is lost")
    func contention() async throws {
        let group = try EventLoopGroup(count: 3)
        let residents = group.loops.map { Resident($0) }
        await withTaskGroup(of: Void.self) { tasks in
            for task in 0..<30 {
                tasks.addTask { for value in 0..<200 { await residents[(task + value) % 3].add(value) } }
            }
        }
        var total = 0
        for resident in residents { total += await resident.count }
        #expect(total == 6_000)
        await group.stop()
    }

    @Test("a task with the loop as preferred executor runs its plain functions there")
    func preference() async throws {
        try await withLoop { loop in
            let isThere = await Task(executorPreference: loop) { loop.isOnLoop }.value
            #expect(isThere)
        }
    }

    @Test("a stopped loop refuses work, finishes the jobs of tasks, and stops twice without harm")
    func stopped() async throws {
        let loop = try EventLoop(name: "test")
        let resident = Resident(loop)
        await resident.add(1)
        await loop.stop()
        await loop.stop()
        #expect(!loop.post { Issue.record("ran after the end") })
        await resident.startsTasks(100)
        #expect(await resident.count == 101)
    }

    @Test("stopping while others hand work over neither crashes nor hangs", arguments: 0..<20)
    func stopRace(round: Int) async throws {
        let loop = try EventLoop(name: "test")
        let resident = Resident(loop)
        await withTaskGroup(of: Void.self) { tasks in
            for _ in 0..<4 {
                tasks.addTask { for value in 0..<100 { await resident.add(value) } }
                tasks.addTask { for _ in 0..<100 { loop.post {} } }
            }
            tasks.addTask { await loop.stop() }
        }
        #expect(await resident.count == 400)
    }
}
