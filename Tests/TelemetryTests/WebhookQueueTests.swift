import Foundation
import Testing

@testable import Telemetry

@Suite("The queue of webhooks, whatever happens in whatever order: its bounds hold, and no session is overtaken by itself")
struct WebhookQueueTests {
    @Test("ten thousand random steps", arguments: 0..<10)
    func holds(seed: UInt64) {
        var random = Steps(state: seed)
        let capacity = 12, places = 3
        var queue = WebhookQueue(capacity: capacity, places: places)
        var running: [WebhookDelivery] = [], resting: [String: Duration] = [:], accepted: [String: Int] = [:]
        var last: [String: Int] = [:], waiting = 0
        for step in 0..<10_000 {
            switch Int.random(in: 0..<4, using: &random) {
            case 0:
                let session = "S\(Int.random(in: 0..<8, using: &random))"
                accepted[session, default: 0] += 1
                if let dropped = queue.add(WebhookBench.notice("\(accepted[session]!)", of: session), id: "\(step)") {
                    #expect(waiting + running.count == capacity)
                    #expect(!running.contains { $0.sequence == dropped.sequence })
                    if dropped.tries > 0 { resting[dropped.subject] = nil }
                } else {
                    waiting += 1
                }
            case 1:
                guard let next = queue.next() else {
                    #expect(running.count == places || waiting == 0 || !resting.isEmpty || Set(running.map(\.subject)).count == running.count)
                    continue
                }
                #expect(!running.contains { $0.subject == next.subject } && resting[next.subject] == nil)
                // Again, or a later one.
                #expect(next.sequence >= last[next.subject] ?? 0)
                last[next.subject] = next.sequence
                running.append(next)
                waiting -= 1
            case 2:
                guard var delivery = running.randomElement(using: &random) else { continue }
                running.removeAll { $0.sequence == delivery.sequence }
                if Bool.random(using: &random) {
                    queue.finish(delivery)
                } else {
                    delivery.tries += 1
                    resting[delivery.subject] = .seconds(step)
                    queue.rest(delivery, until: .seconds(step))
                    waiting += 1
                }
            default:
                guard let (session, time) = resting.randomElement(using: &random) else { continue }
                let (isOther, isThis) = (queue.rested(session, until: time + .milliseconds(1)), queue.rested(session, until: time))
                #expect(!isOther && isThis)
                resting[session] = nil
            }
            #expect(queue.count == waiting + running.count && queue.count <= capacity && running.count <= places)
        }
        // Everything comes to an end.
        for delivery in running { queue.finish(delivery) }
        for (session, time) in resting { _ = queue.rested(session, until: time) }
        while let delivery = queue.next() { queue.finish(delivery) }
        #expect(queue.count == 0 && queue.isQuiet)
    }
}

/// SplitMix64: the same steps each time.
private struct Steps: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
