import AudioCodec
import EventLoop
import Foundation
import GatewayTesting
import Orchestrator
import Persistence
import SpeechEngines
import StreamingPipeline
import TierManager

extension Commands {
    /// `demo`: starts a gateway, phones it, shows what happens, and judges it.
    public static func demo(_ source: ConfigurationSource, output: String, only: String?) async throws(CommandFailure) {
        let calls = DemoScript.calls.filter { only.map($0.name.contains) ?? true }
        guard !calls.isEmpty else {
            let names = DemoScript.calls.map(\.name).joined(separator: ", ")
            throw CommandFailure("--only = \(only ?? ""): no call has this in its name; there are \(names)", exitCode: 2)
        }
        var source = source
        // A store of its own, made anew, so that every demo starts from the same customers and budgets.
        let store = "\(output)/demo.sqlite"
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: store + suffix) }
        source.overrides += ["server.port=0", "storage.path=\(store)"]
        let configuration = try load(source)
        let terminal = Terminal.standard, printer = DemoPrinter(terminal)
        let clock = ContinuousClock(), begun = clock.now
        let gateway: Gateway
        do { gateway = try await Gateway.start(configuration, logger: GatewayLog.quiet, observer: printer) } catch {
            throw error as? CommandFailure ?? CommandFailure("cannot start: \(error)")
        }
        terminal.line(terminal.styled("gateway ready in \((clock.now - begun).wholeMilliseconds) ms on port \(gateway.port)", .dim))
        let demo = Demo(gateway: gateway, printer: printer, terminal: terminal, output: output)
        let failures: Int
        do { failures = try await demo.run(calls) } catch {
            await gateway.stop()
            throw error as? CommandFailure ?? CommandFailure("\(error)")
        }
        await gateway.stop()
        if failures > 0 { throw CommandFailure("\(failures) checks failed") }
    }
}

/// The run of the demo.
private struct Demo {
    let gateway: Gateway
    let printer: DemoPrinter
    let terminal: Terminal
    let output: String

    /// - Returns: checks that failed.
    func run(_ calls: [DemoScript.Call]) async throws -> Int {
        guard let synthesiser = gateway.synthesiser, let recogniser = gateway.recogniser else {
            throw CommandFailure("the demo needs an agent: pipeline.loopback must be false")
        }
        let loop = try EventLoop(name: "callers"), resolver = try Resolver()
        let callers = RecordedCallers(synthesiser)
        var failed = 0, waits: [Duration] = []
        // All of them before the first call: Flite's voices draw random numbers, and so say the same in every run.
        terminal.line(terminal.styled("recording \(calls.count) callers over a telephone line …", .dim))
        var scripts: [CallerScript] = []
        for call in calls {
            var lines: [CallerScript.Line] = []
            for (index, line) in call.lines.enumerated() {
                lines.append(.init(line.text, .speak(try await callers.say(line.text, voice: call.voice, seed: UInt64(index + 1)))))
            }
            scripts.append(CallerScript(lines, lineNoise: callers.quietLine))
        }
        for (call, script) in zip(calls, scripts) {
            if call.budgetIsSpent { try await spendBudget() }
            terminal.line()
            terminal.line(terminal.styled("── \(call.title) ", .bold) + terminal.styled("(\(call.name), caller \(call.voice), \(call.from))", .dim))
            let placement = CallPlacement(
                webhook: "http://127.0.0.1:\(gateway.port)/twilio/voice", from: call.from,
                signer: Commands.signer(gateway.configuration.secrets))
            let report = try await placement.place(script, on: loop, resolver: resolver)
            let file = "\(output)/\(call.name).wav"
            try WAVFile(sampleRate: 8_000, channels: [report.callerTrack, report.agentTrack]).write(to: file)
            terminal.line(terminal.styled("  saved    \(file)", .dim))
            let stored = try await settled(callSid: report.callSid, CallStore(gateway.database))
            let check = DemoCheck(
                call: call, record: printer.record(ofCall: report.callSid), report: report, plan: try await plan(of: call.from),
                stored: stored, answersHeard: try await hear(report, recogniser))
            failed += show(check)
            waits += report.exchanges.compactMap(\.latency)
        }
        terminal.line()
        if let median = waits.sorted().middle {
            terminal.line("heard at the caller: last voiced frame to first audible reply frame, \(waits.count) turns, median \(median.wholeMilliseconds) ms")
        }
        terminal.line(failed == 0 ? terminal.styled("all \(calls.count) calls went as they should", .green) : terminal.styled("\(failed) checks failed", .red))
        await loop.stop()
        resolver.stop()
        return failed
    }

    private func show(_ check: DemoCheck) -> Int {
        let problems = check.results.compactMap { result in result.problem.map { "\(result.what): \($0)" } }
        let errors = check.intelligibility
        let heard = "replies heard with \(Int((errors.rate * 100).rounded())) % word errors"
        if problems.isEmpty {
            terminal.line(terminal.styled("  passed   \(check.results.count) checks; \(heard)", .green))
        } else {
            for problem in problems { terminal.line(terminal.styled("  FAILED   \(problem)", .red)) }
            for (turn, text) in zip(check.record.turns.filter({ $0.heard != nil }), check.answersHeard) {
                terminal.line(terminal.styled("           said “\(turn.reply.text)”, heard “\(text)”", .dim))
            }
        }
        return problems.count
    }

    /// Each answer in the caller's recording, as the recogniser hears it, clause by clause at its pauses.
    private func hear(_ report: CallReport, _ recogniser: WhisperRecognizer) async throws -> [String] {
        var heard: [String] = []
        for exchange in report.exchanges {
            let audio = Array(report.agentTrack[exchange.answer.clamped(to: report.agentTrack.indices)])
            guard audio.contains(where: { abs(Int($0)) > 500 }) else { continue }
            heard.append(try await recogniser.transcribe(audio).text)
        }
        return heard
    }

    /// The call's record, once the gateway has written its last turn.
    private func settled(callSid: String, _ store: CallStore) async throws -> CallStore.FullRecord? {
        let end = ContinuousClock.now + .seconds(3)
        while ContinuousClock.now < end {
            if let record = try await store.call(callSid), record.call.state == .ended { return record }
            try await Task.sleep(for: .milliseconds(20))
        }
        return try await store.call(callSid)
    }

    private func plan(of phone: String) async throws -> String? {
        guard let find = gateway.demoOperator.tools.first(where: { $0.name == "find_customer" }) else { return nil }
        return try await find.run(ToolCall(arguments: ["phone": phone], idempotencyKey: UUID().uuidString)).values["plan"]
    }

    /// Other calls have used up what may be spent today.
    private func spendBudget() async throws {
        let ledger = gateway.ledger
        let cap = gateway.configuration.tiers.budget.perDayMicroDollars
        let scope = BudgetScope.day(Date(), capMicroDollars: cap)
        let left = try await ledger.balance(of: scope).leftMicroDollars
        guard left > 0 else { return }
        let reservation = try await ledger.reserve(left, in: [scope], key: "demo/\(UUID().uuidString)")
        try await ledger.commit(reservation, actualMicroDollars: left)
        terminal.line()
        terminal.line(terminal.styled("(other calls now use up the rest of today's budget: \(dollars(left)))", .yellow))
    }
}

extension Array {
    /// The median of a sorted array.
    var middle: Element? { isEmpty ? nil : self[count / 2] }
}
