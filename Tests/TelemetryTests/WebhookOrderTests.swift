import GatewayTesting
import Telemetry
import Testing
import WebSocketTransport

@Suite("Webhooks wait in a bounded queue: one session's in order, four at once, the oldest makes room", .timeLimit(.minutes(1)))
struct WebhookOrderTests {
    @Test("a notice waits for the one before it of the same session, and for no other's")
    func order() async throws {
        let failing = inOrder(HTTPReply(status: 503), HTTPReply(status: 200))
        try await WebhookBench.run(answering: { WebhookBench.name($0) == "A 1" ? failing($0) : HTTPReply(status: 200) }) { bench in
            for name in ["1", "2", "3"] { bench.send(name, of: "A") }
            #expect(await bench.nextName() == "A 1")
            await bench.pauses(1)
            bench.send("1", of: "B")
            #expect(await bench.nextName() == "B 1")
            #expect(bench.receiver.requests == 2)
            bench.clock.advance(by: .seconds(1))
            for name in ["A 1", "A 2", "A 3"] { #expect(await bench.nextName() == name) }
            await bench.isEmpty()
            #expect(bench.metric("sent_total") == 4)
        }
    }

    @Test("four at once")
    func atOnce() async throws {
        try await WebhookBench.run(answering: { _ in nil }) { bench in
            for number in 1...9 { bench.send("w", of: "S\(number)") }
            for _ in 1...4 { _ = await bench.receiver.next() }
            #expect(bench.receiver.requests == 4 && bench.metric("waiting") == 9)
            bench.receiver.answerAll()
            for _ in 5...8 { _ = await bench.receiver.next() }
            #expect(bench.metric("sent_total") == 4)
        }
    }

    @Test("of more than fit the oldest is dropped that is not under way, and counted")
    func bound() async throws {
        try await WebhookBench.run(answering: { _ in nil }, adapting: { ($0.capacity, $0.concurrent) = (4, 2) }) { bench in
            for session in ["A", "B"] { bench.send("under way", of: session) }
            for _ in 1...2 { _ = await bench.receiver.next() }
            for number in 1...7 { bench.send("\(number)", of: "S\(number)") }
            #expect(bench.metric("dropped_total") == 5 && bench.metric("waiting") == 4)
            bench.receiver.answerAll()
            var left = Set<String>()
            for _ in 1...2 { left.insert(await bench.nextName()) }
            #expect(left == ["S6 6", "S7 7"])
        }
    }

    @Test("one that waits for its next try may be the oldest; what its session has behind it goes on")
    func dropsResting() async throws {
        let failing: Receiver.Answering = { WebhookBench.name($0) == "A 1" ? HTTPReply(status: 500) : nil }
        try await WebhookBench.run(answering: failing, adapting: { ($0.capacity, $0.concurrent) = (3, 1) }) { bench in
            bench.send("1", of: "A")
            bench.send("2", of: "A")
            _ = await bench.receiver.next()
            await bench.pauses(1)
            bench.send("1", of: "B")
            #expect(await bench.nextName() == "B 1")
            bench.send("1", of: "C")
            #expect(bench.metric("dropped_total") == 1)
            await bench.pauses(0)
            bench.receiver.answerAll()
            #expect(await bench.nextName() == "A 2")
        }
    }

    @Test("close: what waits still goes out, and nothing is taken any more")
    func closes() async throws {
        try await WebhookBench.run { bench in
            for number in 1...20 { bench.send("w", of: "S\(number % 3)") }
            #expect(await bench.sender.close(within: .seconds(2)) == 0)
            #expect(bench.metric("sent_total") == 20)
            bench.send("late", of: "S")
            #expect(bench.metric("dropped_total") == 1 && bench.receiver.requests == 20)
            #expect(await bench.sender.close(within: .seconds(2)) == 0)
        }
    }

    @Test("close: a receiver that hangs is waited for no longer than that, and what is left is told")
    func closesInTime() async throws {
        try await WebhookBench.run(answering: { _ in nil }) { bench in
            for number in 1...7 { bench.send("w", of: "S\(number)") }
            for _ in 1...4 { _ = await bench.receiver.next() }
            async let left = bench.sender.close(within: .seconds(2))
            await bench.pauses(1)
            bench.clock.advance(by: .seconds(2))
            #expect(await left == 7)
            #expect(bench.receiver.requests == 4)
        }
    }

    @Test("close: a pause that ends in time is waited out, a longer one is not", arguments: [(2, 0), (0, 2)])
    func closesPauses(seconds: Int, left expected: Int) async throws {
        try await WebhookBench.run(answering: inOrder(HTTPReply(status: 500), HTTPReply(status: 200))) { bench in
            for name in ["a", "b"] { bench.send(name, of: "S") }
            _ = await bench.receiver.next()
            await bench.pauses(1)
            async let left = bench.sender.close(within: .milliseconds(seconds * 1_000 + 500))
            if expected == 0 {
                await bench.pauses(2)
                bench.clock.advance(by: .seconds(1))
            }
            #expect(await left == expected)
        }
    }
}
