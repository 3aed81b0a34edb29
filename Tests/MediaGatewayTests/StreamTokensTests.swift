import MediaGateway
import Testing

@Suite("Stream tokens: 128 random bits for one call, used once, within a minute")
struct StreamTokensTests {
    let clock = StandingClock()
    func tokens(capacity: Int = 10) -> StreamTokens { StreamTokens(capacity: capacity, lifetime: .seconds(60), clock: clock) }

    @Test("opens its own call's stream, once")
    func once() throws {
        let tokens = tokens()
        let token = try #require(tokens.issue(for: "CA1"))
        #expect(token.count == 32)
        try tokens.consume(token, callSid: "CA1")
        #expect(throws: StreamTokens.Refusal.unknown) { try tokens.consume(token, callSid: "CA1") }
        #expect(tokens.count == 0)
    }

    @Test("opens no other call's stream, and is not lost by the attempt")
    func bound() throws {
        let tokens = tokens()
        let first = try #require(tokens.issue(for: "CA1")), second = try #require(tokens.issue(for: "CA2"))
        #expect(throws: StreamTokens.Refusal.mismatch) { try tokens.consume(first, callSid: "CA2") }
        #expect(throws: StreamTokens.Refusal.unknown) { try tokens.consume(first, callSid: "CA3") }
        try tokens.consume(second, callSid: "CA2")
        try tokens.consume(first, callSid: "CA1")
    }

    @Test("wrong ones", arguments: [nil, "", "x", String(repeating: "0", count: 32), String(repeating: "0", count: 100_000)] as [String?])
    func wrong(token: String?) throws {
        let tokens = tokens()
        _ = tokens.issue(for: "CA1")
        let expected: StreamTokens.Refusal = token?.isEmpty ?? true ? .missing : .mismatch
        #expect(throws: expected) { try tokens.consume(token, callSid: "CA1") }
    }

    @Test("dies of age")
    func expires() throws {
        let tokens = tokens()
        let token = try #require(tokens.issue(for: "CA1"))
        clock.advance(by: .seconds(60))
        #expect(throws: StreamTokens.Refusal.expired) { try tokens.consume(token, callSid: "CA1") }
        #expect(tokens.count == 0)
    }

    @Test("is taken back from a caller who hung up")
    func revoked() throws {
        let tokens = tokens(capacity: 1)
        let token = try #require(tokens.issue(for: "CA1"))
        tokens.revoke(callSid: "CA2")
        tokens.revoke(callSid: "CA1")
        #expect(throws: StreamTokens.Refusal.unknown) { try tokens.consume(token, callSid: "CA1") }
        #expect(tokens.issue(for: "CA2") != nil)
    }

    @Test("a repeated webhook replaces the token")
    func reissued() throws {
        let tokens = tokens(capacity: 1)
        let first = try #require(tokens.issue(for: "CA1")), second = try #require(tokens.issue(for: "CA1"))
        #expect(first != second)
        #expect(throws: StreamTokens.Refusal.mismatch) { try tokens.consume(first, callSid: "CA1") }
        try tokens.consume(second, callSid: "CA1")
    }

    @Test("the table is bounded; what died makes room")
    func bounded() {
        let tokens = tokens(capacity: 2)
        #expect(tokens.issue(for: "CA1") != nil && tokens.issue(for: "CA2") != nil && tokens.issue(for: "CA3") == nil)
        clock.advance(by: .seconds(60))
        #expect(tokens.issue(for: "CA3") != nil && tokens.count == 1)
    }

    @Test("1,000 tokens, no two alike")
    func random() {
        let tokens = tokens(capacity: 1_000)
        #expect(Set((0..<1_000).compactMap { tokens.issue(for: "CA\($0)") }).count == 1_000)
    }
}
