import Foundation
import Orchestrator
import Synchronization

/// A conversation over the test pack, with a demo operator that knows one customer: 5550101, on Basic.
final class TestCall: Sendable {
    static let today = Date(timeIntervalSince1970: 1_773_144_000)  // 2026-03-10
    let clock: ManualClock
    let events = RecordingEvents()
    let store: RecordingStore
    let findCustomer: ScriptedTool, getUsage: ScriptedTool, getBill: ScriptedTool, quotePlan: ScriptedTool, changePlan: ScriptedTool
    let conversation: Conversation
    private let turns = Counter()

    /// - Parameters:
    ///   - callerPhone: what the carrier says; `nil` for a withheld number.
    ///   - tools: stand in for those of the same name.
    init(
        callerPhone: String? = "5550101", clock: ManualClock = ManualClock(), pack: DomainPack = .telecom, remote: (any RemoteAgent)? = nil,
        understanders: [any Understander] = [Phrasebook()],
        tools replacements: [ScriptedTool] = [], store: RecordingStore = RecordingStore()
    ) {
        func tool(_ name: String, _ answer: @escaping @Sendable (ToolCall) async throws(ToolError) -> ToolResult) -> ScriptedTool {
            replacements.first { $0.name == name } ?? ScriptedTool(name, hasSideEffects: name == "change_plan", answer)
        }
        findCustomer = tool("find_customer") { call in
            call.arguments["phone"] == "5550101"
                ? ToolResult(values: ["customer_id": "C1", "first_name": "Maria"]) : ToolResult(outcome: "not_found")
        }
        getUsage = tool("get_usage") { _ in
            ToolResult(values: [
                "plan": "Basic", "data_left_mb": "5800", "data_allowance_mb": "8000", "unlimited": "false",
                "resets_on": "2026-04-01",
            ])
        }
        getBill = tool("get_bill") { call in
            ToolResult(values: [
                "amount_micro": "42500000", "month": call.arguments["month"] ?? "2026-03", "due_on": "2026-03-15", "paid": "false",
            ])
        }
        quotePlan = tool("quote_plan") { call in
            let plan = call.arguments["plan"] ?? ""
            guard plan != "Basic" else { return ToolResult(outcome: "same_plan") }
            let prices = ["Family Share": 65_000_000, "Unlimited Plus": 80_000_000, "Traveler": 20_000_000]
            guard let price = prices[plan] else { return ToolResult(outcome: "unknown_plan") }
            return ToolResult(values: ["plan": plan, "price_micro": "\(price)", "difference_micro": "\(price - 25_000_000)"])
        }
        changePlan = tool("change_plan") { call in
            ToolResult(values: ["plan": call.arguments["plan"] ?? "", "price_micro": "65000000", "effective_on": "2026-04-01"])
        }
        (self.store, self.clock) = (store, clock)
        let facts = callerPhone.map { [Fact(key: "caller_phone", value: $0, source: "carrier")] } ?? []
        conversation = Conversation(
            id: "call", channel: .voice, pack: pack, remote: remote, understanders: understanders,
            tools: [findCustomer, getUsage, getBill, quotePlan, changePlan], store: store, events: events, clock: clock,
            now: { Self.today }, facts: facts)
    }

    /// Says something and returns the whole reply.
    @discardableResult
    func turn(_ text: String, isKeypad: Bool = false, isUnintelligible: Bool = false, within limit: Duration = .seconds(1)) async
        -> Reply
    {
        await conversation.respond(
            to: UserTurn(text, channel: .voice, generation: turns.next(), isKeypad: isKeypad, isUnintelligible: isUnintelligible),
            within: limit)
    }

    /// Says something and returns the words of the answer.
    @discardableResult
    func says(_ text: String) async -> String { await turn(text).text }
    func presses(_ digits: String) async -> Reply { await turn(digits, isKeypad: true) }
    func mumbles() async -> Reply { await turn("", isUnintelligible: true) }
    func keepsSilent() async -> Reply { await turn("") }
}

/// Counts from 1.
final class Counter: Sendable {
    private let count = Mutex(0)
    func next() -> Int {
        count.withLock { count in
            count += 1
            return count
        }
    }
}
