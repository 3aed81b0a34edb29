import Orchestrator
import Synchronization
import TextChannel
import Testing

@testable import MediaGateway

@Suite("A code in a call: eight digits that open a chat, unless a number was asked for", .timeLimit(.minutes(1)))
struct JoiningTests {
    /// Keeps the codes that were tried, and lets every chat fail once it is told to.
    private final class Door: Sendable {
        let tried = Mutex<[String]>([])
        private let (opened, opening) = AsyncStream.makeStream(of: Void.self)

        func find(_ code: String) -> (() async throws -> JoinedChat)? {
            tried.withLock { $0.append(code) }
            return { [opened] in
                for await _ in opened { break }
                throw ChatError(.sessionEnded, "the session has ended")
            }
        }
        func open() { opening.yield() }
    }

    enum Way: CaseIterable, Sendable { case keyed, typed, spoken }

    @Test("keyed in, typed or spoken", arguments: Way.allCases)
    func tried(way: Way) async throws {
        let door = Door()
        let bench = try await CallBench.afterGreeting { door.find($0) }
        switch way {
        case .keyed: await bench.on { call in for digit in "48291506#" { call.pressed(digit) } }
        case .typed: await bench.on { #expect($0.typed(.init("4829 1506")) == nil) }
        case .spoken:
            await bench.speaks(1)
            await bench.understood(1, "four eight two nine one five oh six")
        }
        #expect(door.tried.withLock { $0 } == ["48291506"])
        door.open()
        #expect(await bench.nextAnswer() != nil, "a chat that cannot be joined is no dead air")
        #expect(try await bench.hangUp() == 0)
    }

    @Test("the answer to a question for a number is no code")
    func numberIsExpected() async throws {
        let door = Door()
        let bench = try await CallBench.afterGreeting { door.find($0) }
        await bench.on { call in
            call.expect(.init(name: "phone", type: .phone))
            for digit in "48291506#" { call.pressed(digit) }
        }
        #expect(await bench.nextAnswer() != nil)
        #expect(door.tried.withLock { $0 }.isEmpty)
        #expect(try await bench.hangUp() == 0)
    }

    @Test("a chat that fails after the call has ended wakes nothing up")
    func ended() async throws {
        let door = Door()
        let bench = try await CallBench.afterGreeting { door.find($0) }
        await bench.on { call in for digit in "48291506#" { call.pressed(digit) } }
        await bench.on { $0.closed("test") }
        door.open()
        for _ in 0..<100 { await Task.yield() }
        await bench.on { #expect($0.state == .ended) }
    }
}
