import Orchestrator
import Synchronization
import Testing

@Suite(
    "Whatever a caller, an engine and the tools do, every conversation ends, and nothing is done without a yes",
    .timeLimit(.minutes(2)))
struct HostileCallerTests {
    /// Says anything: valid, senseless, contradictory, malformed.
    private func chaos(_ random: SeededGenerator) -> ScriptedUnderstander {
        let intents = ["check_usage", "invoices", "change_plan", "activate_roaming", Decision.outOfScope, "yes", "made_up"]
        let acts: [DialogueAct?] = [nil, nil, nil, nil, .yes, .no, .greeting, .help, .cancel, .repeatPlease, .thanks]
        let entities = [
            Entity(type: "plan", value: "Basic", text: ""), Entity(type: "plan", value: "Family Share", text: ""),
            Entity(type: "plan", value: "Traveler", text: ""), Entity(type: "month", value: "2026-02", text: ""),
            Entity(type: "phone", value: "5550101", text: ""), Entity(type: "phone", value: "5559999", text: ""),
            Entity(type: "number", value: "12345678", text: ""), Entity(type: "confirmation", value: "no", text: ""),
            Entity(type: "plan", value: "Gold", text: ""), Entity(type: "secret", value: "x", text: ""),
        ]
        return ScriptedUnderstander("chaos") { _, _ in
            if random.chance(3) { throw Broken() }
            let action = random.pick(Decision.NextAction.allCases.filter { $0 != .handoff })
            let asks = action == .askSlot || action == .clarify
            return Decision(
                intent: random.pick(intents), confidence: random.chance(3) ? .nan : Double(random.next() % 101) / 100,
                act: random.pick(acts),
                entities: (0..<Int(random.next() % 3)).map { _ in random.pick(entities) }, nextAction: action,
                clarificationQuestion: asks ? "What?" : nil)
        }
    }

    private func moody(_ name: String, hasSideEffects: Bool = false, _ random: SeededGenerator, _ values: [String: String])
        -> ScriptedTool
    {
        ScriptedTool(name, hasSideEffects: hasSideEffects) { call throws(ToolError) in
            if random.chance(3) { throw ToolError(.unavailable, tool: name, "down") }
            if random.chance(20) {
                return ToolResult(outcome: random.pick(["not_found", "same_plan", "unknown_plan", "surprise"]))
            }
            return ToolResult(values: values.merging(["plan": call.arguments["plan"] ?? "Basic"]) { $1 })
        }
    }

    @Test("Any turns at all: at most `maximum_turns` of them, then a person or a goodbye", arguments: 0..<150)
    func ends(_ seed: Int) async {
        let random = SeededGenerator(seed: UInt64(seed))
        var pack = DomainPack.telecom
        pack.limits.patience = 50  // the other bounds have to do it
        pack.limits.misunderstandingsInARow = 10
        pack.limits.maximumTurns = 40
        let change = moody("change_plan", hasSideEffects: true, random, ["price_micro": "1", "effective_on": "2026-04-01"])
        let call = TestCall(
            callerPhone: random.pick(["5550101", "5559999", nil]), pack: pack, understanders: [chaos(random)],
            tools: [
                moody("find_customer", random, ["customer_id": "C1", "first_name": "Maria"]),
                moody("get_usage", random, ["data_left_mb": "1", "unlimited": "false", "resets_on": "2026-04-01"]),
                moody("get_bill", random, ["amount_micro": "1", "month": "2026-03", "due_on": "2026-03-15", "paid": "true"]),
                moody("quote_plan", random, ["price_micro": "1", "difference_micro": "0"]), change,
            ])
        var turns = 0
        var wasAskedToConfirm = false
        while await call.conversation.closed == nil {
            turns += 1
            guard turns <= pack.limits.maximumTurns else { break }
            let changes = change.calls.count
            let reply =
                switch random.next() % 20 {
                case 0: await call.keepsSilent()
                case 1: await call.mumbles()
                case 2: await call.presses(random.pick(["1", "2", "5550101", "99", "#", "*"]))
                default: await call.turn("anything")
                }
            #expect(!reply.text.isEmpty && !reply.text.contains("{"), "turn \(turns)")
            #expect((0...1).contains(reply.qualification))
            if change.calls.count > changes {
                #expect(
                    wasAskedToConfirm && (reply.decision.act == .yes || reply.decision.entities.last?.value == "yes"),
                    "turn \(turns)")
            }
            wasAskedToConfirm = if case .listen(let slot) = reply.then { slot?.name == "confirm" } else { false }
        }
        #expect(await call.conversation.closed != nil, "still on after \(turns) turns")
        #expect(call.store.turns.map(\.generation) == Array(1...turns))
        #expect(Set(change.calls.map(\.idempotencyKey)).count == change.calls.count)
    }

    @Test(
        "A caller who never answers is with a person after the attempts of one question",
        arguments: [
            "Change my plan", "Change me to Traveler",
        ])
    func neverAnswers(_ wish: String) async {
        let call = TestCall()
        await call.says(wish)
        var turns = 0
        while await call.conversation.closed == nil, turns < 20 {
            turns += 1
            await call.says("purple")
        }
        #expect(turns == 3)
        #expect(await call.conversation.closed == .handoff(reason: "attempts_exhausted"))
    }

    @Test("A caller who corrects for ever runs out of the workflow's questions")
    func correctsForEver() async {
        let call = TestCall()
        await call.says("Change my plan")
        var turns = 0
        while await call.conversation.closed == nil, turns < 20 {
            turns += 1
            await call.says(turns.isMultiple(of: 2) ? "Traveler" : "Family Share")
        }
        #expect(turns == 8)
        #expect(await call.conversation.closed == .handoff(reason: "questions_exhausted"))
    }

    @Test("A caller who goes from wish to wish without ever finishing one runs out of turns or patience")
    func wanders() async {
        var pack = DomainPack.telecom
        pack.limits.maximumTurns = 30
        let call = TestCall(callerPhone: nil, pack: pack)
        var turns = 0
        let wishes = ["Change my plan", "How much data do I have?", "What's my bill?", "help", "say that again", "never mind"]
        while await call.conversation.closed == nil, turns < 40 {
            await call.says(wishes[turns % wishes.count])
            turns += 1
        }
        #expect(turns <= 30)
        if case .handoff = await call.conversation.closed {} else { Issue.record("no hand-off") }
    }
}
