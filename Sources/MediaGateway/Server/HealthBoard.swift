import EventLoop
import Foundation
import Persistence
import Synchronization
import WireJSON

/// What `GET /health` and `GET /ready` say; kept by maintenance, so that asking costs nothing.
final class HealthBoard: Sendable {
    enum Condition: String, Codable, Sendable { case up, down, absent }
    private struct State {
        var dependencies: [String: Condition] = [:]
        var isDraining = false
        var store = StoreHealth.up
        /// Voices that failed, by tier: how often in a row, and until when they are out.
        var voices: [String: (failures: Int, until: Duration?)] = [:]
        /// Events that the store had lost at the last look, and until when that counts.
        var lostEvents: (count: Int, until: Duration) = (0, .zero)
        /// Language models that are asked, and those of them that must not be.
        var models: (all: [String], down: Set<String>) = ([], [])
    }
    fileprivate struct Answer: Encodable {
        var status: String
        var version: String
        var uptimeSeconds: Int
        var calls: Int
        var maximumCalls: Int
        /// DESIGN §6: `full`, `partial` (a component is down, calls go on) or `minimal` (calls cannot be served, or no language model
        /// answers and the embedded understanding decides alone).
        var degradation: String
        var draining: Bool
        var dependencies: [String: Condition]
        /// While writes do not reach the disk: since when, why, and how many wait.
        var store: Store?
        /// What is switched off until a component is back.
        var off: [String]
        struct Store: Encodable {
            var since: String, reason: String, waiting: Int, lost: Int
        }
        enum CodingKeys: String, CodingKey {
            case status, version, calls, degradation, draining, dependencies, store, off
            case uptimeSeconds = "uptime_s"
            case maximumCalls = "max_calls"
        }
    }
    private let state = Mutex(State())
    private let startedAt = EventLoop.now
    /// Without these no call can be served.
    private let essential: Set<String>
    private let admission: Admission

    init(essential: Set<String>, admission: Admission) { (self.essential, self.admission) = (essential, admission) }

    var uptime: Duration { EventLoop.now - startedAt }
    func set(_ dependency: String, _ condition: Condition) { state.withLock { $0.dependencies[dependency] = condition } }
    func store(_ health: StoreHealth) { state.withLock { $0.store = health } }
    func drain() { state.withLock { $0.isDraining = true } }
    func models(_ all: [String], down: Set<String>) { state.withLock { $0.models = (all, down) } }

    /// Failures in a row after which a voice is out, and for how long that, or a loss, counts.
    private static let voiceFailures = 3, rest = Duration.seconds(60)

    /// A voice has spoken a clause, or failed to.
    func voice(_ tier: String, worked: Bool, at now: Duration) {
        state.withLock { state in
            guard !worked else {
                if state.voices.removeValue(forKey: tier)?.until != nil { state.dependencies["voice.\(tier)"] = .up }
                return
            }
            let failures = (state.voices[tier]?.failures ?? 0) + 1
            state.voices[tier] = (failures, failures >= Self.voiceFailures ? now + Self.rest : nil)
            if failures >= Self.voiceFailures { state.dependencies["voice.\(tier)"] = .down }
        }
    }

    /// Once a second: what was out for long enough may be tried again.
    /// - Parameter lost: events that did not get into the store, since the start.
    func look(lost: Int, at now: Duration) {
        state.withLock { state in
            for (tier, voice) in state.voices {
                guard let until = voice.until, until <= now else { continue }
                state.voices[tier] = nil
                state.dependencies["voice.\(tier)"] = .up
            }
            if lost > state.lostEvents.count { state.lostEvents = (lost, now + Self.rest) }
            state.dependencies["analytics"] = state.lostEvents.until > now ? .down : .up
        }
    }

    enum Degradation: Int, Sendable { case full, partial, minimal }
    var degradation: Degradation { state.withLock { degradation($0) } }
    /// A component beside the agent has failed: the agent goes on, better voices and analytics wait until it is back.
    var isImpaired: Bool { state.withLock { Self.isImpaired($0) } }
    private static func isImpaired(_ state: State) -> Bool { state.dependencies.values.contains(.down) }

    private func degradation(_ state: State) -> Degradation {
        let down = Set(state.dependencies.filter { $0.value != .up }.keys)
        let (models, unavailable) = state.models
        if !essential.isDisjoint(with: down) || !models.isEmpty && unavailable.isSuperset(of: models) { return .minimal }
        return down.isEmpty && unavailable.isDisjoint(with: models) ? .full : .partial
    }

    /// - Returns: whether new calls can be served, and the JSON that says why.
    var answer: (isReady: Bool, json: [UInt8]) {
        let state = state.withLock { $0 }
        let down = state.dependencies.filter { $0.value != .up }.keys
        let isReady = essential.isDisjoint(with: down) && !state.isDraining
        let models = state.models.all.map { ($0, state.models.down.contains($0) ? Condition.down : .up) }
        let answer = Answer(
            status: isReady ? "ready" : state.isDraining ? "draining" : "unavailable", version: GatewayVersion.text,
            uptimeSeconds: Int(uptime / .seconds(1)), calls: admission.count, maximumCalls: admission.maximumCalls,
            degradation: "\(degradation(state))", draining: state.isDraining,
            dependencies: state.dependencies.merging(models) { $1 }, store: state.store.answer,
            off: Self.isImpaired(state) ? ["analytics", "escalation"] : [])
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return (isReady, Array((try? encoder.encode(answer)) ?? Data("{}".utf8)))
    }
}

extension StoreHealth {
    fileprivate var answer: HealthBoard.Answer.Store? {
        guard case .degraded(let since, let reason, let waiting, let lost) = self else { return nil }
        return .init(since: since.timestamp, reason: reason, waiting: waiting, lost: lost)
    }
    /// Writes that wait for the store.
    var waiting: Int { if case .degraded(_, _, let waiting, _) = self { waiting } else { 0 } }
}
