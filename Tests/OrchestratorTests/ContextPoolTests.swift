import Orchestrator
import Synchronization
import Testing

@Suite("Conversations made ahead: there is always one, and the pool fills itself again", .timeLimit(.minutes(1)))
struct ContextPoolTests {
    private static func pool(_ capacity: Int, made: Counter) -> ContextPool {
        let domain = PreparedDomain(.telecom)
        return ContextPool(capacity: capacity) {
            _ = made.next()
            return ConversationContext(domain, tools: [])
        }
    }

    @Test("as many as it may hold are made at once, and again when they were taken")
    func fills() async {
        let pool = Self.pool(3, made: Counter())
        #expect(pool.ready == 3)
        for _ in 0..<20 { _ = pool.take() }
        while pool.ready < 3, !Task.isCancelled { await Task.yield() }
        #expect(pool.ready == 3)
    }

    @Test("who finds it empty makes its own, at once")
    func empty() {
        let made = Counter(), pool = Self.pool(0, made: made)
        for _ in 0..<3 { _ = pool.take() }
        #expect(made.next() == 4 && pool.misses == 3 && pool.ready == 0)
    }

    @Test("taken from many threads, each gets one of its own")
    func many() async {
        let made = Counter(), pool = Self.pool(50, made: made)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<500 { group.addTask { _ = pool.take() } }
        }
        while pool.ready < 50, !Task.isCancelled { await Task.yield() }
        #expect(made.next() == 551)
    }

    @Test("what one conversation learns is in none of the others")
    func apart() async {
        let pool = Self.pool(2, made: Counter())
        let store = RecordingStore()
        func conversation(_ id: String) -> Conversation {
            Conversation(id: id, channel: .voice, context: pool.take(), understanders: [Phrasebook()], store: store)
        }
        let one = conversation("a"), other = conversation("b")
        _ = await one.respond(to: UserTurn("Change my plan", channel: .voice, generation: 1), within: .seconds(1))
        #expect(await one.workflow == "change_plan")
        #expect(await other.workflow == nil)
    }
}
