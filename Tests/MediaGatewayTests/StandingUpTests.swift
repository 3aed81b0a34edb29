import MediaGateway
import Synchronization
import Testing

@Suite("Overload: judged once a second by late ticks; up after two bad seconds, down after three good ones, a step at a time")
struct OverloadTests {
    @Test(
        "# percent of late ticks each second, and the level after it",
        arguments: [
            ("a hiccup is none", [100, 0, 100, 0], "0000"),
            ("chats go first", [50, 50, 50, 50], "0111"),
            ("then calls", [80, 80, 80, 80, 80], "01122"),
            ("slowly back", [80, 80, 80, 80, 0, 0, 0, 0, 0, 0], "0112221110"),
        ])
    func plays(_ name: String, _ seconds: [Int], _ levels: String) {
        let guardian = OverloadGuard(chats: 0.4, calls: 0.7)
        var late = 0, seen = ""
        for percent in seconds {
            late += percent * 2
            guardian.judge(lateTicks: [late], ofTicks: 200)
            seen += "\(guardian.level.rawValue)"
        }
        #expect(seen == levels, "\(name)")
    }

    @Test("a loop that is late now counts, though another was late for longer before")
    func secondLoop() {
        let guardian = OverloadGuard(chats: 0.4, calls: 0.7)
        var late = [0, 0], seen = ""
        for (first, second) in [(80, 0), (0, 0), (0, 0), (0, 50), (0, 50), (0, 0)] {
            late[0] += first * 2
            late[1] += second * 2
            guardian.judge(lateTicks: late, ofTicks: 200)
            seen += "\(guardian.level.rawValue)"
        }
        #expect(seen == "000011")
    }
}

@Suite("Switches: on unless configured otherwise; each change is told once")
struct SwitchTests {
    @Test func turns() {
        let told = Mutex<[String]>([])
        let switches = Switches([.escalation: false]) { name, isOn in told.withLock { $0.append("\(name.rawValue)=\(isOn)") } }
        #expect(switches[.agent] && !switches[.escalation])
        #expect(switches.turn(.agent, false))
        #expect(!switches.turn(.agent, false))
        #expect(switches.turn(.escalation, true))
        #expect(told.withLock { $0 } == ["agent.enabled=false", "escalation.enabled=true"])
    }
}

@Suite("A closed gateway admits nobody new; whoever was promised a place still gets it")
struct ClosedAdmissionTests {
    @Test("the agent is switched off, the machine is overloaded", arguments: [Admission.Refusal.disabled, .overloaded])
    func closes(_ refusal: Admission.Refusal) throws {
        let closed = Mutex<Admission.Refusal?>(nil)
        let admission = Admission(maximumCalls: 5, startTimeout: .seconds(15)) { closed.withLock { $0 } }
        try admission.reserve(callSid: "promised")
        closed.withLock { $0 = refusal }
        #expect(throws: refusal) { try admission.reserve(callSid: "new") }
        #expect(throws: refusal) { try admission.begin(callSid: "unannounced") }
        let call = try admission.begin(callSid: "promised")
        #expect(admission.count == 1)
        call.release()
    }
}
