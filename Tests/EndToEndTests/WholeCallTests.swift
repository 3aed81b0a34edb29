import Foundation
import GatewayTesting
import Orchestrator
import Persistence
import Testing
import TierManager

/// Whole calls to the real binary over real sockets, with real ears and voices.
@Suite("Whole calls", .serialized, .enabled(if: Callers.areModelsThere, "no Models/: run make setup"))
struct WholeCallTests {
    @Test("a balance, and goodbye: answered, stored, closed by the gateway", arguments: ["slt", "awb"])
    func balance(voice: String) async throws {
        let gateway = try await GatewayProcess()
        let callers = try Callers()
        let report = try await callers.call(
            gateway, from: "+15550101",
            [
                .init("balance", .speak(try await callers.say("I want to check my data balance.", voice: voice))),
                .init("goodbye", .speak(try await callers.say("No, that is all, thank you. Goodbye.", voice: voice))),
            ])
        #expect(report.ending.isByGateway)
        #expect(report.exchanges.count == 2 && report.exchanges.allSatisfy { $0.firstAudible != nil })
        #expect(report.clears == 0)
        #expect(await gateway.stop() == 0)
        let record = try #require(try await Self.record(gateway, report.callSid))
        #expect(record.call.state == .ended && record.call.endReason == "goodbye" && record.call.from == "+15550101")
        #expect(record.turns.map(\.decision?.intent) == ["greeting", "check_usage", "out_of_scope"])
        let answer = try #require(record.turns.dropFirst().first)
        #expect(answer.replyText.contains("1.5 GB") && answer.heardText == answer.replyText)
        #expect(answer.tier == "basic" && answer.costMicroDollars == 0)
        let stages = [
            answer.stages.endpoint, answer.stages.sttFinal, answer.stages.decision, answer.stages.firstText, answer.stages.firstAudio, answer.stages.replyEnd,
        ]
        #expect(stages.compactMap { $0 } == stages.compactMap { $0 }.sorted() && !stages.contains(nil), "every stage is on record, in order")
        await callers.end()
    }

    @Test("a package is changed after a yes: money reserved and balanced, the database changed, the voice better")
    func change() async throws {
        let gateway = try await GatewayProcess()
        let callers = try Callers()
        let report = try await callers.call(
            gateway, from: "+15550107",
            [
                .init("change", .speak(try await callers.say("Please change my plan to Unlimited Plus.", voice: "awb"))),
                .init("yes", .speak(try await callers.say("Yes, please do that.", voice: "awb"))),
                .init("goodbye", .speak(try await callers.say("No, that is all, thank you. Goodbye.", voice: "awb"))),
            ])
        #expect(report.ending.isByGateway)
        #expect(await gateway.stop() == 0)
        let database = try GatewayDatabase(path: gateway.database.path)
        let record = try #require(try await CallStore(database).call(report.callSid))
        #expect(record.escalations.map(\.outcome) == [.performed])
        #expect(record.turns.last?.tier == "standard" && record.call.costMicroDollars > 0)
        #expect(try await DemoOperator(database).plan(ofCustomer: "C1007") == "Unlimited Plus")
        let day = try await SQLiteBudgetLedger(database).balances(prefix: "day:")
        #expect(day.map(\.balance.spentMicroDollars).reduce(0, +) == record.call.costMicroDollars)
        #expect(day.allSatisfy { $0.balance.reservedMicroDollars == 0 }, "every promise is kept or given back")
        await callers.end()
    }

    @Test("a phone number keyed in: digits and # are a turn of their own")
    func keypad() async throws {
        let gateway = try await GatewayProcess()
        let callers = try Callers()
        let report = try await callers.call(
            gateway, from: "+19998887777",
            [
                .init("balance", .speak(try await callers.say("I want to check my data balance.", voice: "awb"))),
                .init("number", .press("5550102#")),
                .init("goodbye", .speak(try await callers.say("No, that is all, thank you. Goodbye.", voice: "awb"))),
            ])
        #expect(report.ending.isByGateway)
        #expect(await gateway.stop() == 0)
        let record = try #require(try await Self.record(gateway, report.callSid))
        #expect(record.turns.contains { $0.userText == "5550102" && $0.replyText.contains("12.5 GB") }, "\(record.turns.map(\.replyText))")
        await callers.end()
    }

