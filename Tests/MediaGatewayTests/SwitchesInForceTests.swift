import Synchronization
import Testing
import TierManager

@testable import MediaGateway

@Suite("A switch holds from the moment that turning it returns, and what is told last is how it stands")
struct SwitchesInForceTests {
    /// Of an escalated call's first reply, 100 characters.
    func tier(_ call: Int, _ manager: TierManager) async -> String {
        let request = TierRequest(callID: "C\(call)", replyKey: "C\(call)/1", characters: 100, qualification: 1, agent: "sales")
        return await manager.plan(for: request, within: .seconds(60)).tier.name
    }

    func manager(_ switches: Switches, perCall: Int) throws -> TierManager {
        let policy = try TierPolicy(
            tiers: [
                Tier(name: "basic", engine: "flite", voice: "kal", priceMicroDollars: 0, rank: 0),
                Tier(name: "standard", engine: "flite", voice: "rms", priceMicroDollars: 15_000, rank: 1),
            ], budget: .init(perCallMicroDollars: perCall, perDayMicroDollars: 1_000_000))
        return TierManager(policy: policy, ledger: InMemoryBudgetLedger(), switches: { switches.tiers })
    }

    @Test("escalation: off, then on in quick succession, is on; off is off")
    func escalation() async throws {
        let switches = Switches([:]) { _, _ in }
        let manager = try manager(switches, perCall: 10_000)
        for call in 0..<100 {
            switches.turn(.escalation, false)
            switches.turn(.escalation, true)
            #expect(await tier(2 * call, manager) == "standard")
            switches.turn(.escalation, false)
            #expect(await tier(2 * call + 1, manager) == "basic")
        }
    }

    @Test("budget check: a call that cannot pay speaks plainly while it is on")
    func budget() async throws {
        let switches = Switches([:]) { _, _ in }
        let manager = try manager(switches, perCall: 1)
        #expect(await tier(1, manager) == "basic")
        switches.turn(.budgetCheck, false)
        #expect(await tier(2, manager) == "standard")
        switches.turn(.budgetCheck, true)
        #expect(await tier(3, manager) == "basic")
    }

    @Test("many turn it at once: each change is told once, in the order in which it took effect")
    func order() async {
        let told = Mutex<[Bool]>([])
        let switches = Switches([:]) { _, isOn in told.withLock { $0.append(isOn) } }
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<256 { group.addTask { _ = switches.turn(.agent, number.isMultiple(of: 2)) } }
        }
        let changes = told.withLock { $0 }
        #expect(changes.last ?? true == switches[.agent])
        #expect(changes.first ?? false == false && zip(changes, changes.dropFirst()).allSatisfy { $0 != $1 })
    }
}
