import Foundation
import GatewayTesting

/// What `bench decisions` found.
struct DecisionsReport: Encodable {
    /// Turns by chat.
    struct Chat: Encodable {
        var turns = 0, unanswered = 0
        /// Sent to the first text, at the client.
        var firstTextMedianMs = 0, firstTextP95Ms = 0, firstTextMaximumMs = 0
        /// Whose first text came later than the deadline and 200 ms.
        var late = 0
        /// Answers that name another caller, and answers that say that something was done.
        var foreign = 0, wrong = 0
        var sources: [String: Int] = [:]

        static let limit = Duration.milliseconds(1_700)

        init() {}
        init(_ seen: [Talkers.Turn]) {
            let first = Percentiles(seen.compactMap { $0.firstText ?? $0.whole })
            (turns, unanswered) = (seen.count, seen.count { $0.whole == nil })
            (firstTextMedianMs, firstTextP95Ms) = (first.at(0.5).wholeMilliseconds, first.at(0.95).wholeMilliseconds)
            (firstTextMaximumMs, late) = (first.maximum.wholeMilliseconds, first.count(above: Self.limit))
            (foreign, wrong) = (seen.count(where: \.isForeign), seen.count(where: \.isWrong))
            for turn in seen { sources[turn.source, default: 0] += 1 }
        }
    }
    /// Turns by voice.
    struct Voice: Encodable {
        var calls = 0, turns = 0, unanswered = 0
        /// Last voiced frame sent to first audible frame received, at the caller.
        var medianMs = 0, p95Ms = 0, p99Ms = 0, maximumMs = 0
        /// Later than 2 s.
        var late = 0
        /// Plans that were changed, which nobody had asked for.
        var wrong = 0
        var endings: [String: Int] = [:]

        init() {}
        init(_ reports: [CallReport]) {
            let exchanges = reports.flatMap(\.exchanges), waits = Percentiles(exchanges.compactMap(\.latency))
            (calls, turns, unanswered) = (reports.count, exchanges.count, exchanges.count - waits.count)
            (medianMs, p95Ms) = (waits.at(0.5).wholeMilliseconds, waits.at(0.95).wholeMilliseconds)
            (p99Ms, maximumMs) = (waits.at(0.99).wholeMilliseconds, waits.maximum.wholeMilliseconds)
            late = waits.count(above: .seconds(2))
            for report in reports { endings["\(report.ending)", default: 0] += 1 }
        }
    }
    /// What is still there when all is over.
    struct Left: Encodable {
        var requestsRunning = 0, requestsWaiting = 0, openStreams = 0, chatSockets = 0, calls = 0
        var isNothing: Bool { requestsRunning + requestsWaiting + openStreams + chatSockets + calls == 0 }

        init() {}
        init(metrics: String, openStreams: Int) {
            let lines = metrics.split(separator: "\n").map { $0.split(separator: " ") }
            func value(_ name: String) -> Int { Int(lines.first { $0.count == 2 && $0[0] == name }.flatMap { Double($0[1]) } ?? 0) }
            (requestsRunning, requestsWaiting) = (value("gateway_model_requests_running"), value("gateway_model_requests_waiting"))
            (chatSockets, calls) = (value("gateway_chat_sockets_open"), value("gateway_calls_active"))
            self.openStreams = openStreams
        }
    }
    var healthy = Chat(), chat = Chat(), voice = Voice()
    var requests = 0
    var faults: [String: Int] = [:]
    var left = Left()

    /// What must not be, whatever the machine is like; a sentence each.
    var problems: [String] {
        [
            (healthy.unanswered + chat.unanswered, "chat turns without an answer"), (chat.foreign + healthy.foreign, "answers to somebody else"),
            (chat.wrong + healthy.wrong + voice.wrong, "claims or changes that nobody wanted"), (voice.unanswered, "turns by voice without an answer"),
        ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" } + (left.isNothing ? [] : ["left over: \(left)"])
    }

    var table: String {
        func row(_ name: String, _ text: String) -> String { name.padding(toLength: 22, withPad: " ", startingAt: 0) + text }
        func chat(_ name: String, _ chat: Chat) -> [String] {
            let sources = chat.sources.sorted { $0.value > $1.value }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
            return [
                row(
                    name,
                    "\(chat.turns) turns, first text after \(chat.firstTextMedianMs) ms, p95 \(chat.firstTextP95Ms) ms, maximum \(chat.firstTextMaximumMs) ms"),
                row("", "unanswered \(chat.unanswered), over \(Chat.limit.wholeMilliseconds) ms \(chat.late), to others \(chat.foreign), wrong \(chat.wrong)"),
                row("", "answered by \(sources)"),
            ]
        }
        let kinds = faults.filter { $0.key != "none" }.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        let waits = "median \(voice.medianMs) ms, p95 \(voice.p95Ms) ms, p99 \(voice.p99Ms) ms, maximum \(voice.maximumMs) ms"
        return
            (chat("healthy models, chat", healthy) + chat("failing models, chat", self.chat) + [
                row("failing models, voice", "\(voice.turns) turns in \(voice.calls) calls: \(waits)"),
                row("", "unanswered \(voice.unanswered), over 2 s \(voice.late), wrong \(voice.wrong); ended \(voice.endings)"),
                row("requests to models", "\(requests); \(kinds)"),
                row("left over", left.isNothing ? "nothing" : "\(left)"),
            ]).joined(separator: "\n")
    }
}