    @Test("the caller speaks over the greeting: clear goes out, and the turn is answered")
    func interruption() async throws {
        let gateway = try await GatewayProcess()
        let callers = try Callers()
        let report = try await callers.call(
            gateway, from: "+15550101",
            [
                .init("balance", .speak(try await callers.say("I want to check my data balance.", voice: "awb")), interruptsAfter: .milliseconds(600)),
                .init("goodbye", .speak(try await callers.say("No, that is all, thank you. Goodbye.", voice: "awb"))),
            ])
        #expect(report.clears >= 1)
        #expect(await gateway.stop() == 0)
        let record = try #require(try await Self.record(gateway, report.callSid))
        let greeting = try #require(record.turns.first)
        #expect(greeting.interrupted && greeting.heardText != greeting.replyText)
        #expect(record.turns.contains { $0.decision?.intent == "check_usage" })
        await callers.end()
    }

    @Test("twenty calls at once: each is answered, none hears another's customer, nothing is left over")
    func twenty() async throws {
        let gateway = try await GatewayProcess()
        let callers = try Callers()
        let lines: [CallerScript.Line] = [
            .init("balance", .speak(try await callers.say("I want to check my data balance.", voice: "awb"))),
            .init("goodbye", .speak(try await callers.say("No, that is all, thank you. Goodbye.", voice: "awb"))),
        ]
        let before = gateway.openDescriptors
        let reports = try await withThrowingTaskGroup(of: (String, CallReport).self) { group in
            for index in 0..<20 {
                let from = "+1555010\(index % 10)"
                group.addTask {
                    // Twenty at once, but not in chorus: some think longer before they speak.
                    let reaction = Duration.milliseconds(600 + 250 * index)
                    return (from, try await callers.call(gateway, from: from, lines, reaction: reaction, patience: .seconds(60)))
                }
            }
            var reports: [(String, CallReport)] = []
            for try await report in group { reports.append(report) }
            return reports
        }
        // A goodbye that the small recogniser missed leaves it to the caller to hang up. How many it hears, and how soon, `bench turns` tells.
        #expect(reports.allSatisfy { $0.1.ending.isByGateway || $0.1.ending == .caller }, "\(reports.map(\.1.ending))")
        #expect(reports.allSatisfy { $0.1.exchanges.first?.firstAudible != nil }, "every caller is answered")
        let after = await eventually(within: .seconds(5)) { gateway.openDescriptors <= before + 4 }
        #expect(after, "\(gateway.openDescriptors) descriptors, \(before) before")
        #expect(await gateway.stop() == 0)
        let database = try GatewayDatabase(path: gateway.database.path)
        #expect(try await CallStore(database).activeCalls() == 0)
        // What is left of each customer's allowance; the other plans have no limit, or nothing is left.
        let own = ["+15550101": "1.5 GB", "+15550102": "12.5 GB", "+15550104": "1 GB", "+15550106": "32 GB", "+15550107": "4.8 GB"]
        var answered = 0
        for (from, report) in reports {
            let record = try #require(try await CallStore(database).call(report.callSid))
            let answers = record.turns.filter { $0.decision?.intent == "check_usage" }.map(\.replyText)
            answered += answers.isEmpty ? 0 : 1
            for answer in answers {
                if let own = own[from] { #expect(answer.contains("You have \(own)"), "\(from): \(answer)") }
                for (other, others) in own where other != from { #expect(!answer.contains("You have \(others)"), "\(from): \(answer)") }
            }
        }
        #expect(answered >= 1, "or the balances were never compared")
        await callers.end()
    }

    static func record(_ gateway: GatewayProcess, _ callSid: String) async throws -> CallStore.FullRecord? {
        try await CallStore(try GatewayDatabase(path: gateway.database.path)).call(callSid)
    }
}
