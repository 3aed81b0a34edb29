import MediaGateway
import Testing

@Suite("Admission: an exact count, taken at the webhook or at start, given back once")
struct AdmissionTests {
    let clock = StandingClock()
    func admission(_ calls: Int) -> Admission { Admission(maximumCalls: calls, startTimeout: .seconds(15), clock: clock) }

    @Test("a place promised at the webhook is the call's place at start")
    func reserveThenBegin() throws {
        let admission = admission(1)
        try admission.reserve(callSid: "CA1")
        #expect(admission.count == 1)
        #expect(throws: Admission.Refusal.full) { try admission.reserve(callSid: "CA2") }
        #expect(throws: Admission.Refusal.full) { try admission.begin(callSid: "CA2") }
        let call = try admission.begin(callSid: "CA1")
        #expect(admission.count == 1 && admission.reservedCount == 0)
        call.release()
        call.release()
        #expect(admission.count == 0)
    }

    @Test("a repeated webhook keeps its one place")
    func retriedWebhook() throws {
        let admission = admission(1)
        try admission.reserve(callSid: "CA1")
        try admission.reserve(callSid: "CA1")
        #expect(admission.count == 1)
    }

    @Test("without a start the place is free after 15 s, and not before")
    func expires() throws {
        let admission = admission(1)
        try admission.reserve(callSid: "CA1")
        clock.advance(by: .milliseconds(14_999))
        #expect(throws: Admission.Refusal.full) { try admission.reserve(callSid: "CA2") }
        clock.advance(by: .milliseconds(1))
        try admission.reserve(callSid: "CA2")
        #expect(admission.count == 1)
        clock.advance(by: .seconds(15))
        #expect(admission.expire() == 1 && admission.count == 0)
    }

    @Test("a start that comes too late takes a place of its own, if there is one")
    func lateStart() throws {
        let admission = admission(1)
        try admission.reserve(callSid: "CA1")
        clock.advance(by: .seconds(15))
        try admission.reserve(callSid: "CA2")
        #expect(throws: Admission.Refusal.full) { try admission.begin(callSid: "CA1") }
    }

    @Test("a caller who hangs up before the stream gives the place back")
    func cancels() throws {
        let admission = admission(1)
        try admission.reserve(callSid: "CA1")
        admission.cancel(callSid: "CA1")
        admission.cancel(callSid: "CA1")
        #expect(admission.count == 0)
    }

    @Test("while draining nobody new comes in, and who was promised a place still does")
    func drains() throws {
        let admission = admission(5)
        try admission.reserve(callSid: "CA1")
        admission.drain()
        #expect(throws: Admission.Refusal.draining) { try admission.reserve(callSid: "CA2") }
        #expect(throws: Admission.Refusal.draining) { try admission.begin(callSid: "CA3") }
        let call = try admission.begin(callSid: "CA1")
        #expect(admission.count == 1)
        call.release()
        #expect(admission.count == 0)
    }

    @Test("a call that is forgotten gives its place back when it goes away")
    func forgotten() throws {
        let admission = admission(1)
        _ = try admission.begin(callSid: "CA1")
        #expect(admission.count == 0)
    }

    @Test("2,000 random steps: the count is what a book kept beside it says, and never beyond the limit", arguments: 1...8 as ClosedRange<UInt64>)
    func neverLeaks(seed: UInt64) throws {
        var random = SeededGenerator(seed)
        let admission = admission(Int.random(in: 1...6, using: &random))
        var promised: [String: Duration] = [:], live: [AdmittedCall] = [], time = Duration.zero
        for _ in 0..<2_000 {
            let callSid = "CA\(Int.random(in: 0..<10, using: &random))"
            switch Int.random(in: 0..<12, using: &random) {
            case 0..<4:
                if (try? admission.reserve(callSid: callSid)) != nil { promised[callSid] = time + .seconds(15) }
            case 4..<7:
                if let call = try? admission.begin(callSid: callSid) {
                    live.append(call)
                    promised[callSid] = nil
                }
            case 7: admission.cancel(callSid: callSid); promised[callSid] = nil
            case 8..<10:
                if !live.isEmpty {
                    let call = live.remove(at: Int.random(in: 0..<live.count, using: &random))
                    for _ in 0...Int.random(in: 0...1, using: &random) { call.release() }
                }
            default:
                let step = Duration.seconds(Int.random(in: 0...8, using: &random))
                clock.advance(by: step)
                time += step
                admission.expire()
            }
            promised = promised.filter { $0.value > time }
            #expect(admission.count == promised.count + live.count && admission.count <= admission.maximumCalls)
        }
        live.forEach { $0.release() }
        clock.advance(by: .seconds(15))
        admission.expire()
        #expect(admission.count == 0)
    }

    @Test("eight threads fight for ten places: never more than ten, and all come back")
    func concurrent() async throws {
        let admission = Admission(maximumCalls: 10, startTimeout: .seconds(3_600))
        let most = await withTaskGroup(of: Int.self) { group in
            for worker in 0..<8 {
                group.addTask {
                    var most = 0
                    for round in 0..<500 {
                        let callSid = "CA\(worker)-\(round)"
                        if round.isMultiple(of: 3) { try? admission.reserve(callSid: callSid) }
                        let call = try? admission.begin(callSid: callSid)
                        most = max(most, admission.count)
                        await Task.yield()
                        call?.release()
                        admission.cancel(callSid: callSid)
                    }
                    return most
                }
            }
            return await group.reduce(0, max)
        }
        #expect(most <= 10)
        #expect(admission.count == 0)
    }
}
