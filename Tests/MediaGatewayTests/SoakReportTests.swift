import Testing

@testable import MediaGateway

@Suite("bench soak fails when sessions leave something behind, and says what")
struct SoakReportTests {
    static func holdings(_ sockets: Int, _ chatSockets: Int, _ sessions: Int) -> SoakReport.Holdings {
        SoakReport.Holdings(
            metrics: """
                # TYPE gateway_sockets_open gauge
                gateway_sockets_open \(sockets)
                gateway_chat_sockets_open \(chatSockets)
                gateway_chat_sessions \(sessions)

                """)
    }

    /// A run of 10,000 sessions that leaves nothing, but for what is changed at its end.
    static func problems(unanswered: Int = 0, _ change: (inout SoakReport.Step) -> Void) -> [String] {
        let warm = SoakReport.Step(sessions: 1_000, residentMegabytes: 100, descriptors: 40, threads: 20, holdings: holdings(1, 0, 0))
        var last = warm
        last.sessions = 10_000
        change(&last)
        return SoakReport(before: holdings(1, 0, 0), steps: [warm, warm, last], unanswered: unanswered).problems
    }

    @Test("nothing is left: a pass, with the memory that is allowed and a spare descriptor")
    func passes() {
        #expect(Self.problems { ($0.residentMegabytes, $0.descriptors, $0.threads) = (121, 44, 24) } == [])
        #expect(SoakReport(before: Self.holdings(1, 0, 0), steps: [], unanswered: 0).table.contains("passed"))
    }

    @Test("each kind of rest is told")
    func fails() {
        #expect(Self.problems { $0.holdings = Self.holdings(3, 2, 1) }.count == 3)
        #expect(Self.problems { $0.descriptors = 45 } == ["45 descriptors at the end, at most 44 expected"])
        #expect(Self.problems { $0.threads = 25 } == ["25 threads at the end, at most 24 expected"])
        #expect(Self.problems { $0.residentMegabytes = 129.2 } == ["129.2 MB resident at the end, at most 129.0 expected"])
        #expect(Self.problems(unanswered: 7) { _ in } == ["7 unanswered messages at the end, at most 0 expected"])
    }

    @Test("looks: when all is warm, and five times", arguments: [(250, [50, 100, 150, 200, 250]), (10_000, [1_000, 2_000, 4_000, 6_000, 8_000, 10_000])])
    func looks(sessions: Int, at counts: [Int]) { #expect(SoakReport.looks(sessions) == counts) }
}
