@testable import EventLoop
import Glibc
import Synchronization
import Testing

@Suite("The watchdog: a loop held up for the limit is reported with what it was doing")
struct WatchdogTests {
    /// Holds the calling thread up, which is what is to be reported.
    private static func block(_ time: Duration) {
        let end = EventLoop.now + time
        while EventLoop.now < end {}
    }

    @Test("a job that blocks its loop for 120 ms is reported by its name, while it lasts and when it is over", arguments: [nil, "looks away"])
    func blocks(name: String?) async throws {
        let group = try EventLoopGroup(count: 2, name: "test")
        let reports = PosixMutex<[StallReport]>([])
        try group.watch(limit: .milliseconds(50)) { report in reports.withLock { $0.append(report) } }
        await next { done in
            group.loops[1].post {
                if name == nil { Self.block(.milliseconds(120)) } else { group.loops[1].doing("looks away") { Self.block(.milliseconds(120)) } }
                group.loops[1].after(.milliseconds(100)) { done(()) }
            }
        }
        let found = reports.withLock { $0 }.filter { $0.loop == 1 && $0.activity == name ?? "posted work" }
        #expect(found.contains { $0.isOver && $0.elapsed >= .milliseconds(50) }, "\(reports.withLock { $0 })")
        #expect(group.stallCount >= 1)
        #expect(group.longestStall >= .milliseconds(50))
        await group.stop()
    }

    @Test("a loop that only ticks is not reported, nor is one after the watch")
    func idle() async throws {
        let group = try EventLoopGroup(count: 1, name: "test")
        let reports = PosixMutex<[StallReport]>([])
        // Generous: a machine that is busy otherwise holds a loop up too.
        try group.watch(limit: .milliseconds(400)) { report in reports.withLock { $0.append(report) } }
        await next { done in group.loops[0].post { group.loops[0].after(.milliseconds(600)) { done(()) } } }
        #expect(reports.withLock { $0 } == [])
        #expect(group.stallCount == 0)
        await group.stop()
    }

    /// What a loop shows every 10 ms: a letter for what it is doing in one turn, `.` asleep, `|` a new turn follows, `~` the process
    /// stood still for 300 ms before the next look.
    struct Scene: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var shown: String
        /// Activity and milliseconds; an end has a `!`.
        var reports: [String]
        init(_ name: String, _ shown: String, _ reports: [String]) { (testDescription, self.shown, self.reports) = (name, shown, reports) }

        func played() -> [String] {
            var judge = StallJudge(limit: 50_000_000)
            var now: Int64 = 1_000_000_000, since: Int64 = 0, lateness: Int64 = 0, ended: (Int64, Int64) = (0, 0)
            var reports: [String] = []
            func end() {
                if since != 0, now - since >= 50_000_000 { ended = (since, now - since) }
                since = 0
            }
            for letter in shown.unicodeScalars {
                switch letter {
                case "|": end()
                case "~": (now, lateness) = (now + 300_000_000, 300_000_000)
                default:
                    if letter == "." { end() } else if since == 0 { since = now }
                    now += 10_000_000
                    let look = StallJudge.Look(
                        now: now, since: since, activity: UInt(letter.value), endedSince: ended.0, endedAfter: ended.1, lateness: lateness)
                    lateness = 0
                    for finding in judge.look(look) {
                        let name = finding.activity == 0 ? "?" : String(UnicodeScalar(UInt8(finding.activity)))
                        reports.append("\(name)\(finding.elapsed / 1_000_000)\(finding.isOver ? "!" : "")")
                    }
                }
            }
            return reports
        }
    }

    @Test(
        "what a loop shows, and what is made of it",
        arguments: [
            Scene("asleep", "..........", []),
            Scene("turn after turn, each short", "aa|aa|bb|aaa|aa|b", []),
            Scene("40 ms", "..aaaa..", []),
            Scene("120 ms", "..aaaaaaaaaaaa..", ["a50", "a120!"]),
            Scene("two stalls, one after the other", ".aaaaaa|bbbbbb..", ["a50", "a60!", "b50", "b60!"]),
            Scene("it never comes back", "..aaaaaaaaaaaaaaaaaaaa", ["a50"]),
            Scene("mostly one of two", ".abbbbb.", ["b50", "b60!"]),
            Scene("the process stops while the loop sleeps", "..~..", []),
            Scene("the process stops inside a short turn", ".aa~aa..", []),
            Scene("the process stops, and the turn is over by the next look", ".aa~..", []),
            Scene("the process stops inside a stall: its time alone counts", ".aaaaa~aaa..", ["a50", "a80!"]),
        ])
    func plays(scene: Scene) { #expect(scene.played() == scene.reports) }
}
