import EventLoop
import Foundation
import Synchronization

/// What `GET /health` and `GET /ready` say; kept by maintenance, so that asking costs nothing.
final class HealthBoard: Sendable {
    enum Condition: String, Codable, Sendable { case up, down, absent }
    private struct State {
        var dependencies: [String: Condition] = [:]
        var isDraining = false
    }
    private struct Answer: Encodable {
        var status: String
        var version: String
        var uptimeSeconds: Int
        var calls: Int
        var maximumCalls: Int
        /// DESIGN §6: `full`, `partial` (a component is down, calls go on) or `minimal` (calls cannot be served).
        var degradation: String
        var draining: Bool
        var dependencies: [String: Condition]
        enum CodingKeys: String, CodingKey {
            case status, version, calls, degradation, draining, dependencies
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
    func drain() { state.withLock { $0.isDraining = true } }

    /// - Returns: whether new calls can be served, and the JSON that says why.
    var answer: (isReady: Bool, json: [UInt8]) {
        let state = state.withLock { $0 }
        let down = state.dependencies.filter { $0.value != .up }.keys
        let isMinimal = !essential.isDisjoint(with: down)
        let isReady = !isMinimal && !state.isDraining
        let answer = Answer(
            status: isReady ? "ready" : state.isDraining ? "draining" : "unavailable", version: GatewayVersion.text,
            uptimeSeconds: Int(uptime / .seconds(1)), calls: admission.count, maximumCalls: admission.maximumCalls,
            degradation: isMinimal ? "minimal" : down.isEmpty ? "full" : "partial", draining: state.isDraining,
            dependencies: state.dependencies)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return (isReady, Array((try? encoder.encode(answer)) ?? Data("{}".utf8)))
    }
}
